"""Lines of text files: the values that the standard library reads, however packed, and what is wrong with which."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.interpreter.csv_lines import csv_lines
from emulator.interpreter.files import read_files
from emulator.interpreter.json_lines import json_lines
from emulator.interpreter.lines import BadLine

WORDS = "0 -0 -0.0 1e5 1E+5 1e400 -1e400 1e-400 0.1 2.5e-324 1.7976931348623157e308 NaN Infinity -Infinity 01 1. -"
NUMBERS = st.sampled_from(WORDS.split())
DIGITS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 2**70) | st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**19, 10**400]),
    st.sampled_from(["", ".5", "e3", "e-30", ".0"]),
)
ODD = [r'"\ud800"', r'"\ud83d\ude00"', r'"\\ud800"', r'"\u0000"', '"\x7f"', '"\t"', '"1234567890123456789"', '"İ"', "{"]
TEXTS = st.text(max_size=6).map(json.dumps) | st.sampled_from(ODD)
VALUES = st.recursive(
    NUMBERS | DIGITS | TEXTS | st.sampled_from(["true", "false", "null", ""]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(st.tuples(st.sampled_from(['"a"', '"b"', '""', "a"]), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)
LINES = st.lists(VALUES.map(lambda value: f'{{"a": {value}, "b": 1}}') | VALUES | st.sampled_from(["", " ", "\u00a0"]))


def same(one: Any, other: Any) -> bool:
    """Equal in value, type and order of keys."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)  # NaN has no equal, and -0.0 equals 0.0
    return type(one) is type(other) and one == other


def plainly(line: str) -> dict[str, Any] | None:
    """A line as the standard library reads it; None for what is no object of text."""
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode("utf8")
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines")


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_json_lines_are_read_as_the_standard_library_reads_them(folder: Path, lines: list[str], end: str) -> None:
    path, bad = folder / "a.jsonl", list[BadLine]()
    path.write_bytes(end.join(lines).encode("utf8", "surrogatepass"))
    found = [row for _, _, row in json_lines(path, bad.append)]
    text = end.join(lines)
    expected = [
        (number, plainly(line)) for number, line in enumerate(io.StringIO(text, newline=None), 1) if line.strip()
    ]
    assert same(found, [row for _, row in expected if row is not None])
    assert [one.number for one in bad] == [number for number, row in expected if row is None]


CSV = st.text(st.sampled_from('a",\n\r;é'), max_size=30)


@given(CSV)
@example('a,b\n1,"2\n3"\n\n1\n"x"y,2\n')
def test_csv_is_read_as_the_standard_library_reads_it(folder: Path, text: str) -> None:
    path, bad = folder / "a.csv", list[BadLine]()
    path.write_bytes(text.encode())
    try:
        expected: list[Any] = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        expected = [{None: None}]
    if any(None in row or None in row.values() for row in expected):
        with pytest.raises(QueryError, match="EVT1003"):
            list(csv_lines(path))
    else:
        assert [row for _, _, row in csv_lines(path, bad.append)] == expected


def packed(path: Path, data: bytes) -> Path:
    import pyarrow as pa

    pack: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    }
    path.write_bytes(pack[path.suffix](data))
    return path


@pytest.mark.once
@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst"])
def test_packed_files_are_read_straight(tmp_path: Path, ending: str) -> None:
    rows = [{"N": str(number)} for number in range(20_000)]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path = packed(tmp_path / f"a.JSONL{ending}", lines)
    assert list(read_files(str(path))) == rows
    table = packed(tmp_path / f"b.csv{ending}", b"N\n1\n2\n")
    assert list(read_files(str(table))) == [{"N": "1"}, {"N": "2"}]
    for wrong in (path.read_bytes()[:-20], b"neither", path.read_bytes()[:500] + b"\0\1" + path.read_bytes()[502:]):
        path.write_bytes(wrong)
        with pytest.raises(QueryError, match="EVT1003"):
            list(read_files(str(path)))


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "line"), [("a.jsonl.zst", b" " * (1 << 20)), ("a.csv.gz", b'"' + b"x" * 60_000 + b'\n",')]
)
def test_what_unpacks_without_end_is_refused(tmp_path: Path, name: str, line: bytes) -> None:
    path = packed(tmp_path / name, line * ((18 << 20) // len(line)))
    with pytest.raises(QueryError, match="too long"):
        list(read_files(str(path)))


def test_zstandard_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.jsonl.zst").write_bytes(b"")
    with pytest.raises(QueryError, match="EVT1004"):
        list(read_files(str(tmp_path / "a.jsonl.zst")))


BAD = {
    "a.jsonl": (
        b'{"a": 1}\n\n[1]\n{"a": "\xff"}\n{"a": 2}\n{',
        [(3, b"[1]"), (4, b'{"a": "\xff"}'), (6, b"{")],
        ["1", "2"],
    ),
    "a.csv": (b'a\n1\n1,2\n"\n",\n\xff\n3\n', [(3, b"1,2\n"), (5, b'"\n",\n'), (6, b"\xff\n")], ["1", "3"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_lines_may_be_kept_aside(tmp_path: Path, name: str) -> None:
    content, expected, cells = BAD[name]
    path, bad = tmp_path / name, list[BadLine]()
    path.write_bytes(content)
    read = csv_lines if name.endswith("csv") else json_lines
    assert [str(row["a"]) for _, _, row in read(path, bad.append)] == cells
    assert [(one.number, one.line) for one in bad] == expected
