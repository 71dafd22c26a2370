"""Why a verdict failed: the lines of the rule that dropped what it should raise, or raised what it should not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from emulator.clock import from_datetime
from emulator.proof.ways import Dropped, Kept, Tracer, Way
from emulator.replay.corpus import Material
from emulator.replay.judging import Judgement, Outcome, search_interval
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.staging import Staged, stage
from emulator.rules import Case, QueryName
from emulator.source import Span

MOST_LINES = 6
"""More lines than these say nothing more."""
MOST_VALUES = 5


def explain_failures(judgement: Judgement, material: Material, root: Path) -> None:
    """Give every failed verdict of a judgement the lines of the rule that decided."""
    rules: dict[tuple[str, QueryName], Rule] = {}
    for position, verdict in enumerate(judgement.verdicts):
        if verdict.outcome is Outcome.FAIL:
            key = (verdict.detection.folder, verdict.query)
            if key not in rules:
                rules[key] = compile_rule(verdict.detection, verdict.query, root)
            staged = stage(verdict.case, verdict.query.language, material)
            because = blame(rules[key], verdict.case, staged)
            judgement.verdicts[position] = replace(verdict, because=because)


def blame(rule: Rule, case: Case, staged: Staged) -> tuple[str, ...]:
    """The lines of a rule that made its verdict on a case a failure, each as `file:line: what it did (values)`.

    Too few alerts: where the events that came furthest on each way were dropped. Too many, or others than expected:
    the ways that let events through, from their first line to their last.
    """
    wanted = case.expect[rule.name]
    result = rule.query.run(
        staged.tables, now=staged.now, time_range=search_interval(rule, staged.now), given=rule.given
    )
    book = _Book(rule)
    met = list(_met(rule, staged, book.tracer))
    if len(result.rows) < wanted.least:
        lines = [*book.dropped(met), *_too_old(rule, staged)]
        return tuple(lines[:MOST_LINES]) or (f"{book.file}: no stage reads any {_counted(staged)}",)
    lines = list(book.let_through(met))
    if wanted.allows(len(result.rows)):
        lines += [f"{book.place(span)}: chooses the columns of alerts" for span in book.tracer.shown]
    return tuple(lines[:MOST_LINES])


Met = tuple[int, list[Kept | Dropped]]
"""The alerts of one event, and what became of it on each way."""


def _met(rule: Rule, staged: Staged, tracer: Tracer) -> Iterator[Met]:
    """Every staged event that the search reads, followed through the rule."""
    interval = search_interval(rule, staged.now)
    now, start = from_datetime(staged.now), from_datetime(interval[0]) if interval else None
    for table, rows in staged.tables.items():
        for row in rows:
            yield tracer.event(table, row, now, start)


def _too_old(rule: Rule, staged: Staged) -> Iterator[str]:
    """Events that the search does not read because they are older than its lookback."""
    interval = search_interval(rule, staged.now)
    if interval is None:
        return
    first = interval[0].timestamp() * 1000
    stamps = [str(row.get("@timestamp", "")) for rows in staged.tables.values() for row in rows]
    old = sum(stamp.isdecimal() and int(stamp) < first for stamp in stamps)
    if old:
        hours = rule.detection.lookback(rule.name.language).total_seconds() / 3600
        yield f"{rule.detection.source.name}: the lookback of {hours:g} hours leaves out {old} of {len(stamps)} events"


def _counted(staged: Staged) -> str:
    tables = ", ".join(sorted(staged.tables))
    return f"of the case's {staged.events} rows of {tables}" if staged.events else "row: the case has none"


class _Book:
    """A rule's lines as people know them: those of its file, and those of its tunings in `detection.yaml`."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.tracer = Tracer(rule.query, rule.given)
        original = rule.detection.queries[rule.name.language].source
        self.file = original.name
        self.text = rule.query.source
        self.start = len(self.text.text) - len(original.text)
        self.before = self.text.text.count("\n", 0, self.start)

    def place(self, *spans: Span) -> str:
        """`file:line` or `file:first-last` of some parts of the text, those of tunings left out where others are."""
        own = [span for span in spans if span.start >= self.start]
        if not own:
            return self._tuning(spans[0])
        first = self.text.position(min(span.start for span in own))[0] - self.before
        last = self.text.position(max(span.end for span in own))[0] - self.before
        return f"{self.file}:{first}" if first == last else f"{self.file}:{first}-{last}"

    def _tuning(self, span: Span) -> str:
        """The place of the tuning whose comment stands above an exclusion."""
        above = self.text.text[: span.start].rpartition("// ")[2].partition(":")[0]
        tuning = self.rule.detection.tuning(above)
        source = self.rule.detection.source
        return f"{source.name}:{source.position(tuning.span.start)[0]}"

    def dropped(self, met: Iterable[Met]) -> Iterator[str]:
        """For each way the place where the event that came furthest was dropped, the furthest first.

        Events that raised nothing come before those that did.
        """
        events = list(met)
        silent = [found for alerts, found in events if not alerts] or [found for _, found in events]
        furthest: dict[tuple[object, ...], Dropped] = {}
        for one in (one for found in silent for one in found if isinstance(one, Dropped)):
            if one.condition is not None and not one.condition.read:
                continue
            key = (one.way.spans, one.condition is None)
            if key not in furthest or furthest[key].depth < one.depth:
                furthest[key] = one
        for one in sorted(furthest.values(), key=lambda one: -one.depth):
            if one.condition is None:
                yield f"{self.place(one.span)}: no branch took it"
            else:
                yield f"{self.place(one.span)}: dropped it: {_short(one.condition.text)}{_values(one.condition.read)}"

    def let_through(self, met: Iterable[Met]) -> Iterator[str]:
        """Each way on which an event that raised an alert came to the end, with the values of the first."""
        kept: dict[tuple[Span, ...], Kept] = {}
        for alerts, found in met:
            for one in found:
                if alerts and isinstance(one, Kept):
                    kept.setdefault(one.way.spans, one)
        for one in kept.values():
            conditions = [each for each in one.conditions if each.span.start >= self.start] or one.conditions
            read = {name: value for each in conditions for name, value in each.read.items()}
            yield f"{self.place(*one.way.spans)}: {self._who(one.way)}let it through{_values(read)}"

    def _who(self, way: Way) -> str:
        """A branch by its number, with the lines in front of its `case`; "" for a leg."""
        if not way.branch:
            return ""
        name = f"branch {'.'.join(map(str, way.branch))}"
        if way.before is None or way.before.end <= self.start:
            return f"{name} "
        lines = self.place(Span(max(way.before.start, self.start), way.before.end)).rpartition(":")[2]
        return f"{name}, behind line {lines}, " if lines.isdecimal() else f"{name}, behind lines {lines}, "


def _values(read: Mapping[str, object]) -> str:
    """Fields and what they held, in brackets; the last ones read, which decided."""
    texts = [f"{name} missing" if value is None else f"{name}={_short(str(value))}" for name, value in read.items()]
    return f" ({', '.join(texts[-MOST_VALUES:])})" if texts else ""


def _short(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
