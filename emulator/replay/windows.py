"""Windows of time: a corpus that is longer than the rule looks back is replayed window after window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from emulator.clock import TICKS_PER_DAY, TICKS_PER_MICROSECOND, TICKS_PER_SECOND
from emulator.nodes import record

Event = TypeVar("Event")
HOST_COLUMNS = ("DeviceName", "ComputerName", "Computer", "aid")
"""Columns that name the host of an event or an alert, the first that is filled."""


def host_of(row: Mapping[str, object]) -> str:
    """The host of a row in small letters; "" for a row that names none."""
    return next((str(row[name]).lower() for name in HOST_COLUMNS if row.get(name)), "")


@record
class Window:
    """From `start` to before `end`, in ticks. A rule that looks back exactly one window from `now` sees all of it."""

    start: int
    end: int

    @property
    def now(self) -> int:
        """The last microsecond of the window: what began at `start` is then less than a window ago."""
        return self.end - TICKS_PER_MICROSECOND


def windows(first: int, last: int, lookback: int) -> list[Window]:
    """Consecutive windows that cover the events from `first` to `last`, in ticks, the last ending a second after it."""
    end = last + TICKS_PER_SECOND
    count = max(1, -(-(end - first) // lookback))
    return [Window(end - (number + 1) * lookback, end - number * lookback) for number in reversed(range(count))]


@dataclass(slots=True)
class Exposure:
    """What the windows of a replay saw: events by table, hosts, and host-days."""

    events: dict[str, int] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    host_days: set[tuple[str, int]] = field(default_factory=set)
    untimed: int = 0
    unseen: int = 0

    def add(self, table: str, host: str, at: int) -> None:
        """Count one event that a window saw."""
        self.events[table] = self.events.get(table, 0) + 1
        if host:
            self.hosts.add(host)
            self.host_days.add((host, at // TICKS_PER_DAY))


def in_windows(events: Iterable[tuple[int, Event]], spans: list[Window]) -> Iterator[tuple[Window, list[Event]]]:
    """The events of each window; events come in time order, and those outside of all windows are left out."""
    position = 0
    gathered: list[Event] = []
    for at, event in events:
        while position < len(spans) and at >= spans[position].end:
            yield spans[position], gathered
            gathered = []
            position += 1
        if position == len(spans):
            return
        if at >= spans[position].start:
            gathered.append(event)
    while position < len(spans):
        yield spans[position], gathered
        gathered = []
        position += 1
