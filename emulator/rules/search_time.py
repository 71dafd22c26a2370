"""How far back a package's query looks, in whichever way its kind of file says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from emulator.cql.timepoints import read_time_point
from emulator.cql.timezones import UTC_ZONE
from emulator.diagnostics import Reporter, code
from emulator.nodes import record
from emulator.rules.document import Node
from emulator.rules.files import shown

BAD_TIME_SPAN = code(
    "RUL2203",
    "a time that is none, or lies the wrong way round",
    "The searched time begins before it ends, and neither lies in the future. Times before the run are written as "
    "`5m`, `24h` or `7d`, and the run itself as `now`.",
)
_RUN = datetime(2026, 3, 2, 9, tzinfo=UTC)


@record
class SearchTime:
    """The searched time, from `start` before the run to `end` before it."""

    start: timedelta
    end: timedelta


def search_time(node: Node, report: Reporter) -> SearchTime | None:
    """The searched time that a file's keys give; None where they leave it to the view."""
    seconds = node.get("searchIntervalSeconds")
    if seconds is not None:
        offset = node.get("searchIntervalOffsetSeconds")
        until = timedelta(seconds=0 if offset is None else int(str(offset.value)))
        return SearchTime(timedelta(seconds=int(str(seconds.value))) + until, until)
    first, last = node.get("queryStart"), node.get("queryEnd")
    interval = node.get("timeInterval")
    if interval is not None and interval.entries():
        first, last = interval.get("start"), interval.get("end")
    elif interval is not None and interval.value is not None:
        first = interval
    if first is None or isinstance(first.value, int):
        return None  # A fixed moment, which no replay could be about.
    start = length(first, report)
    end = timedelta() if last is None or isinstance(last.value, int) else length(last, report)
    if start is None or end is None:
        return None
    if start <= end:
        report.error(BAD_TIME_SPAN, "the searched time ends before it begins", first.span, "write a longer time")
    return SearchTime(start, end)


def length(node: Node, report: Reporter) -> timedelta | None:
    """How long before the run a point in time is; None after it was reported that there is none."""
    point = read_time_point(str(node.value), UTC_ZONE)
    now = int(_RUN.timestamp() * 1000)
    before = None if point is None else now - point.at(now)
    if before is None or before < 0:
        text = shown(str(node.value))
        report.error(BAD_TIME_SPAN, f"`{text}` is no time before the run", node.span, "write it as `5m`, `24h` or `7d`")
        return None
    return timedelta(milliseconds=before)
