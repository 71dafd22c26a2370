"""How often each query fires, with both intervals and the budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.replay.measuring import Measurement
from emulator.replay.rates.intervals import Rate
from emulator.reports.pictures.drawing import (
    BLUE,
    INK,
    ORANGE,
    Picture,
    drawing,
    figure,
    picture,
    several,
    wrapped,
)

MOST = 40
_LABEL = 30
_ROW = 0.46


def rates_picture(measurements: Sequence[Measurement]) -> Picture:
    """Alerts per host-day of pooled measurements, one row a query; of many, those with the highest bounds."""
    chosen = sorted(measurements, key=_upper, reverse=True)[:MOST]
    rows = [one for one in measurements if one in chosen]
    left = len(measurements) - len(rows)
    with drawing():
        drawn = figure(1.5 + _ROW * len(rows))
        axes: Any = drawn.add_subplot()
        edge = _scale(axes, rows)
        for place, one in enumerate(rows):
            _row(axes, len(rows) - 1 - place, one, edge)
        axes.set_yticks(range(len(rows)), [_label(one) for one in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        more = f"; {several(left, 'query').replace('querys', 'queries')} with lower bounds not shown" if left else ""
        axes.set_xlabel(f"alerts per host-day{more}")
        _legend(drawn, rows)
        return picture("rates", "Alerts per host-day, with 95 % intervals", drawn)


def _upper(one: Measurement) -> float:
    rate = one.per_host_day
    return -1.0 if rate is None else rate.high


def _label(one: Measurement) -> str:
    return f"{wrapped(one.rule.detection.name, _LABEL)}\n{one.rule.name.value}"


def _scale(axes: Any, rows: Sequence[Measurement]) -> float:
    """Set the axis of rates, logarithmic when they differ much; where it begins."""
    found = [rate for one in rows if (rate := one.per_host_day) is not None]
    clustered = [wide for one in rows if isinstance(wide := one.by_host(), Rate)]
    budgets = [most for one in rows if (most := _budget(one))]
    ends = [end for rate in (*found, *clustered) for end in (rate.low, rate.value, rate.high) if end > 0] + budgets
    if not ends:
        axes.set_xlim(0, 1)
        return 0.0
    if max(ends) < 30 * min((rate.high for rate in found), default=max(ends)):
        axes.set_xlim(0, max(ends) * 1.08)
        return 0.0
    edge = min(ends) / 2
    axes.set_xscale("log")
    axes.set_xlim(edge, max(ends) * 1.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return edge


def _budget(one: Measurement) -> float | None:
    budget = one.rule.detection.budgets.get(one.rule.name)
    return None if budget is None else budget.alerts_per_host_day


def _row(axes: Any, y: int, one: Measurement, edge: float) -> None:
    rate = one.per_host_day
    if rate is None:
        why = wrapped(one.unmeasured or "no host-day", 56, 1)
        axes.text(0.01, y, f"unmeasured: {why}", transform=axes.get_yaxis_transform(), va="center", color="#666666")
        return
    _interval(axes, y + 0.13, rate, edge, BLUE, "o")
    clustered = one.by_host()
    if isinstance(clustered, Rate):
        _interval(axes, y - 0.13, clustered, edge, ORANGE, "s")
    most = _budget(one)
    if most is not None:
        axes.plot([max(most, edge)] * 2, [y - 0.32, y + 0.32], color=INK, linewidth=1.6)


def _interval(axes: Any, y: float, rate: Rate, edge: float, colour: str, marker: str) -> None:
    axes.plot([max(rate.low, edge), rate.high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt")
    filled = rate.value > 0
    face = colour if filled else "white"
    axes.plot([max(rate.value, edge)], [y], marker, color=colour, markerfacecolor=face, markersize=5, clip_on=False)


def _legend(drawn: Any, rows: Sequence[Measurement]) -> None:
    """What the marks are; above the rows, where it hides none."""
    from matplotlib.lines import Line2D

    def mark(colour: str, marker: str, face: str, line: Any = "-") -> Line2D:
        return Line2D([], [], color=colour, marker=marker, markerfacecolor=face, linestyle=line, markersize=5)

    marks = [(mark(BLUE, "o", BLUE), "exact interval")]
    if any(isinstance(one.by_host(), Rate) for one in rows):
        marks.append((mark(ORANGE, "s", ORANGE), "interval by host"))
    if any(one.per_host_day is not None and not one.alerts for one in rows):
        marks.append((mark(BLUE, "o", "white"), "no alert"))
    if any(_budget(one) is not None for one in rows):
        marks.append((mark(INK, "|", INK, ""), "budget"))
    drawn.legend(*zip(*marks, strict=True), loc="outside upper left", ncols=len(marks), frameon=False)
