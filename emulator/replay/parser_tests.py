"""Tests of a parser: its script run over raw events, and the events that come of them held against what must."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from emulator.diagnostics import Code, Diagnostic, code
from emulator.interpreter.context import Limits
from emulator.nodes import record
from emulator.query import Query, compile
from emulator.rules.files import shown
from emulator.rules.parsers import Assertions, Parser, ParserTest
from emulator.source import Source, Span

UNMET = code(
    "RUL3201",
    "a parser's test asserts what does not hold",
    "The script makes another event of the raw one than the test says: mend the script, or the assertion. Fields that "
    "the parser's `tagFields` names stand under `#name`.",
)
NO_EVENT = code(
    "RUL3202",
    "a parser's test asserts something of an event that is not there",
    "`outputEventIndex` counts the events that the script makes of one raw event, from 0. The script drops the event, "
    "or makes fewer.",
)
FALSE_TAG = code(
    "RUL3203",
    "a parser writes a field that looks like a tag",
    "A search for `#name` looks among tags, so a field of such a name is never found. Take the `#` off, and name the "
    "field in `tagFields` when it is to be a tag.",
)
GAP = code(
    "RUL3204",
    "a parser writes an array with gaps",
    "Array functions read elements up to the first index that is missing, so what stands behind a gap is not found.",
)
PARSE_ERROR = code(
    "RUL3205",
    "a parser's script fails on an event",
    "The script sets `@error`, as the product does for an event that a function can't parse.",
)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When test events come in, for scripts that read no time from them."""
Event = dict[str, str]
_ELEMENT = re.compile(r"\[(\d{1,9})\]")


@record
class ParserVerdict:
    """What one test of a parser comes to: how many events came of it, and what is wrong with them."""

    parser: Parser
    number: int
    test: ParserTest
    events: tuple[Event, ...]
    failures: tuple[Diagnostic, ...]

    def to_json(self) -> dict[str, object]:
        """One object of `ruleproof test --format json`."""
        return {
            "parser": self.parser.name,
            "test": self.number,
            "verdict": "fail" if self.failures else "pass",
            "events": list(self.events),
            "failures": [one.to_json() for one in self.failures],
            "file": self.parser.file.name,
            "line": self.parser.file.position(self.test.span.start)[0],
        }


def run_parser_tests(parser: Parser, given: Mapping[str, object], limits: Limits | None = None) -> list[ParserVerdict]:
    """Every test of a parser, in the order of its file. Raises QueryError when the script can't run at all."""
    query = compile(parser.script, language="cql", given=given, limits=limits)
    query.bound(given)
    return [_verdict(parser, number, test, query, given) for number, test in enumerate(parser.tests, 1)]


def _verdict(parser: Parser, number: int, test: ParserTest, query: Query, given: Mapping[str, object]) -> ParserVerdict:
    incoming = {"@rawstring": test.raw, "@timestamp": str(int(NOW.timestamp() * 1000))}
    kept = {name: value for name, value in incoming.items() if name not in parser.removed}
    result = query.run({"events": [kept]}, now=NOW, given=given)
    names = [column.name for column in result.columns]
    events = tuple(
        _tagged({name: str(value) for name, value in zip(names, row, strict=True) if value is not None}, parser)
        for row in result.rows
    )
    return ParserVerdict(parser, number, test, events, tuple(_failures(parser, test, events)))


def _tagged(event: Event, parser: Parser) -> Event:
    """The event with its tags: a field that becomes one goes by `#name` alone."""
    return {f"#{name}" if name in parser.tags else name: value for name, value in event.items()}


def _failures(parser: Parser, test: ParserTest, events: Sequence[Event]) -> Iterator[Diagnostic]:
    for position, event in enumerate(events):
        yield from _invalid(parser, test, position, event)
    for assertions in test.assertions:
        if assertions.position >= len(events):
            count = len(events)
            made = "the script drops the event" if not events else f"the script makes {count} event{'s'[: count > 1]}"
            help = "correct the index, counted from 0, or the script"
            yield Diagnostic(NO_EVENT, made, assertions.span, help, parser.file)
        else:
            yield from _unmet(parser.file, assertions, events[assertions.position])


def _invalid(parser: Parser, test: ParserTest, position: int, event: Event) -> Iterator[Diagnostic]:
    """What the product reports of an event whatever its test says."""
    span = Span(test.span.start, test.span.start + 1)

    def failure(what: Code, message: str, help: str) -> Diagnostic:
        return Diagnostic(what, f"event {position}: {message}", span, help, parser.file)

    if event.get("@error") == "true" or event.get("#error") == "true":
        reason = shown(event.get("@error_msg", "it says no reason"), 200)
        yield failure(PARSE_ERROR, f"it could not be parsed: {reason}", "mend the script, or the raw event")
    for name in event:
        if name.startswith("#") and name[1:] not in parser.tags:
            help = f"write `{shown(name[1:])}` in the script, and name it in `tagFields` if it is a tag"
            yield failure(FALSE_TAG, f"`{shown(name)}` is no tag", help)
    for name, missing in _gaps(event).items():
        help = "write the elements one after the other, from 0"
        yield failure(GAP, f"the array `{shown(name)}` lacks the index {missing}", help)


def _gaps(event: Event) -> dict[str, int]:
    """Arrays with a missing element, and the first index that is missing."""
    indexes: dict[str, set[int]] = {}
    for name in event:
        for found in _ELEMENT.finditer(name):
            indexes.setdefault(name[: found.start()], set()).add(int(found[1]))
    first_missing = {
        name: next(number for number in range(len(there) + 1) if number not in there) for name, there in indexes.items()
    }
    return {name: missing for name, missing in first_missing.items() if missing < max(indexes[name])}


def _unmet(file: Source, assertions: Assertions, event: Event) -> Iterator[Diagnostic]:
    for wanted in assertions.fields:
        found = event.get(wanted.field)
        if found == wanted.value:
            continue
        name = shown(wanted.field)
        if wanted.value is None:
            message = f"`{name}` has the value `{shown(found or '')}`"
            help = "it must have none: drop it in the script, or take the assertion out"
        else:
            has = "has no value" if found is None else f"is `{shown(found)}`"
            message, help = f"`{name}` {has}", f"it must be `{shown(wanted.value)}`"
        if found is None and f"#{wanted.field}" in event:
            help = f"it is a tag: write `'#{name}'`"
        yield Diagnostic(UNMET, message, wanted.span, help, file)
