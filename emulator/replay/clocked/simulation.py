"""The virtual clock: the runs of a rule one after the other, what each sees, and the alerts that it raises."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeAlias

from emulator.nodes import record
from emulator.replay.clocked.arrivals import Arrival
from emulator.replay.clocked.deployment import Deployment, Grouping

Row: TypeAlias = tuple[Hashable, str]
"""What a row of a result stands for (two rows with the same are one detection), and its value of the throttle field."""


@record
class Look:
    """What one run reads: the events that lie from `start` to before `end`, and that moment."""

    start: int
    end: int
    arrivals: Sequence[Arrival[Any]]


Evaluate: TypeAlias = Callable[[Look], "list[Row]"]
"""The rows of a rule for one run."""


@record
class Alert:
    """An alert: when it was raised, and the detections in it."""

    at: int
    detections: tuple[Hashable, ...]


@record
class Simulated:
    """What a rule did over some time: its runs, those that suppression left out, and its alerts in order of time."""

    runs: int
    left_out: int
    alerts: tuple[Alert, ...]

    @property
    def raised(self) -> dict[Hashable, int]:
        """Each detection and when it was first raised."""
        first: dict[Hashable, int] = {}
        for alert in self.alerts:
            for detection in alert.detections:
                first.setdefault(detection, alert.at)
        return first

    @property
    def repeated(self) -> int:
        """How many times detections were raised that had been raised before."""
        return sum(len(alert.detections) for alert in self.alerts) - len(self.raised)


def due(deployment: Deployment, first: int, last: int, offset: int = 0) -> Iterator[int]:
    """The times at which runs are due: from the first whose window holds `first` until no window holds `last`.

    They lie on the multiples of the frequency, moved by `offset`.
    """
    step = deployment.frequency
    at = first - (first - offset) % step + step
    while at - deployment.lookback <= last:
        yield at
        at += step


def simulate(
    deployment: Deployment, events: Sequence[Arrival[Any]], evaluate: Evaluate, *, offset: int = 0
) -> Simulated:
    """Run a rule from the first event until nothing that a run could see is left."""
    clock = _clock(deployment)
    ordered = sorted(events, key=clock)
    if not ordered:
        return Simulated(0, 0, ())
    times = [clock(one) for one in ordered]
    alerts: list[Alert] = []
    quiet_until: int | None = None
    throttled: dict[str, int] = {}
    runs = left_out = 0
    for end in due(deployment, times[0], times[-1], offset):
        now = end + deployment.delay
        if quiet_until is not None and now < quiet_until:
            left_out += 1
            continue
        runs += 1
        seen = ordered[bisect_left(times, end - deployment.lookback) : bisect_left(times, end)]
        rows = evaluate(Look(end - deployment.lookback, end, [one for one in seen if one.arrived <= now]))
        if not deployment.trigger.pulled(len(rows)):
            continue
        detections = _let_through(deployment, rows, now, throttled)
        if rows and not detections:
            continue
        made = [Alert(now, found) for found in _grouped(deployment, detections)]
        alerts += made
        if made and deployment.suppression:
            quiet_until = now + deployment.suppression
    return Simulated(runs, left_out, tuple(alerts))


def _clock(deployment: Deployment) -> Callable[[Arrival[Any]], int]:
    return (lambda one: one.arrived) if deployment.by_arrival else (lambda one: one.at)


def _let_through(deployment: Deployment, rows: list[Row], now: int, throttled: dict[str, int]) -> list[Hashable]:
    """The detections of the rows that throttling does not hold back; what is raised now is throttled from now on."""
    if not deployment.throttle:
        return [detection for detection, _ in rows]
    free = {value for _, value in rows if throttled.get(value, now) <= now}
    throttled.update(dict.fromkeys(free, now + deployment.throttle))
    return [detection for detection, value in rows if value in free]


def _grouped(deployment: Deployment, detections: list[Hashable]) -> Iterator[tuple[Hashable, ...]]:
    """The detections of each alert. A run that was triggered by too few rows raises an alert without any."""
    if deployment.grouping is Grouping.SINGLE or len(detections) > deployment.most_alerts:
        single = 0 if deployment.grouping is Grouping.SINGLE else deployment.most_alerts - 1
        yield from ((one,) for one in detections[:single])
        yield tuple(detections[single:])
        return
    yield from ((one,) for one in detections)
