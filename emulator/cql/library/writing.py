"""Functions that write documents: fields as JSON, JSON and XML laid out for reading."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from emulator.assumptions import assumption
from emulator.cql.library.values import Event
from emulator.functions import Library, Nulls
from emulator.regular import regular

LIBRARY = Library("cql", "writing")

JSON_VALUES = assumption(
    "writejson-values",
    "cql",
    "`writeJson()` writes texts that are numbers in JSON as numbers, as one of its examples does; fields whose names "
    "do not fit into one tree (`a` beside `a.b`, `a[1]` without `a[0]`) keep their names in one piece",
)
XML_LAYOUT = assumption(
    "xml-layout",
    "cql",
    "`xml:prettyPrint()` writes an element without inner elements on one line where that fits in `width`, any other "
    "with its content indented on lines of its own: the documentation shows no result",
)
Path: TypeAlias = tuple[str | int, ...]
_PART = regular(r"\[(\d{1,9})\]|\.?([^.\[\]]+)")
_NUMBER = regular(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DEEPEST = 100


class _Number(str):
    """A number as it is written in a document."""

    __slots__ = ()


def _written(value: Any, step: int | None, depth: int = 0) -> str:
    """A document as text: on one line, or with a step of indentation for each level."""
    inner = "" if step is None else "\n" + " " * step * (depth + 1)
    outer = "" if step is None else "\n" + " " * step * depth
    if isinstance(value, dict):
        colon = ":" if step is None else ": "
        items = [f"{_quoted(key)}{colon}{_written(one, step, depth + 1)}" for key, one in value.items()]
        ends = "{}"
    elif isinstance(value, list):
        items, ends = [_written(one, step, depth + 1) for one in value], "[]"
    else:
        return value if isinstance(value, _Number) else _quoted(value)
    return f"{ends[0]}{inner}{f',{inner}'.join(items)}{outer}{ends[1]}" if items else ends


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _path(name: str) -> Path:
    """The parts of a name such as `a.b[0]`; a name that is no path is one part."""
    parts = _PART.findall(name)
    whole = "".join(f"[{index}]" if index else f".{word}" for index, word in parts)
    if whole != f".{name}" or len(parts) > _DEEPEST:
        return (name,)
    return tuple(int(index) if index else word for index, word in parts)


def _text_of(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _nested(pairs: list[tuple[Path, str]]) -> Any:
    """The tree of some paths that share what stands before them."""
    if not pairs[0][0]:
        text = pairs[0][1]
        return _Number(text) if _NUMBER.fullmatch(text) else text
    groups: dict[str | int, list[tuple[Path, str]]] = {}
    for path, text in pairs:
        groups.setdefault(path[0], []).append((path[1:], text))
    if isinstance(pairs[0][0][0], int):
        return [_nested(groups[index]) for index in sorted(groups)]
    tree: dict[str, Any] = {}
    for key, group in groups.items():
        if _is_tree(group):
            tree[str(key)] = _nested(group)
        else:
            tree |= {f"{key}{_text_of(path)}": _nested([((), text)]) for path, text in group}
    return tree


def _is_tree(pairs: list[tuple[Path, str]]) -> bool:
    """True when the paths can go on together: one value, names alone, or all indices from 0."""
    firsts = [path[0] if path else None for path, _ in pairs]
    if None in firsts:
        return len(pairs) == 1
    indices = {one for one in firsts if isinstance(one, int)}
    return not indices or (len(indices) == max(indices) + 1 and all(isinstance(one, int) for one in firsts))


@LIBRARY.scalar(
    "writeJson(field: fields = @rawstring, as: text = _json, names: names = field, event: event) -> text",
    nulls=Nulls.TOTAL,
    doc="writejson",
    assumes=("writejson-values",),
    examples="""
        writeJson(["a.b.c"]) of a.b.c=5 => {"a":{"b":{"c":5}}}   [docs]
    """,
)
def write_json(_: object, patterns: tuple[str, ...], event: Event) -> str:
    """The fields whose names begin with some patterns as a JSON object; `*` in a pattern stands for anything."""
    tests = [_prefix(pattern).match for pattern in patterns]
    names = dict.fromkeys(name for test in tests for name in event if name[:1] != "\0" and test(name))
    return _written(_nested([(_path(name), event[name]) for name in names]) if names else {}, None)


def _prefix(pattern: str) -> re.Pattern[str]:
    parts = pattern.split("[*]")
    return re.compile(r"\[\d+\]".join(re.escape(part).replace(r"\*", ".*") for part in parts), re.DOTALL)


@LIBRARY.scalar(
    "json:prettyPrint(field: field = @rawstring, as: text = same, step: between[2|100] = 2, strict: bool = false)"
    " -> text",
    nulls=Nulls.TOTAL,
    doc="json-prettyprint",
)
def pretty_json(text: str | None, step: int, strict: bool) -> str | None:
    """A JSON text with a line for each value; what is no JSON stays as it is, or gives nothing with `strict`."""
    try:
        document = json.loads(text or "", parse_float=_Number, parse_int=_Number, parse_constant=_refused)
        return _written(document, step)
    except (ValueError, RecursionError):
        return None if strict else text


def _refused(name: str) -> None:
    raise ValueError(name)


@LIBRARY.scalar(
    "xml:prettyPrint(field: field = @rawstring, as: text = same, step: between[0|100] = 2, strict: bool = false,"
    " width: between[1|10000] = 80) -> text",
    nulls=Nulls.TOTAL,
    doc="xml-prettyprint",
    assumes=("xml-layout",),
)
def pretty_xml(text: str | None, step: int, strict: bool, width: int) -> str | None:
    """An XML text with a line for each element; what is no XML stays as it is, or gives nothing with `strict`."""
    lines = None if text is None else _XmlLines(step, width).of(text)
    return (None if strict else text) if lines is None else "\n".join(lines)


class _XmlLines:
    """Writes the lines of a document while it is read."""

    def __init__(self, step: int, width: int) -> None:
        self.step, self.width = step, width
        self.lines: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.text = ""
        self.is_leaf = False

    def of(self, text: str) -> list[str] | None:
        """The lines, or None for what is no XML; a document with entities of its own is none."""
        from xml.parsers import expat  # only queries that need it pay for it

        parser = expat.ParserCreate()
        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": self.start,
            "EndElementHandler": self.end,
            "CharacterDataHandler": self.add,
            "CommentHandler": self.comment,
            "EntityDeclHandler": _refused,
        }
        for name, handler in handlers.items():
            setattr(parser, name, handler)
        try:
            parser.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace"), True)  # noqa: FBT003 - the end
        except (expat.ExpatError, ValueError, TypeError):
            return None
        return self.lines

    def _line(self, text: str, depth: int) -> None:
        self.lines.append(" " * self.step * depth + text)

    def _content(self) -> None:
        """What stands before an inner element, on lines of its own."""
        if self.is_leaf:
            self._line(self.open[-1][1], len(self.open) - 1)
        if self.text.strip():
            self._line(escape(self.text.strip()), len(self.open))
        self.text, self.is_leaf = "", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if len(self.open) >= _DEEPEST:
            raise ValueError("nested too deeply")
        if self.open:
            self._content()
        tag = "".join([f"<{name}", *(f" {key}={quoteattr(value)}" for key, value in attributes.items()), ">"])
        self.open.append((name, tag))
        self.is_leaf = True

    def add(self, text: str) -> None:
        """Text goes on."""
        self.text += text

    def comment(self, text: str) -> None:
        """A comment stands on a line of its own."""
        if self.open:
            self._content()
        self._line(f"<!--{text}-->", len(self.open))

    def end(self, name: str) -> None:
        """An element ends."""
        text = escape(self.text.strip())
        tag = self.open[-1][1]
        line = f"{tag}{text}</{name}>" if text else f"{tag[:-1]}/>"
        if self.is_leaf and len(line) < self.width:
            self._line(line, len(self.open) - 1)
            self.open.pop()
        else:
            self._content()
            self.open.pop()
            self._line(f"</{name}>", len(self.open))
        self.text, self.is_leaf = "", False
