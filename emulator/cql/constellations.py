"""The search behind `correlate()`: groups of events, one for each of several queries, that agree on linked fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.cql.numbers import parse_number
from emulator.diagnostics import code
from emulator.functions import MeaningError
from emulator.nodes import record

TOO_WIDE = code(
    "CQL5007",
    "a correlation of too many events",
    "Where queries are linked by few fields, every event of one has to be tried with every event of the others. The "
    "number of tries is limited, so that a rule can't hang a run.",
)
MOST_TRIED = 10_000_000
NUMBER = "\0number"
"""The hidden field that tells events apart."""
_STANDARD = ("@id", "@timestamp", "@ingesttimestamp")
_TIME = ("@timestamp", "@timestamp.nanos")
Event = Mapping[str, str]


@record
class Node:
    """One query: its name, the fields it shows (None for all), and links as own field, other query, its field."""

    name: str
    shown: tuple[str, ...] | None
    links: tuple[tuple[str, str, str], ...]


@record
class Pattern:
    """What a constellation must fulfil, besides the links.

    With `sequence` its events come in the order of the queries, by the fields of `order` (by their times where there
    are none), or are no more than `jitter` milliseconds apart. `most` constellations are given for each event of the
    query that is the `root`, by its place.
    """

    root: int
    sequence: bool
    order: tuple[str, ...]
    jitter: float | None
    within: float | None
    constraints: tuple[str, ...]
    once: bool
    most: int
    show_links: bool


class Search:
    """Looks for constellations, query by query, the root first."""

    def __init__(self, nodes: tuple[Node, ...], pattern: Pattern, tables: list[list[Event]]) -> None:
        self.nodes = nodes
        self.pattern = pattern
        self.tried = 0
        self.used: list[set[str]] = [set() for _ in nodes]
        self.order = [pattern.root, *(at for at in range(len(nodes)) if at != pattern.root)]
        self.ties = self._ties()
        ordered = [sorted(tables[at], key=lambda row: _number(row, "@timestamp")) for at in self.order]
        self.index = [_indexed(rows, ties) for rows, ties in zip(ordered, self.ties, strict=True)]

    def _ties(self) -> list[list[tuple[str, int, str]]]:
        """For each step of the search: own fields, and the earlier steps and fields that they have to equal."""
        steps = {self.nodes[at].name: step for step, at in enumerate(self.order)}
        ties: list[list[tuple[str, int, str]]] = [[(one, 0, one) for one in self.pattern.constraints] for _ in steps]
        ties[0] = []
        for node in self.nodes:
            step = steps[node.name]
            for own, name, field in node.links:
                other = steps[name]
                if step > other:
                    ties[step].append((own, other, field))
                else:
                    ties[other].append((field, step, own))
        return ties

    def found(self, chosen: list[Event]) -> Iterator[list[Event]]:
        """The constellations that begin with some events, in the order of the search."""
        step = len(chosen)
        if step == len(self.nodes):
            yield chosen
            return
        key = tuple(chosen[other].get(field) for _, other, field in self.ties[step])
        if None in key:
            return
        for row in self.index[step].get(key, ()):
            if self._fits(chosen, row, step):
                yield from self.found([*chosen, row])

    def _fits(self, chosen: list[Event], row: Event, step: int) -> bool:
        self.tried += len(chosen)
        if self.tried > MOST_TRIED:
            help = "link the queries by more fields, or narrow them"
            raise MeaningError(TOO_WIDE, f"`correlate()` tried more than {MOST_TRIED:,} pairs of events", help)
        place = self.order[step]
        if any(row[NUMBER] == one[NUMBER] for one in chosen) or row[NUMBER] in self.used[place]:
            return False
        if self.pattern.sequence:
            for other, one in zip(self.order, chosen, strict=False):
                if not (self._in_order(one, row) if other < place else self._in_order(row, one)):
                    return False
        times = [_number(one, "@timestamp") for one in (*chosen, row)]
        return self.pattern.within is None or max(times) - min(times) <= self.pattern.within

    def _in_order(self, first: Event, second: Event) -> bool:
        """True when one event comes before another, or about as soon; `@id` decides where nothing else does."""
        jitter = self.pattern.jitter
        if jitter is not None and abs(_number(second, "@timestamp") - _number(first, "@timestamp")) <= jitter:
            return True
        for name in self.pattern.order or _TIME:
            if (compared := _compare(first.get(name), second.get(name))) != 0:
                return compared < 0
        ids = first.get("@id"), second.get("@id")
        return None in ids or str(ids[0]) <= str(ids[1])

    def rows(self) -> Iterator[dict[str, str]]:
        """One row for each constellation, at most so many for each event of the root."""
        for root in [row for rows in self.index[0].values() for row in rows]:
            count = 0
            for constellation in self.found([root]):
                places = list(zip(self.order, constellation, strict=True))
                if self.pattern.once and any(one[NUMBER] in self.used[at] for at, one in places):
                    continue
                for at, one in places if self.pattern.once else ():
                    self.used[at].add(one[NUMBER])
                yield self._shown(dict(places))
                count += 1
                if count >= self.pattern.most:
                    break

    def _shown(self, constellation: dict[int, Event]) -> dict[str, str]:
        row: dict[str, str] = {}
        for at, node in enumerate(self.nodes):
            event = constellation[at]
            names = [name for name in event if name[:1] != "\0"] if node.shown is None else list(node.shown)
            if self.pattern.show_links:
                names += [*self.pattern.constraints, *(own for own, _, _ in node.links)]
                names += [field for one in self.nodes for _, other, field in one.links if other == node.name]
            for name in dict.fromkeys((*_STANDARD, *names)):
                if name in event:
                    row[f"{node.name}.{name}"] = event[name]
        return row


def _indexed(rows: list[Event], ties: list[tuple[str, int, str]]) -> dict[tuple[str | None, ...], list[Event]]:
    index: dict[tuple[str | None, ...], list[Event]] = {}
    for row in rows:
        index.setdefault(tuple(row.get(own) for own, _, _ in ties), []).append(row)
    return index


def _number(event: Event, name: str) -> float:
    return parse_number(event.get(name, "")) or 0


def _compare(first: str | None, second: str | None) -> int:
    """Below, at or above 0: numbers by value, other texts by their characters, what is missing first."""
    one, other = first or "", second or ""
    numbers = parse_number(one), parse_number(other)
    if numbers[0] is not None and numbers[1] is not None:
        return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    return (one > other) - (one < other)
