"""Files that `externaldata` names, read as the records of a table; they come as text, never from an address."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

Record = dict[str, object]
_SEPARATORS = {"csv": ",", "tsv": "\t", "psv": "|", "scsv": ";"}


def file_name(address: str) -> str:
    """The last part of an address, without the secrets and queries behind it."""
    path = address.split(";")[0].split("?")[0].split("#")[0]
    return path.rstrip("/").rpartition("/")[2]


def format_of(address: str) -> str:
    """The format that the ending of a file name tells, else csv."""
    ending = file_name(address).lower().removesuffix(".gz").rpartition(".")[2]
    return ending if ending in FORMATS else "csv"


def _separated(separator: str) -> Callable[[str, Sequence[str]], list[Record]]:
    def read(text: str, columns: Sequence[str]) -> list[Record]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            return [dict(zip(columns, cells)) for cells in rows if cells]  # noqa: B905 - what a record lacks is null
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from None

    return read


def _lines(text: str, columns: Sequence[str]) -> list[Record]:
    return [{columns[0]: line} for line in text.splitlines()]


def _whole(text: str, columns: Sequence[str]) -> list[Record]:
    return [{columns[0]: text}]


def _json(text: str, columns: Sequence[str]) -> list[Record]:
    """Objects behind each other, in lines or not, or in arrays; keys are columns."""
    decoder = json.JSONDecoder()
    found: list[object] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        value, place = decoder.raw_decode(text, place)
        found.extend(value if isinstance(value, list) else [value])
    if not all(isinstance(one, dict) for one in found):
        raise ValueError("not a row of JSON objects")
    return [{name: one.get(name) for name in columns} for one in found if isinstance(one, dict)]


FORMATS: dict[str, Callable[[str, Sequence[str]], list[Record]]] = {
    **{name: _separated(separator) for name, separator in _SEPARATORS.items()},
    "txt": _lines,
    "raw": _whole,
    "json": _json,
    "multijson": _json,
}
"""What reads a text as records, by the name of the format. They raise ValueError for what does not read."""
