"""The time range of a run: which rows of a scan lie in it, by the time column that the product filters on."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.interpreter import tables
from emulator.interpreter.context import Row, Run
from emulator.plan.relations import Interval
from emulator.types import RowType, ScalarType

TIME_COLUMNS = ("TimeGenerated", "Timestamp")
"""The columns that hold the time of a row in KQL tables, the first that a table has."""
EVENT_TIME = "@timestamp"
"""The field that holds the time of an event, milliseconds since 1970."""

Keep = Callable[[list[Row]], list[Row]]


def _between(start: int | None, end: int | None) -> Callable[[int | None], bool]:
    """From `start` to before `end`; a row without a time is outside."""
    low, high = start if start is not None else 0, end

    def inside(ticks: int | None) -> bool:
        return ticks is not None and low <= ticks and (high is None or ticks < high)

    return inside


def event_range(run: Run, interval: Interval | None = None) -> Keep | None:
    """Keeps the events of a batch that lie in the run's range, or in an interval; None when there is neither."""
    start, end = (run.start, run.end) if interval is None else interval(run.now, run.start, run.end)
    if start is None and end is None:
        return None
    inside = _between(start, end)
    return lambda events: [event for event in events if inside(_event_ticks(event.get(EVENT_TIME)))]


def _event_ticks(stamp: object) -> int | None:
    try:
        return UNIX_EPOCH + int(str(stamp)) * TICKS_PER_MILLISECOND
    except ValueError:
        return None


def row_range(run: Run, row: RowType, table: tables.Table) -> Keep | None:
    """Keeps the rows of a batch that lie in the run's range; None when the run or the table has no time."""
    if run.start is None and run.end is None:
        return None
    column = next((found for name in TIME_COLUMNS if (found := row.find(name))), None)
    if column is None or column.type is not ScalarType.DATETIME:
        return None
    inside = _between(run.start, run.end)
    convert = tables.converter(column)
    ticks_of: Callable[[Any], int | None]
    if isinstance(table, tables.Prepared):
        names = [name for name in (column.name, column.same_as) if name in table.names]
        if not names:
            return lambda _: []
        slot = table.names.index(names[0])
        ticks_of = (lambda one: convert(one[slot])) if names[0] in table.raw else itemgetter(slot)
    else:
        name, other = column.name, column.same_as
        ticks_of = lambda one: convert(one.get(name, one.get(other)))  # noqa: E731 - the other
    return lambda rows: [one for one in rows if inside(ticks_of(one))]
