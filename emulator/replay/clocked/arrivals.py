"""When events arrive: delays between an event and the moment from which queries see it, and events that come twice."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from emulator.nodes import record

Event = TypeVar("Event")


@record
class Arrival(Generic[Event]):
    """An event, its time, and when queries see it from; in ticks. `copy` marks the second arrival of the same event."""

    event: Event
    at: int
    arrived: int
    copy: bool = False


@record
class Distribution:
    """Delays by their quantiles: pairs of a share and a delay in ticks, in order, from share 0 to share 1."""

    quantiles: tuple[tuple[float, int], ...]

    def at(self, share: float) -> int:
        """The delay that a share of the events does not exceed; between two quantiles it grows evenly."""
        place = bisect_right(self.quantiles, share, key=lambda pair: pair[0])
        if place == len(self.quantiles):
            return self.quantiles[-1][1]
        (low, less), (high, more) = self.quantiles[place - 1], self.quantiles[place]
        return less + round((more - less) * (share - low) / (high - low))


NO_DELAY = Distribution(((0.0, 0), (1.0, 0)))


@record
class Ingestion:
    """How events come in: delays by table (`*` for every other), and the share of events that come twice."""

    delays: Mapping[str, Distribution]
    twice: float = 0.0

    def delay(self, table: str) -> Distribution:
        """The delays of a table's events."""
        return self.delays.get(table) or self.delays.get("*") or NO_DELAY


def arrivals(events: Iterable[tuple[str, int, Event]], ingestion: Ingestion, seed: int) -> Iterator[Arrival[Event]]:
    """The arrivals of events, given as table, time and event. The same seed gives the same arrivals."""
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    for table, at, event in events:
        delay = ingestion.delay(table)
        shares = drawn.random(), drawn.random(), drawn.random()
        yield Arrival(event, at, at + delay.at(shares[0]))
        if shares[1] < ingestion.twice:
            yield Arrival(event, at, at + delay.at(shares[2]), copy=True)
