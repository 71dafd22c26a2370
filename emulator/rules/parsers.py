"""Parsers of LogScale packages: the script for incoming events, and the tests that the file brings."""

from __future__ import annotations

from emulator.diagnostics import Diagnostic
from emulator.nodes import record
from emulator.rules.document import Node
from emulator.rules.embedded import embedded
from emulator.source import Source, Span


@record
class Wanted:
    """What one field of an output event must hold, or with None that it must have no value."""

    field: str
    value: str | None
    span: Span


@record
class Assertions:
    """What must hold of the output event of one position, counted from 0."""

    position: int
    fields: tuple[Wanted, ...]
    span: Span


@record
class ParserTest:
    """One raw event, and what must come of it; a test without assertions asks for an event without an error."""

    raw: str
    assertions: tuple[Assertions, ...]
    span: Span


@record
class Parser:
    """A parser's file: its script with its place, its tests, and the fields that become tags or never come in."""

    name: str
    file: Source
    script: Source
    tests: tuple[ParserTest, ...]
    tags: frozenset[str]
    removed: frozenset[str]
    notes: tuple[Diagnostic, ...] = ()


def read_parser(node: Node, source: Source) -> Parser:
    """The parser of a document that fits its schema."""
    samples = [ParserTest(str(test.value), (), test.span) for test in node.list("tests")]
    return Parser(
        name=node.text("name"),
        file=source,
        script=embedded(node["script"], source),
        tests=(*samples, *map(_test, node.list("testCases"))),
        tags=frozenset(node.texts("tagFields")),
        removed=frozenset(node.texts("fieldsToBeRemovedBeforeParsing")),
    )


def _test(node: Node) -> ParserTest:
    raw = node["event"]["rawString"]
    return ParserTest(str(raw.value), tuple(map(_assertions, node.list("assertions"))), node.span)


def _assertions(node: Node) -> Assertions:
    present, absent = node.get("fieldsHaveValues"), node.list("fieldsNotPresent")
    entries = {} if present is None else present.entries()
    fields = [Wanted(name, _text(entry.node), entry.key) for name, entry in entries.items()]
    fields += [Wanted(str(item.value), None, item.span) for item in absent]
    return Assertions(int(str(node["outputEventIndex"].value)), tuple(fields), node["outputEventIndex"].span)


def _text(node: Node) -> str:
    """A value as the product compares it: text; `true` and numbers that nobody quoted as they are written."""
    return ("true" if node.value else "false") if isinstance(node.value, bool) else str(node.value)
