"""A thin YAML reader that knows where everything stands, and refuses what could surprise.

Values are those of YAML's core schema without its traps: `true` and `false` alone, decimal numbers, times as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from emulator.diagnostics import Code, Diagnostic, Label, QueryError
from emulator.nodes import record
from emulator.regular import regular
from emulator.rules.files import FileKind, shown
from emulator.source import Source, Span

MAX_DEPTH = 40

Plain: TypeAlias = Any
"""None, bool, int, float, str, or a list or dict of such values: what a validator takes."""


@record
class Node:
    """A value with its place: a scalar, a tuple of nodes, or a mapping of keys to entries."""

    value: bool | int | float | str | tuple[Node, ...] | dict[str, Entry] | None
    span: Span

    def plain(self) -> Plain:
        """The value without places."""
        match self.value:
            case tuple():
                return [item.plain() for item in self.value]
            case dict():
                return {key: entry.node.plain() for key, entry in self.value.items()}
            case scalar:
                return scalar

    def at(self, path: tuple[str | int, ...]) -> Node:
        """The node that keys and indexes lead to."""
        node = self
        for step in path:
            node = node[step]
        return node

    def __getitem__(self, step: str | int) -> Node:
        if isinstance(step, str) and isinstance(self.value, dict):
            return self.value[step].node
        if isinstance(step, int) and isinstance(self.value, tuple):
            return self.value[step]
        raise TypeError(f"{step!r} does not lead into {type(self.value).__name__}")

    def get(self, key: str) -> Node | None:
        """The node of a key of a mapping, or None."""
        return self[key] if isinstance(self.value, dict) and key in self.value else None

    def entries(self) -> dict[str, Entry]:
        """The entries of a mapping; none of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> tuple[Node, ...]:
        """The nodes of a list; none of anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def list(self, key: str) -> tuple[Node, ...]:
        """The nodes of a list under a key; none when the key is left out."""
        node = self.get(key)
        return () if node is None else node.items()

    def text(self, key: str, otherwise: str = "") -> str:
        """The text under a key, without the line end that block texts have."""
        node = self.get(key)
        return otherwise if node is None else str(node.value).strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list under a key."""
        return tuple(str(node.value).strip() for node in self.list(key))


@record
class Entry:
    """A key's place and its value."""

    key: Span
    node: Node


def parse_document(source: Source, kind: FileKind) -> Node:
    """Read the one YAML document of a source. Raises QueryError with one diagnostic when it can't be."""
    builder = _Builder(source, kind)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # The Python scanner lets some escapes through.
        raise QueryError([_not_yaml(error, source, kind)]) from None
    if builder.root is None:
        message = f"the {kind.name} is empty"
        raise QueryError([Diagnostic(kind.not_yaml, message, Span(0, 0), "write its keys", source)])
    return builder.root


def _not_yaml(error: Exception, source: Source, kind: FileKind) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    at = min(mark.index, len(source.text)) if mark else 0
    message = f"this is not YAML: {getattr(error, 'problem', None) or 'a character escape is out of range'}"
    hint = "mend the text from here on; `key: value` needs a space, text with `: ` or ` #` needs quotes"
    return Diagnostic(kind.not_yaml, message, Span(at, at + 1), hint, source)


# The C scanner is ten times as fast and gives the same events and marks.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not reached."""

    start: int
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: tuple[str, Span] | None = None


class _Builder:
    """Builds nodes from parser events with a stack of its own, so that depth is ours to bound."""

    def __init__(self, source: Source, kind: FileKind) -> None:
        self.source = source
        self.kind = kind
        self.root: Node | None = None
        self.stack: list[_Open] = []

    def take(self, event: Any) -> None:
        """Add one event of the parser."""
        span = Span(event.start_mark.index, event.end_mark.index)
        match event:
            case yaml.AliasEvent():
                raise self._refused("an alias", span, "write the value out where it is needed")
            case yaml.ScalarEvent():
                self._check_plainness(event, span)
                if event.style in ("|", ">"):  # Such a text ends at the next token; people see it end before that.
                    span = Span(span.start, span.start + len(self.source.slice(span).rstrip()))
                self._add(Node(_scalar(event), span))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._check_plainness(event, span)
                if len(self.stack) == MAX_DEPTH:
                    raise self._refused(f"nesting deeper than {MAX_DEPTH} levels", span, "flatten the value")
                self.stack.append(_Open(span.start, isinstance(event, yaml.MappingStartEvent)))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close(span.end)
            case yaml.DocumentStartEvent() if self.root is not None:
                raise self._refused("a second document", span, "keep one document to a file")
            case _:
                pass

    def _check_plainness(self, event: Any, span: Span) -> None:
        if event.anchor is not None:
            raise self._refused(f"the anchor `&{shown(event.anchor)}`", span, "remove it; aliases are not read")
        if event.tag is not None:
            raise self._refused(f"the tag `{shown(event.tag)}`", span, "remove it; quote the value when it is text")

    def _close(self, end: int) -> None:
        done = self.stack.pop()
        # The end mark of a block stands at the next token: the last child is where people see it end.
        children = [entry.node for entry in done.entries.values()] or done.items
        text = self.source.text
        flow = text[done.start : done.start + 1] in ("[", "{")
        span = Span(done.start, end if flow or not children else max(child.span.end for child in children))
        self._add(Node(done.entries if done.mapping else tuple(done.items), span))

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
        elif not (top := self.stack[-1]).mapping:
            top.items.append(node)
        elif top.key is None:
            top.key = self._key(node, top)
        else:
            name, span = top.key
            top.entries[name] = Entry(span, node)
            top.key = None

    def _key(self, node: Node, mapping: _Open) -> tuple[str, Span]:
        if not isinstance(node.value, str):
            raise self._refused("a key that is not text", node.span, "quote the key")
        first = mapping.entries.get(node.value)
        if first is not None:
            message = f"the key `{shown(node.value)}` is repeated"
            where = (Label(first.key, "first here"),)
            raise self._error(self.kind.duplicate_key, message, node.span, "remove one of the two", where)
        return node.value, node.span

    def _refused(self, what: str, span: Span, help: str) -> QueryError:
        return self._error(self.kind.refused, f"{what} is not allowed here", span, help)

    def _error(self, what: Code, message: str, span: Span, help: str, also: tuple[Label, ...] = ()) -> QueryError:
        return QueryError([Diagnostic(what, message, span, help, self.source, also=also)])


_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = regular(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = regular(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")


def _scalar(event: Any) -> bool | int | float | str | None:
    """The value of a scalar: quoted ones are text, plain ones what the core schema makes of them."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
