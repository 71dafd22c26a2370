"""How a product runs a rule: when, over what, and which of the results become alerts.

What is documented, and where: Sentinel runs a scheduled rule five minutes after its time, over the events whose time
lies in the lookback, and makes one alert a run or at most 150, one for each row (learn.microsoft.com: Scheduled
analytics rules in Microsoft Sentinel). A near-real-time rule runs every minute, two minutes late, over the events
that came in during a minute, with at most 30 alerts (learn.microsoft.com: Detect threats quickly with near-real-time
analytics rules). LogScale's scheduled searches run at their time over the interval in front of it, by the time of the
event or of its arrival, and throttle by a field's value (library.humio.com: Scheduled search properties).
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable

from emulator.clock import TICKS_PER_MINUTE
from emulator.nodes import record

SCHEDULED_DELAY = 5 * TICKS_PER_MINUTE
NEAR_REAL_TIME_DELAY = 2 * TICKS_PER_MINUTE
MOST_SCHEDULED_ALERTS = 150
MOST_NEAR_REAL_TIME_ALERTS = 30


class Grouping(enum.StrEnum):
    """What becomes of the rows of a run."""

    SINGLE = "single"
    """One alert for all of them."""
    EACH = "each"
    """An alert for each, up to a limit; the last one then stands for all."""


_TRIGGERS: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


@record
class Trigger:
    """How many rows a run must give to raise anything."""

    sign: str = ">"
    count: int = 0

    def pulled(self, rows: int) -> bool:
        """Whether so many rows raise an alert."""
        return _TRIGGERS[self.sign](rows, self.count)


@record
class Deployment:
    """A rule as a product runs it; times in ticks.

    A run that is due at `t` reads what lies between `t - lookback` and `t`, by the time of the events or, with
    `by_arrival`, of their arrival. It takes place at `t + delay` and sees what had arrived by then. After an alert
    runs that would take place within `suppression` are left out. Within `throttle` of an alert, rows with the same
    value of `throttle_field` raise no other; without a field no row does.
    """

    frequency: int
    lookback: int
    delay: int = 0
    by_arrival: bool = False
    trigger: Trigger = Trigger()
    grouping: Grouping = Grouping.SINGLE
    most_alerts: int = MOST_SCHEDULED_ALERTS
    suppression: int = 0
    throttle: int = 0
    throttle_field: str = ""


NEAR_REAL_TIME = Deployment(
    TICKS_PER_MINUTE,
    TICKS_PER_MINUTE,
    delay=NEAR_REAL_TIME_DELAY,
    by_arrival=True,
    most_alerts=MOST_NEAR_REAL_TIME_ALERTS,
)
"""How Sentinel runs a near-real-time rule."""
