"""Sequences of events: which follow each other closely enough, and how far ids come along them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.types import Scalar

LIBRARY = Library("kql", "sequences")
ALL_SEQUENCES = assumption(
    "all-sequences",
    "kql",
    "sequence_detect gives each combination of moments that fits once; a step may come at the moment of the one before",
)
EARLIEST_STEPS = assumption(
    "earliest-steps",
    "kql",
    "funnel_sequence_completion takes the earliest next step, which may come at the moment of the one before",
)
Row = tuple[Any, ...]


@LIBRARY.table("_sequence_detect(rows: rows, step: timespan, span: timespan, count: long) -> rows")
def sequence_detect(rows: Iterable[Row], step: int, span: int, count: int) -> Iterator[Row]:
    """Dimensions, the moment of each step, and how long it took; rows are (moment, predicates…, dimensions…)."""
    groups: dict[Row, list[set[int]]] = {}
    for moment, *rest in rows:
        if moment is not None:
            moments = groups.setdefault(tuple(rest[count:]), [set() for _ in range(count)])
            for place, holds in enumerate(rest[:count]):
                if holds:
                    moments[place].add(moment)
    for dimensions, moments in groups.items():
        for found in _chains([sorted(one) for one in moments], step, span):
            yield (*dimensions, *found, found[-1] - found[0])


def _chains(moments: Sequence[Sequence[int]], step: int, span: int) -> Iterator[tuple[int, ...]]:
    """Combinations of one moment for each step, each at or behind the one before, within the bounds."""
    stack: list[tuple[int, ...]] = [(one,) for one in reversed(moments[0])]
    while stack:
        chain = stack.pop()
        if len(chain) == len(moments):
            yield chain
            continue
        following = moments[len(chain)]
        latest = min(chain[-1] + step, chain[0] + span)
        place = bisect_left(following, chain[-1])
        fitting: list[tuple[int, ...]] = []
        while place < len(following) and following[place] <= latest:
            fitting.append((*chain, following[place]))
            place += 1
        stack.extend(reversed(fitting))


@LIBRARY.table(
    "_funnel_sequence_completion(rows: rows, start: scalar, end: scalar, size: scalar, sequence: dynamic,"
    " periods: dynamic) -> rows"
)
def funnel_sequence_completion(
    rows: Iterable[Row], start: Any, end: Any, size: Any, sequence: object, periods: object
) -> Iterator[Row]:
    """For each window, period and state: the ids that came from the first state to this one in time.

    Rows are (id, moment, state).
    """
    if None in (start, end, size) or size <= 0 or not isinstance(sequence, list) or not isinstance(periods, list):
        return
    windows: dict[int, dict[Any, list[tuple[Any, Any]]]] = {}
    for who, moment, state in rows:
        if moment is not None and start <= moment <= end:
            ids = windows.setdefault(int((moment - start) // size), {})
            ids.setdefault(who, []).append((moment, state))
    limits = [period.value if isinstance(period, Scalar) else period for period in periods]
    for number in sorted(windows):
        ordered = [sorted(events, key=lambda event: event[0]) for events in windows[number].values()]
        for limit in limits:
            reached = [_reached(events, sequence, limit) for events in ordered]
            for place, state in enumerate(sequence):
                yield (start + number * size, state, limit, sum(one > place for one in reached))


def _reached(events: Sequence[tuple[Any, Any]], sequence: Sequence[object], limit: Any) -> int:
    """How many states an id came through at best."""
    best = 0
    for place, (origin, state) in enumerate(events):
        if not sequence or state != sequence[0]:
            continue
        done = 1
        for moment, other in events[place + 1 :]:
            if done == len(sequence) or moment - origin > limit:
                break
            done += other == sequence[done]
        best = max(best, done)
    return best
