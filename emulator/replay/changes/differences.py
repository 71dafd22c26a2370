"""Two versions of a query over the same events: the alerts that appear and vanish, and how much that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypedDict

from emulator.clock import TICKS_PER_MICROSECOND, to_datetime
from emulator.nodes import record
from emulator.replay.corpus import Material
from emulator.replay.judging import search_interval
from emulator.replay.measuring import Part
from emulator.replay.rates.intervals import CONFIDENCE, Rate, difference
from emulator.replay.rulebook import Rule
from emulator.replay.staging import stage
from emulator.replay.windows import Exposure, host_of, in_windows, windows
from emulator.result import Result
from emulator.rules import Case
from emulator.rules.case import Kind

_MILLION = 1_000_000


@record
class Versions:
    """A query in two versions; either may be missing, when the change adds or removes it."""

    name: str
    before: Rule | None
    after: Rule | None

    @property
    def any(self) -> Rule:
        """The newer version that there is."""
        found = self.after or self.before
        assert found is not None  # one of them is there
        return found


@record
class Difference:
    """What two versions of a query raise on the same events: `kind` is that of the case, or the label of the corpus.

    Alerts are compared as rows with the columns that both versions show. `known` says why the newer version need not
    see an attack, where its case says so; `host_days` counts what the windows of a corpus saw.
    """

    query: str
    on: str
    kind: str
    is_case: bool
    before: int = 0
    after: int = 0
    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    events: int = 0
    host_days: int = 0
    unmeasured: str = ""
    known: str = ""

    @property
    def lost(self) -> bool:
        """True when an attack that was seen is seen no more, and its case does not accept that."""
        return self.kind == Kind.MALICIOUS and self.before > 0 and self.after == 0 and not self.known

    def change(self, per: float, unit: str) -> Rate | None:
        """By how much the rate changes; None without events.

        The versions see the same events, so only alerts of one version alone tell anything.
        """
        return difference(len(self.appeared), len(self.vanished), per, unit)

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        changes = (self.change(self.events / _MILLION, "million events"), self.change(self.host_days, "host-day"))
        return {
            "query": self.query,
            "on": self.on,
            "kind": self.kind,
            "is_case": self.is_case,
            "before": self.before,
            "after": self.after,
            "appeared": list(self.appeared),
            "vanished": list(self.vanished),
            "lost": self.lost,
            "known_miss": self.known,
            "events": self.events,
            "host_days": self.host_days,
            "unmeasured": self.unmeasured,
            "change_per_million_events": None if changes[0] is None else changes[0].to_json(),
            "change_per_host_day": None if changes[1] is None else changes[1].to_json(),
            "confidence": CONFIDENCE,
        }


def on_cases(versions: Versions, cases: Iterable[Case], material: Material) -> Iterator[Difference]:
    """The differences on cases. Raises QueryError for events that do not fit."""
    name = versions.any.name
    for case in cases:
        nothing = Difference(versions.name, case.id, case.kind, is_case=True, known=case.expect[name].known_miss)
        staged = stage(case, name.language, material)
        if staged.absent:
            yield replace(nothing, unmeasured=staged.absent)
            continue
        now = staged.now
        before, after = (
            []
            if rule is None
            else [rule.query.run(staged.tables, now=now, time_range=search_interval(rule, now), given=rule.given)]
            for rule in (versions.before, versions.after)
        )
        yield replace(nothing, events=staged.events, **compared(before, after))


def on_part(versions: Versions, part: Part) -> Difference:
    """The difference on a part of a corpus, window by window. Raises QueryError when a run fails."""
    language = versions.any.name.language
    lookback = versions.any.detection.lookback(language)
    width = int(lookback.total_seconds() * _MILLION) * TICKS_PER_MICROSECOND
    exposure = Exposure()
    events = sorted((one for one in part.events(language) if one.at > 0), key=lambda one: one.at)
    spans = windows(events[0].at, events[-1].at, width) if events else []
    before: list[Result] = []
    after: list[Result] = []
    for window, seen in in_windows(((one.at, one) for one in events), spans):
        tables: dict[str, list[Any]] = {}
        for one in seen:
            exposure.add(one.table, host_of(one.row), one.at)
            tables.setdefault(one.table, []).append(one.row)
        for rule, results in ((versions.before, before), (versions.after, after)):
            if rule is not None:
                now = to_datetime(window.now)
                results.append(rule.query.run(tables, now=now, given=rule.given, final_limit=False))
    count = sum(exposure.events.values())
    return Difference(
        versions.name,
        part.name,
        part.label,
        is_case=False,
        events=count,
        host_days=len(exposure.host_days),
        unmeasured="" if count else "it has no events for the query",
        **compared(before, after),
    )


class Compared(TypedDict):
    """What two versions gave: how many rows each, and those that the other did not give."""

    before: int
    after: int
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]


def compared(before: list[Result], after: list[Result]) -> Compared:
    """The results of two versions beside each other, by the columns that both have; a version may have none."""
    old_names, new_names = _columns(before), _columns(after)
    common = [name for name in old_names if name in new_names] or old_names or new_names
    old, new = _rows(before, common), _rows(after, common)
    return Compared(
        before=old.total(),
        after=new.total(),
        appeared=tuple((new - old).elements()),
        vanished=tuple((old - new).elements()),
    )


def _columns(results: list[Result]) -> list[str]:
    """The columns of results, in order of first appearance."""
    return list(dict.fromkeys(column.name for result in results for column in result.columns))


def _rows(results: list[Result], common: list[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for result in results:
        names = [column.name for column in result.columns]
        chosen = [names.index(name) for name in common if name in names]
        rows: Any = result.to_json()["rows"]
        found.update(_text([row[place] for place in chosen]) for row in rows)
    return found


def _text(cells: list[object]) -> str:
    return ", ".join(" ".join(str(cell).split()) for cell in cells if cell not in (None, ""))
