"""How often queries fire before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.replay.changes.differences import Difference
from emulator.replay.rates.intervals import per_exposure
from emulator.reports.pictures.drawing import BLUE, GREY, ORANGE, Picture, drawing, figure, picture, wrapped

MOST = 30


def changes_picture(differences: Sequence[Difference]) -> Picture | None:
    """Alerts per host-day of both versions with exact intervals, a row for each query and corpus.

    None without a corpus that has host-days; of many, the rows that change most are shown.
    """
    found = [one for one in differences if not one.is_case and not one.unmeasured and one.host_days]
    chosen = sorted(found, key=lambda one: abs(one.after - one.before) / one.host_days, reverse=True)[:MOST]
    rows = [one for one in found if one in chosen]
    if not rows:
        return None
    with drawing():
        drawn = figure(1.3 + 0.62 * len(rows))
        axes: Any = drawn.add_subplot()
        top = max(_row(axes, len(rows) - 1 - place, one) for place, one in enumerate(rows))
        axes.set_xlim(0, top * 1.08)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_yticks(range(len(rows)), [_label(one) for one in reversed(rows)])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("alerts per host-day, with 95 % intervals")
        _legend(drawn)
        return picture("changes", "Alerts per host-day before and after", drawn)


def _label(one: Difference) -> str:
    return f"{wrapped(one.query, 34)}\n{wrapped(one.on, 34, 1)}"


def _row(axes: Any, y: int, one: Difference) -> float:
    """Draw both versions of a row; where it ends."""
    top = 0.0
    places = []
    for count, offset, colour, marker in ((one.before, 0.14, GREY, "o"), (one.after, -0.14, BLUE, "s")):
        rate = per_exposure(count, one.host_days, "host-day")
        assert rate is not None  # there are host-days
        top = max(top, rate.high)
        places.append(rate.value)
        axes.plot([rate.low, rate.high], [y + offset] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot([rate.value], [y + offset], marker, color=colour, markersize=5, clip_on=False)
    if one.before != one.after:
        style = {"arrowstyle": "->", "color": ORANGE if one.after > one.before else BLUE, "linewidth": 1}
        axes.annotate("", xy=(places[1], y - 0.06), xytext=(places[0], y + 0.06), arrowprops=style)
    return top


def _legend(drawn: Any) -> None:
    from matplotlib.lines import Line2D

    marks = [Line2D([], [], color=colour, marker=marker, markersize=5) for colour, marker in ((GREY, "o"), (BLUE, "s"))]
    drawn.legend(marks, ["before", "after"], loc="outside upper left", ncols=2, frameon=False)
