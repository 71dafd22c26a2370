"""Records that satisfy a Sigma rule, as Sysmon would have written them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.diagnostics import Code, Diagnostic, QueryError, code, did_you_mean
from emulator.events.recordings.lines import Origin, RecordedEvent
from emulator.events.sigma.conditions import TooSlowError
from emulator.events.sigma.logsources import COMPUTER, LOG_SOURCES, SYSMON, TIME, LogSource
from emulator.events.sigma.reading import conditions
from emulator.events.sigma.solving import solve
from emulator.rules.names import Language
from emulator.rules.sigma import piped, read_sigma
from emulator.source import NOWHERE, Source

NO_LOG_SOURCE = code(
    "EVT2502",
    "no events are made for a Sigma rule's log source",
    "Events are made for the categories of Windows rules that Sysmon records and the sensors' mappings know. Rules "
    "about other products or categories need cases with events of their own.",
)
UNSATISFIABLE = code(
    "EVT2503",
    "no event was found that satisfies a Sigma rule",
    "The selections contradict each other, the filters exclude what the selections ask for, or a regular expression "
    "is too involved. A rule that no event can satisfy never fires.",
)


def sigma_events(source: Source) -> Iterator[RecordedEvent]:
    """Records that satisfy a rule, one for each alternative that can be met, that of its first selection first.

    Raises QueryError when the rule can't be read, is about another log source, or no event satisfies it.
    """
    rule = read_sigma(source)
    place = _log_source(rule, source)
    found = False
    try:
        for number, fields in enumerate(solve(conditions(rule, source), place.usual)):
            found = True
            yield _record(source, number, place, fields)
    except TooSlowError:
        message = "one of its regular expressions takes too long to search with"
        raise _refused(source, UNSATISFIABLE, message, "repeat no group that repeats itself") from None
    if not found:
        raise _refused(source, UNSATISFIABLE, "no event satisfies it", "read the condition again, filters first")


def piped_events(source: Source, language: Language) -> Iterator[dict[str, str]]:
    """Rows that satisfy a rule in the field names that the language's pipeline gives it, and with nothing else.

    No sensor wrote them: they tell whether the backend's query says what the pipeline made of the rule. Raises
    QueryError when the rule can't be read or its fields have no counterpart.
    """
    rule = piped(source, language)
    yield from solve(conditions(rule, source), ({},))


def _log_source(rule: Any, source: Source) -> LogSource:
    product, category = rule.logsource.product or "", rule.logsource.category or ""
    if product not in ("windows", "") or category not in LOG_SOURCES:
        known = f"the categories are {', '.join(LOG_SOURCES)}, of Windows"
        help = known if category in LOG_SOURCES else did_you_mean(category, LOG_SOURCES, known)
        asked = f"{product or 'any product'}, {category or 'no category'}"
        raise _refused(source, NO_LOG_SOURCE, f"no events are made for {asked}", help)
    return LOG_SOURCES[category]


def _record(source: Source, number: int, place: LogSource, fields: dict[str, str]) -> RecordedEvent:
    return RecordedEvent(
        origin=Origin(source.name, number + 1),
        recording=source.name,
        provider=SYSMON,
        event_id=place.event_id,
        computer=COMPUTER,
        time=TIME["UtcTime"],
        data={**TIME, **fields},
        size=0,
    )


def _refused(source: Source, what: Code, message: str, help: str) -> QueryError:
    return QueryError([Diagnostic(what, message, NOWHERE, help, Source(source.name, ""))])
