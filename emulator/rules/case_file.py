"""Reads one case file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from emulator.diagnostics import QueryError, Reporter
from emulator.rules.case import Case, Events, Expectation, InlineEvents, Kind, RecordedEvents, ScenarioEvents, Variant
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.rules.files import MAX_BYTES, read_text
from emulator.rules.kinds import BAD_TIME, CASE_FILE, CONTRADICTION
from emulator.rules.names import QueryName, parse_origin
from emulator.source import Source


def read_case(path: Path, root: Path, max_bytes: int = MAX_BYTES) -> Case:
    """The case of a file inside the repository `root`. Raises QueryError with everything that is wrong in the file."""
    source = read_text(path, root, CASE_FILE, max_bytes)
    node = parse_document(source, CASE_FILE)
    found = violations(node, "case", source, CASE_FILE)
    if found:
        raise QueryError(found)
    report = Reporter(source)
    case = _case(node, source, report)
    report.stop_if_failed()
    return case


def _case(node: Node, source: Source, report: Reporter) -> Case:
    kind = Kind(node.text("kind"))
    expect = node["expect"]
    return Case(
        file=source,
        span=node["id"].span,
        places={key: entry.node.span for key, entry in node.entries().items()},
        id=node.text("id"),
        title=node.text("title"),
        kind=kind,
        activity=node.text("activity"),
        source=tuple(map(parse_origin, node.texts("source"))),
        variant=Variant(node.text("variant", Variant.NG_SIEM)),
        now=_moment(node, report),
        events=tuple(map(_events, node.list("events"))),
        tuning=node.text("tuning"),
        expect={QueryName(name): _expectation(expect[name], kind, report) for name in expect.entries()},
    )


def _moment(node: Node, report: Reporter) -> datetime | None:
    given = node.get("now")
    if given is None:
        return None
    try:
        return datetime.fromisoformat(str(given.value))
    except ValueError:
        hint = "correct the month, day, hour, minute or second"
        report.error(BAD_TIME, f"`{given.value}` is not in the calendar", given.span, hint)
        return None


def _events(node: Node) -> Events:
    if (rows := node.get("rows")) is not None:
        return InlineEvents({table: tuple(values) for table, values in rows.plain().items()}, node.span)
    if (scenario := node.text("scenario")) != "":
        given = node.get("with")
        return ScenarioEvents(scenario, given.plain() if given is not None else {}, node.span)
    return RecordedEvents(node.text("recording"), node.text("file"), node.span)


def _expectation(node: Node, kind: Kind, report: Reporter) -> Expectation:
    """An expectation; a bare number is short for `alerts`."""
    given = node.entries()
    exactly = _number(node if not given else node.get("alerts"))
    known_miss = node.text("known_miss")
    if known_miss:
        exactly = 0
    least, most = _number(node.get("at_least")), _number(node.get("at_most"))
    rows = tuple(row.plain() for row in node.list("rows"))
    found = Expectation(
        least=exactly if exactly is not None else least or 0,
        most=exactly if exactly is not None else most,
        rows=rows,
        known_miss=known_miss,
        span=node.span,
    )
    _check_expectation(found, node, kind, report)
    return found


def _number(node: Node | None) -> int | None:
    """A whole number, which the schema also accepts as `1.0`."""
    return int(node.value) if node is not None and isinstance(node.value, int | float) else None


def _check_expectation(found: Expectation, node: Node, kind: Kind, report: Reporter) -> None:
    """Report what in an expectation contradicts itself or the kind of its case."""
    keys = node.entries().keys()

    def contradiction(message: str, hint: str) -> None:
        report.error(CONTRADICTION, message, node.span, hint)

    if found.known_miss and len(keys) > 1:
        contradiction("`known_miss` stands alone", "remove the other keys: a miss is no alert at all")
    elif "alerts" in keys and keys & {"at_least", "at_most"}:
        contradiction("`alerts` is exact and stands without bounds", "remove `alerts`, or `at_least` and `at_most`")
    elif found.most is not None and found.least > found.most:
        contradiction(f"`at_least` {found.least} is more than `at_most` {found.most}", "exchange the two")
    elif keys == {"rows"}:
        contradiction("`rows` needs a number of alerts beside it", "add `alerts`, `at_least` or `at_most`")
    elif found.rows and found.most == 0:
        contradiction("`rows` of no alerts can't hold", "remove `rows`")
    elif found.known_miss and kind is Kind.BENIGN:
        contradiction("a benign activity can't be missed", "expect `0`")
    elif kind is Kind.MALICIOUS and found.least == 0 and not found.known_miss:
        contradiction(
            "a malicious activity may not pass without a reason",
            "expect an alert, or give the reason: `{known_miss: …}`",
        )
