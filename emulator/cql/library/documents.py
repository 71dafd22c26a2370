"""Functions that read documents: XML, CSV, texts of fixed width."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping

from emulator.assumptions import assumption
from emulator.functions import Library

LIBRARY = Library("cql", "documents")

XML_NAMES = assumption(
    "parsexml-names",
    "cql",
    "`parseXml()` names attributes like elements, numbers repeated elements `[0]`, `[1]`, and leaves out namespaces: "
    "the documentation shows plain elements alone",
)
_DEEPEST = 100


class _XmlReader:
    """Collects the texts and attributes of a document by path."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.texts: list[list[str]] = []
        self.found: list[tuple[tuple[str, ...], str]] = []
        self.counts: list[Counter[str]] = [Counter()]
        self.leaf = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) >= _DEEPEST:
            raise ValueError("nested too deeply")
        local = name.rpartition(":")[2]
        self.counts[-1][local] += 1
        self.path.append(f"{local}\0{self.counts[-1][local] - 1}")
        self.counts.append(Counter())
        self.texts.append([])
        self.leaf = True
        for attribute, value in attributes.items():
            if not attribute.startswith("xmlns"):
                self.found.append(((*self.path, f"{attribute.rpartition(':')[2]}\0000"), value))

    def text(self, data: str) -> None:
        if self.texts:
            self.texts[-1].append(data)

    def end(self, _: str) -> None:
        text = "".join(self.texts.pop()).strip()
        if text or self.leaf:
            self.found.append((tuple(self.path), text))
        self.path.pop()
        self.counts.pop()
        self.leaf = False


def _xml(text: str) -> list[tuple[tuple[str, ...], str]] | None:
    """The values of a document with their paths, or None; entities of its own are refused."""
    from xml.parsers import expat  # only queries that need it pay for it

    reader = _XmlReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace"), True)  # noqa: FBT003 - the end
    except (expat.ExpatError, ValueError):
        return None
    return reader.found


def _refuse(*_: object) -> None:
    raise ValueError("a document with entities of its own")


@LIBRARY.assign(
    "parseXml(field: field = @rawstring, prefix: text = '') -> fields", doc="parsexml", assumes=(XML_NAMES.name,)
)
def parse_xml(text: str | None, prefix: str) -> Mapping[str, str] | None:
    """The texts of an XML document's elements as fields named by their paths; what is no XML gives none."""
    found = None if text is None else _xml(text)
    if found is None:
        return None
    starts = {path[:depth] for path, _ in found for depth in range(1, len(path) + 1)}
    many = {(*path[:-1], _split(path[-1])[0]) for path in starts if _split(path[-1])[1]}
    return {prefix + _name(path, many): value for path, value in found}


def _split(part: str) -> tuple[str, int]:
    """The name of a part of a path, and how many of that name came before."""
    name, _, index = part.partition("\0")
    return name, int(index)


def _name(path: tuple[str, ...], many: set[tuple[str, ...]]) -> str:
    shown = []
    for depth, part in enumerate(path):
        name, index = _split(part)
        shown.append(f"{name}[{index}]" if (*path[:depth], name) in many else name)
    return ".".join(shown)


@LIBRARY.assign(
    "parseCsv(field: field = @rawstring, columns: texts, delimiter: character = ',', excludeEmpty: bool = false,"
    " trim: bool = true) -> fields",
    doc="parsecsv",
)
def parse_csv(
    text: str | None, columns: tuple[str, ...], delimiter: str, exclude_empty: bool, trim: bool
) -> Mapping[str, str] | None:
    """The values of a line of CSV as fields."""
    if text is None:
        return None
    line = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=trim), [])
    values = [value.strip() if trim else value for value in line]
    return {name: value for name, value in zip(columns, values, strict=False) if value or not exclude_empty}


@LIBRARY.assign(
    "parseFixedWidth(field: field = @rawstring, columns: texts, widths: numbers, trim: bool = true) -> fields",
    doc="parsefixedwidth",
)
def parse_fixed_width(
    text: str | None, columns: tuple[str, ...], widths: tuple[int, ...], trim: bool
) -> Mapping[str, str] | None:
    """Parts of a text of given widths as fields."""
    if text is None:
        return None
    found, start = {}, 0
    for name, width in zip(columns, widths, strict=False):
        part = text[start : start + int(width)]
        if not part:
            break
        found[name] = part.strip() if trim else part
        start += int(width)
    return found
