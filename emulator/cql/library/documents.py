"""Functions that read and write documents: XML, CSV, URLs, CEF, LEEF, texts of fixed width, JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from emulator.assumptions import assumption
from emulator.cql.library.parsing import read_json
from emulator.cql.library.values import Event
from emulator.functions import Library, Nulls

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


@LIBRARY.assign("parseXml(field: field = @rawstring, prefix: text = '') -> fields", doc="parsexml")
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
    "parseCsv(field: field = @rawstring, columns: texts, delimiter: text = ',', excludeEmpty: bool = false,"
    " trim: bool = true) -> fields",
    doc="parsecsv",
)
def parse_csv(
    text: str | None, columns: tuple[str, ...], delimiter: str, exclude_empty: bool, trim: bool
) -> Mapping[str, str] | None:
    """The values of a line of CSV as fields."""
    if text is None or len(delimiter) != 1:
        return None
    line = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=trim), [])
    values = [value.strip() if trim else value for value in line]
    return {name: value for name, value in zip(columns, values, strict=False) if value or not exclude_empty}


@LIBRARY.assign("parseUrl(field: field = url, as: text = none, names: names = field) -> fields", doc="parseurl")
def parse_url(text: str | None, name: str | None, field: str) -> Mapping[str, str] | None:
    """The parts of a URL as fields below a name: that of the field, unless another is given."""
    from urllib.parse import urlsplit  # only queries that need it pay for it

    try:
        parts = None if text is None else urlsplit(text)
        port = None if parts is None else parts.port
    except ValueError:
        return None
    if parts is None:
        return None
    found = {
        "scheme": parts.scheme,
        "username": parts.username,
        "password": parts.password,
        "host": parts.hostname,
        "port": None if port is None else str(port),
        "path": parts.path,
        "fragment": parts.fragment,
        "query": parts.query,
    }
    return {f"{name or field}.{part}": value for part, value in found.items() if value}


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
        found[name] = part.strip() if trim else part
        start += int(width)
    return found


_CEF = ("version", "device.vendor", "device.product", "device.version", "event_class_id", "name", "severity")
_EXTENSION = re.compile(r"([\w.\[\]]+)=((?:[^=\\]|\\.)*?)(?=\s+[\w.\[\]]+=|\s*$)", re.DOTALL)


@LIBRARY.assign(
    "parseCEF(field: field = @rawstring, prefix: text = 'cef.ext.', headerprefix: text = 'cef.',"
    " labelprefix: text = 'cef.label.', keeplabels: bool = false) -> fields",
    doc="parsecef",
)
def parse_cef(
    text: str | None, prefix: str, header_prefix: str, label_prefix: str, keep_labels: bool
) -> Mapping[str, str] | None:
    """The header and the extension of a CEF message as fields; a value with a label gets a field of that name."""
    start = -1 if text is None else text.find("CEF:0")
    if text is None or start < 0:
        return None
    header = re.split(r"(?<!\\)\|", text[start + 4 :], maxsplit=7)
    if len(header) < len(_CEF) + 1:
        return None
    found = {header_prefix + name: _plain(value.strip()) for name, value in zip(_CEF, header, strict=False)}
    pairs = {key: _plain(value.strip()) for key, value in _EXTENSION.findall(header[7])}
    for key, value in pairs.items():
        label = pairs.get(f"{key}Label")
        labels = key.endswith("Label") and key.removesuffix("Label") in pairs
        if label is not None:
            found[label_prefix + label] = value
        if keep_labels or not (labels or label is not None):
            found[prefix + key] = value
    return found


def _plain(text: str) -> str:
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\([=|\\nrt])", lambda found: escapes.get(found[1], found[1]), text)


@LIBRARY.scalar(
    "writeJson(field: fields = none, as: text = _json, names: names = field, event: event) -> text",
    nulls=Nulls.TOTAL,
    doc="writejson",
)
def write_json(values: tuple[str | None, ...] | None, names: tuple[str, ...] | None, event: Event) -> str:
    """Fields as a JSON object; all of them unless some are named."""
    if values is None or names is None or names == ("*",):
        pairs: dict[str, str] = {name: text for name, text in event.items() if name[:1] not in ("@", "#", "\0")}
    else:
        pairs = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))


@LIBRARY.scalar(
    "json:prettyPrint(field: field = @rawstring, as: text = same, step: number = 2) -> text",
    nulls=Nulls.TOTAL,
    doc="json-prettyprint",
)
def pretty_json(text: str | None, step: int) -> str | None:
    """A JSON text with a line for each value."""
    document = read_json(text)
    if document is None or text is None:
        return text
    plain: Any = json.loads(text)
    return json.dumps(plain, ensure_ascii=False, indent=int(step))
