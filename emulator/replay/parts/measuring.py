"""Measuring on parts of a corpus: a rule that was measured before on the same content is not run again.

What was seen and the events themselves are kept, too: a rule that changed is run on the tables that it reads, which
are neither mapped nor made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeAlias

from emulator.nodes import record
from emulator.plan.rereading import tables_read
from emulator.replay.cache.recall import content_of, exposure_of, kept, plain_exposure, recall
from emulator.replay.cache.results import NOTHING_KEPT, ResultCache, digest
from emulator.replay.cache.software import software
from emulator.replay.measuring import Measurement, measure
from emulator.replay.parts.events import PartEvents, Span
from emulator.replay.parts.recordings import PartCorpus
from emulator.replay.rulebook import Rule
from emulator.replay.windows import Exposure
from emulator.rules import Language

Explain: TypeAlias = Callable[[Measurement], list[str]]
"""Says why a measurement found nothing where it should have; [] where there is nothing to say."""


@record
class _Seen:
    """What the windows of one length saw of each part, and from when to when each has events."""

    exposures: Sequence[Exposure]
    spans: Sequence[Span]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"exposures": list(map(plain_exposure, self.exposures)), "spans": list(self.spans)}

    @staticmethod
    def of_json(known: Mapping[str, Any]) -> _Seen:
        """What `to_json` gave."""
        spans = [None if span is None else (span[0], span[1]) for span in known["spans"]]
        return _Seen(list(map(exposure_of, known["exposures"])), spans)


def measure_parts(
    rules: Sequence[Rule], corpus: PartCorpus, cache: ResultCache, explain: Explain, advance: Callable[[], None]
) -> list[Measurement]:
    """Measure rules on each part of a corpus, part by part. `advance` is told of each part.

    `explain` says of a new measurement why it found nothing. Raises QueryError when a run fails.
    """
    cache = cache if corpus.content else NOTHING_KEPT
    found: list[Measurement] = []
    with ExitStack() as closing:
        groups = [_Group(language, rules, corpus, cache, closing) for language in Language]
        for number in range(len(corpus.parts)):
            measured = {id(one.rule): one for group in groups for one in group.measure(number, explain)}
            found += [measured[id(rule)] for rule in rules]
            advance()
        for group in groups:
            group.keep()
    cache.prune()
    return found


class _Group:
    """The rules of one language on the parts of a corpus: what is known of them, and what is left to be run."""

    def __init__(
        self, language: Language, rules: Sequence[Rule], corpus: PartCorpus, cache: ResultCache, closing: ExitStack
    ) -> None:
        parts = [[one.name, one.label, one.techniques, one.span, one.mapped] for one in corpus.parts]
        self._ground = digest([corpus.content, parts, software(cache), language.value])
        self._language, self._parts, self._cache = language, corpus.parts, cache
        self._rules = [rule for rule in rules if rule.name.language is language]
        self._keys = {id(rule): digest(["rule", self._ground, content_of(rule, cache)]) for rule in self._rules}
        self._seen = self._seen_before()
        self._known = self._measured_before()
        self._left = [rule for rule in self._rules if id(rule) not in self._known]
        self._found: dict[int, list[Measurement]] = {id(rule): [] for rule in self._left}
        self._exposures: dict[float, dict[int, Exposure]] = {}
        self._tables: frozenset[str] | None = None
        if self._left:
            self._events = PartEvents(language, corpus.parts, cache, digest(["events", self._ground]), closing)
            if self._events.kept is not None and all(self._lookback(rule) in self._seen for rule in self._left):
                self._tables = _tables(self._left)

    def _seen_before(self) -> dict[float, _Seen]:
        lookbacks = {self._lookback(rule) for rule in self._rules}
        found = {lookback: self._cache.get(self._seen_key(lookback)) for lookback in lookbacks}
        return {lookback: _Seen.of_json(known) for lookback, known in found.items() if known is not None}

    def _measured_before(self) -> dict[int, dict[str, Any]]:
        rules = [rule for rule in self._rules if self._lookback(rule) in self._seen]
        found = {id(rule): self._cache.get(self._keys[id(rule)]) for rule in rules}
        known = {rule: one for rule, one in found.items() if one is not None}
        self._cache.hits += len(known)
        return known

    def _lookback(self, rule: Rule) -> float:
        return rule.detection.lookback(self._language).total_seconds()

    def _seen_key(self, lookback: float) -> str:
        return digest(["seen", self._ground, lookback])

    def measure(self, number: int, explain: Explain) -> Iterable[Measurement]:
        """What each rule found on a part."""
        for rule in self._rules:
            if id(rule) in self._known:
                yield self._recalled(rule, number)
        if self._left:
            yield from self._run(number, explain)

    def _recalled(self, rule: Rule, number: int) -> Measurement:
        known = self._known[id(rule)]
        one = Measurement(rule, self._parts[number], self._seen[self._lookback(rule)].exposures[number])
        recall(one, known["parts"][number])
        return one

    def _run(self, number: int, explain: Explain) -> Iterable[Measurement]:
        """Run what is left; where only some tables are read, what was seen is what was seen before."""
        events, tables = self._events, self._tables
        if tables is None:
            part = events.whole(number)
        else:
            spans = self._seen[self._lookback(self._left[0])].spans
            part = events.of_tables(number, tables, spans[number])
        for one in measure(self._left, part):
            lookback = self._lookback(one.rule)
            if tables is not None:
                one.exposure = self._seen[lookback].exposures[number]
            self._exposures.setdefault(lookback, {})[number] = one.exposure
            one.part = events.whole(number)
            one.why = explain(one)
            self._found[id(one.rule)].append(one)
            yield one

    def keep(self) -> None:
        """Keep what was found; a rule that reached a limit is run again the next time."""
        if not self._left:
            return
        self._events.keep()
        if self._tables is None:
            spans = [self._events.spans.get(number) for number in range(len(self._parts))]
            for lookback, found in self._exposures.items():
                seen = _Seen([found[number] for number in range(len(self._parts))], spans)
                self._cache.put(self._seen_key(lookback), seen.to_json())
        for rule in self._left:
            if not any(one.stopped for one in self._found[id(rule)]):
                self._cache.put(self._keys[id(rule)], {"parts": list(map(kept, self._found[id(rule)]))})


def _tables(rules: Iterable[Rule]) -> frozenset[str] | None:
    """The tables that some rules read; None where that depends on rows."""
    plans = [rule.query.plan for rule in rules]
    if any(plan.needs_rows for plan in plans):
        return None
    roots = [root for plan in plans for root in (plan.root, *(one.relation for one in plan.more))]
    return frozenset().union(*map(tables_read, roots))
