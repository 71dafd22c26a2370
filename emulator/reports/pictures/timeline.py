"""Alerts over time, a strip for each query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR, to_datetime
from emulator.replay.measuring import Measurement
from emulator.reports.pictures.drawing import BLUE, Picture, drawing, figure, picture, several, wrapped

MOST = 12
_STEPS = ((96, 1, "hour"), (24 * 120, 24, "day"), (24 * 7 * 200, 24 * 7, "week"))
"""Up to so many hours, strips of so many hours, called so."""


def timeline_picture(measurements: Sequence[Measurement]) -> Picture | None:
    """Alerts by hour, day or week of the queries that raised most; None without an alert."""
    raised = sorted((one for one in measurements if one.alerts), key=lambda one: one.alerts, reverse=True)[:MOST]
    if not raised:
        return None
    first, last = _span(raised)
    step, unit = next(((step, unit) for most, step, unit in _STEPS if last - first <= most), (24 * 30, "30 days"))
    with drawing():
        drawn = figure(0.7 + 1.15 * len(raised))
        strips: Any = drawn.subplots(len(raised), 1, sharex=True, squeeze=False)
        for axes, one in zip(strips[:, 0], raised, strict=True):
            _strip(axes, one, first, step)
        axes.set_xlim(_time(first), _time(max(last, first + step)))
        _ticks(axes)
        axes.set_xlabel(f"alerts by {unit}, UTC")
        return picture("timeline", f"Alerts over time, by {unit}", drawn)


def _span(raised: Sequence[Measurement]) -> tuple[int, int]:
    """The first hour and the one after the last that has an alert, or lies on a day that was seen."""
    hours = {hour for one in raised for hour in one.raised.by_hour}
    days = {day for one in raised for _, day in one.exposure.host_days}
    per_day = TICKS_PER_DAY // TICKS_PER_HOUR
    seen = [day * per_day for day in days] + [(day + 1) * per_day - 1 for day in days]
    return min((*hours, *seen)), max((*hours, *seen)) + 1


def _strip(axes: Any, one: Measurement, first: int, step: int) -> None:
    counts: Counter[int] = Counter()
    for hour, count in one.raised.by_hour.items():
        counts[(hour - first) // step] += count
    starts = sorted(counts)
    width = timedelta(hours=step * 0.9)
    axes.bar(
        [_time(first + start * step) for start in starts],
        [counts[start] for start in starts],
        width=width,
        align="edge",
        color=BLUE,
    )
    name = f"{wrapped(one.rule.detection.name, 60, 1)} {one.rule.name.value}"
    axes.set_title(f"{name}: {several(one.alerts, 'alert')}")
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=3)
    axes.set_ylim(0, max(counts.values()) * 1.05)


def _ticks(axes: Any) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _time(hour: int) -> datetime:
    return to_datetime(hour * TICKS_PER_HOUR).replace(tzinfo=None)
