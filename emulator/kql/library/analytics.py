"""User analytics: what the plugins of `evaluate` count of ids along a timeline, in windows and by dimensions.

Rows come as (id, moment, dimensions…); moments and sizes are numbers of one kind, ticks among them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.kql.library.percentiles import nearest

LIBRARY = Library("kql", "analytics")
WINDOWS_WITH_ROWS = assumption(
    "windows-with-rows",
    "kql",
    "user analytics give a row for each window with something in it, from the start on, and see the end as part of the "
    "analysis; how windows before the start take part is measured for some plugins alone",
)
Row = tuple[Any, ...]
Key = tuple[Any, ...]
Windows = dict[int, list[Any]]
_NAN = math.nan


def _groups(rows: Iterable[Row]) -> dict[Key, list[tuple[Any, Any]]]:
    """Ids and moments by dimensions; rows without a moment are left out."""
    groups: dict[Key, list[tuple[Any, Any]]] = {}
    for who, moment, *dimensions in rows:
        if moment is not None:
            groups.setdefault(tuple(dimensions), []).append((who, moment))
    return groups


def _windows(events: Iterable[tuple[Any, Any]], start: Any, end: Any, size: Any) -> Windows:
    """The ids of each window by its number: window 0 begins at the start; what lies behind the end is left out."""
    windows: Windows = {}
    for who, moment in events:
        if moment <= end:
            windows.setdefault(int((moment - start) // size), []).append(who)
    return windows


def _recent(windows: Windows, numbers: Sequence[int], number: int, back: int) -> list[Any]:
    """The ids of a window and those before it, `back` windows in all; `numbers` are those of the windows, in order."""
    first, behind = bisect_right(numbers, number - back), bisect_right(numbers, number)
    return [who for one in numbers[first:behind] for who in windows[one]]


def _table(
    rows: Iterable[Row], start: Any, end: Any, size: Any, count: Callable[[Windows], Iterator[tuple[int, Row]]]
) -> Iterator[Row]:
    """A row for each window and combination of dimensions: the window's start, the dimensions, and what was counted."""
    if None in (start, end, size) or size <= 0:
        return
    for dimensions, events in _groups(rows).items():
        for number, counts in count(_windows(events, start, end, size)):
            yield (start + number * size, *dimensions, *counts)


@LIBRARY.table("_activity_counts_metrics(rows: rows, start: scalar, end: scalar, size: scalar) -> rows")
def activity_counts_metrics(rows: Iterable[Row], start: Any, end: Any, size: Any) -> Iterator[Row]:
    """Rows, distinct ids, ids never seen before, and all ids so far, for each window."""

    def count(windows: Windows) -> Iterator[tuple[int, Row]]:
        seen: set[Any] = set()
        for number in sorted(one for one in windows if one >= 0):
            ids = set(windows[number])
            fresh = len(ids - seen)
            seen |= ids
            yield number, (len(windows[number]), len(ids), fresh, len(seen))

    return _table(rows, start, end, size, count)


@LIBRARY.table("_sliding_window_counts(rows: rows, start: scalar, end: scalar, lookback: scalar, size: scalar) -> rows")
def sliding_window_counts(rows: Iterable[Row], start: Any, end: Any, lookback: Any, size: Any) -> Iterator[Row]:
    """Rows and distinct ids of each window and those before it, as far as the lookback goes."""
    if None in (start, end, lookback, size) or size <= 0:
        return iter(())
    back = int(lookback // size)

    def count(windows: Windows) -> Iterator[tuple[int, Row]]:
        numbers = sorted(windows)
        last = int((end - start) // size)
        done = -1
        for first in numbers:
            for number in range(max(first, done + 1), min(first + back - 1, last) + 1):
                ids = _recent(windows, numbers, number, back)
                yield number, (len(ids), len(set(ids)))
                done = number

    return _table(rows, start, end, size, count)


@LIBRARY.table("_activity_engagement(rows: rows, start: scalar, end: scalar, inner: scalar, outer: scalar) -> rows")
def activity_engagement(rows: Iterable[Row], start: Any, end: Any, inner: Any, outer: Any) -> Iterator[Row]:
    """Distinct ids of each inner window and of the outer one that ends with it, and their ratio."""
    kept = list(rows)
    start, end = _bounds(kept, start, end)
    if None in (start, end, inner, outer) or inner <= 0:
        return iter(())
    back = int(outer // inner)

    def count(windows: Windows) -> Iterator[tuple[int, Row]]:
        numbers = sorted(one for one in windows if one >= 0)
        for number in numbers:
            within = len(set(windows[number]))
            around = set(_recent(windows, numbers, number, back))
            yield number, (within, len(around), within / len(around) if around else _NAN)

    return _table(kept, start, end, inner, count)


def _bounds(rows: Sequence[Row], start: Any, end: Any) -> tuple[Any, Any]:
    """The bounds given, or the first and the last moment."""
    moments = [row[1] for row in rows if row[1] is not None]
    if start is None and moments:
        start = min(moments)
    return start, max(moments) if end is None and moments else end


@LIBRARY.table("_activity_metrics(rows: rows, start: scalar, end: scalar, size: scalar) -> rows")
def activity_metrics(rows: Iterable[Row], start: Any, end: Any, size: Any) -> Iterator[Row]:
    """Distinct ids, those that the window before had not, and the shares of its ids that came back or did not."""
    kept = list(rows)
    start, end = _bounds(kept, start, end)

    def count(windows: Windows) -> Iterator[tuple[int, Row]]:
        for number in sorted(one for one in windows if one >= 0):
            ids, before = set(windows[number]), set(windows.get(number - 1, ())) if number else set()
            back = len(ids & before) / len(before) if before else _NAN
            yield number, (len(ids), len(ids - before), back, 1 - back)

    return _table(kept, start, end, size, count)


@LIBRARY.table("_new_activity_metrics(rows: rows, start: scalar, end: scalar, size: scalar, cohort: scalar) -> rows")
def new_activity_metrics(rows: Iterable[Row], start: Any, end: Any, size: Any, cohort: Any) -> Iterator[Row]:
    """For each window's new ids and each window from there on: how many came back and how many did not."""
    if None in (start, end, size) or size <= 0:
        return
    last = int((end - start) // size)
    for dimensions, events in _groups(rows).items():
        windows = _windows(events, start, end, size)
        seen: set[Any] = set()
        for number in sorted(one for one in windows if one >= 0):
            fresh = set(windows[number]) - seen
            seen |= fresh
            origin = start + number * size
            if not fresh or (cohort is not None and origin != cohort):
                continue
            for other in range(number, last + 1):
                ids = set(windows.get(other, ()))
                back = len(fresh & ids)
                new = len(fresh) if other == number else len(ids - seen)
                share = back / len(fresh)
                yield (
                    origin, start + other * size, *dimensions, new, back, len(fresh) - back, share, 1 - share,
                )  # fmt: skip


@LIBRARY.table("_session_count(rows: rows, start: scalar, end: scalar, size: scalar, lookback: scalar) -> rows")
def session_count(rows: Iterable[Row], start: Any, end: Any, size: Any, lookback: Any) -> Iterator[Row]:
    """Sessions that begin in each bin: an id that was not seen within the lookback begins one."""
    if None in (start, end, size, lookback) or size <= 0:
        return
    for dimensions, events in _groups(rows).items():
        last: dict[Any, Any] = {}
        counts: dict[int, int] = {}
        for who, moment in sorted(events, key=lambda event: event[1]):
            if start <= moment <= end and (who not in last or moment - last[who] >= lookback):
                counts[int(moment // size)] = counts.get(int(moment // size), 0) + 1
            last[who] = moment
        for number in sorted(counts):
            yield (number * size, *dimensions, counts[number])


@LIBRARY.table(
    "_active_users_count(rows: rows, start: scalar, end: scalar, lookback: scalar, period: scalar, periods: scalar,"
    " size: scalar) -> rows"
)
def active_users_count(
    rows: Iterable[Row], start: Any, end: Any, lookback: Any, period: Any, periods: Any, size: Any
) -> Iterator[Row]:
    """Distinct ids in each window that were seen in enough periods of the lookback before."""
    if None in (start, end, lookback, period, periods, size) or size <= 0 or period <= 0:
        return
    for dimensions, events in _groups(rows).items():
        history: dict[Any, list[Any]] = {}
        active: Windows = {}
        for who, moment in sorted(events, key=lambda event: event[1]):
            moments = history.setdefault(who, [])
            moments.append(moment)
            while moments[0] <= moment - lookback:
                moments.pop(0)
            if start <= moment <= end and len({one // period for one in moments}) >= periods:
                active.setdefault(int((moment - start) // size), []).append(who)
        for number in sorted(active):
            yield (start + number * size, *dimensions, len(set(active[number])))


@LIBRARY.table("_rolling_percentile(rows: rows, percentage: number, size: scalar, bins: long) -> rows")
def rolling_percentile(rows: Iterable[Row], percentage: Any, size: Any, bins: int) -> Iterator[Row]:
    """The percentile of the values in each bin and those before it, `bins` in all."""
    if size is None or size <= 0 or bins is None or bins < 1:
        return
    for dimensions, events in _groups(rows).items():
        by_bin: Windows = {}
        for value, place in events:
            if value is not None and value == value:
                by_bin.setdefault(int(place // size), []).append(value)
        numbers = sorted(by_bin)
        for number in numbers:
            weights: dict[Any, int] = {}
            for value in _recent(by_bin, numbers, number, bins):
                weights[value] = weights.get(value, 0) + 1
            yield (number * size, *dimensions, nearest(weights, [percentage])[0])


@LIBRARY.table("_rows_near(rows: rows, before: long, after: long) -> rows")
def rows_near(rows: Iterable[Row], before: int, after: int) -> Iterator[Row]:
    """The rows whose last value is true and those around them, without that value."""
    kept = list(rows)
    near: set[int] = set()
    for place, row in enumerate(kept):
        if row[-1]:
            near.update(range(max(place - before, 0), min(place + after + 1, len(kept))))
    for place in sorted(near):
        yield kept[place][:-1]
