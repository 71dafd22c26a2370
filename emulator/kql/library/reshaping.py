"""What plugins of `evaluate` and `make-series` do with whole tables; they stand in `TableFunction` nodes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from emulator.functions import Library, MeaningError, Nulls
from emulator.kql.library.sizes_allowed import TOO_LARGE
from emulator.nodes import record
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "reshaping")
Row = tuple[Any, ...]
_MOST_BINS = 1 << 20


@lru_cache(maxsize=65_536)
def _network(text: object) -> ipaddress.IPv4Network | None:
    """An address or a range in CIDR notation; None for anything else."""
    try:
        return ipaddress.IPv4Network(text, strict=False) if isinstance(text, str) else None
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def _network6(text: object) -> ipaddress.IPv6Network | None:
    """An IPv6 address or range; IPv4 ones are mapped into IPv6."""
    if not isinstance(text, str):
        return None
    try:
        return ipaddress.IPv6Network(text, strict=False)
    except ValueError:
        four = _network(text)
    if four is None:
        return None
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | int(four.network_address))
    return ipaddress.IPv6Network((mapped, 96 + four.prefixlen), strict=False)


@LIBRARY.table("_ipv4_lookup(rows: rows, ranges: rows, keys: dynamic, range_keys: dynamic, blank: dynamic) -> rows")
def ipv4_lookup(
    rows: Iterable[Row], ranges: Iterable[Row], keys: Sequence[int], range_keys: Sequence[int], blank: Row | None
) -> Iterator[Row]:
    """Pairs of a row and the ranges that its address is in; the other keys must be equal.

    A row without one goes with `blank`, or is left out when that is None.
    """
    return _lookup(_network, rows, list(ranges), (keys, range_keys), blank)


@LIBRARY.table("_ipv6_lookup(rows: rows, ranges: rows, keys: dynamic, range_keys: dynamic, blank: dynamic) -> rows")
def ipv6_lookup(
    rows: Iterable[Row], ranges: Iterable[Row], keys: Sequence[int], range_keys: Sequence[int], blank: Row | None
) -> Iterator[Row]:
    """The same for IPv6 addresses, IPv4 ones included."""
    return _lookup(_network6, rows, list(ranges), (keys, range_keys), blank)


def _lookup(
    parse: Any,
    rows: Iterable[Row],
    ranges: list[Row],
    keys: tuple[Sequence[int], Sequence[int]],
    blank: Row | None,
) -> Iterator[Row]:
    (key, *others), (range_key, *range_others) = keys
    known = [(network, row) for row in ranges if (network := parse(row[range_key])) is not None]
    for row in rows:
        address = parse(row[key])
        extra = [row[position] for position in others]
        found = False
        for network, other in known:
            same = [other[position] for position in range_others] == extra
            if address is not None and same and address.subnet_of(network):
                found = True
                yield (*row, *other)
        if not found and blank is not None:
            yield (*row, *blank)


@LIBRARY.table("_narrow(rows: rows, names: dynamic) -> rows", doc="narrow-plugin")
def narrow(rows: Iterable[Row], names: Sequence[str]) -> Iterator[Row]:
    """One row for each cell: the number of its row, the name of its column, its text."""
    for number, row in enumerate(rows):
        for name, value in zip(names, row, strict=True):
            yield (number, name, value)


@LIBRARY.table("_spread(rows: rows, values: dynamic, missing: scalar) -> rows", doc="pivot-plugin")
def spread(rows: Iterable[Row], values: Sequence[object], missing: object) -> Iterator[Row]:
    """Rows of keys, pivot value and aggregate become one row for each combination of keys, a column for each value."""
    places = {value: position for position, value in enumerate(values)}
    groups: dict[Row, list[object]] = {}
    for *keys, pivot, value in rows:
        cells = groups.setdefault(tuple(keys), [missing] * len(places))
        cells[places[pivot]] = value
    for keys_, cells in groups.items():
        yield (*keys_, *cells)


@record
class Axis:
    """The bins of a series: from `start` to before `stop` (or to it, when `inclusive`), each `step` long."""

    start: Any
    stop: Any
    step: Any
    inclusive: bool

    def places(self, bins: set[Any]) -> list[Any]:
        """All bins in order; where an end is open, from the first or to the last bin of the rows.

        Raises MeaningError beyond 2^20 bins, the product's documented limit.
        """
        if not self.step or self.step < 0:
            return []
        if not bins and (self.start is None or self.stop is None):
            return []
        first = min(bins) if self.start is None else self.start
        last = max(bins) if self.stop is None else self.stop
        inclusive = self.inclusive or self.stop is None
        found: list[Any] = []
        while (place := first + self.step * len(found)) < last or (inclusive and place == last):
            found.append(place)
            if len(found) > _MOST_BINS:
                raise MeaningError(TOO_LARGE, "a series has more than 1,048,576 bins", "write a larger `step`")
        return found


@LIBRARY.scalar("_series_bin(value: scalar, start: scalar, step: scalar) -> scalar", nulls=Nulls.TOTAL)
def series_bin(value: Any, start: Any, step: Any) -> Any:
    """The start of the bin that a value is in, counted from `start` or from zero; null without one."""
    if value is None or not step:
        return None
    origin = 0 if start is None else start
    return origin + (value - origin) // step * step


@LIBRARY.table(
    "_make_series(rows: rows, keys: long, start: scalar, stop: scalar, step: scalar, inclusive: bool, "
    "defaults: dynamic, boxed: dynamic, nonempty: bool) -> rows",
    doc="make-series-operator",
)
def make_series(
    rows: Iterable[Row],
    keys: int,
    start: Any,
    stop: Any,
    step: Any,
    inclusive: bool,
    defaults: Sequence[object],
    boxed: ScalarType | None,
    nonempty: bool,
) -> Iterator[Row]:
    """Rows of keys, bin and values become one row for each combination of keys, with an array for each value.

    Bins are put into the result as `boxed`. With `nonempty` there is a row of defaults where there is no input.
    """
    groups: dict[Row, dict[Any, Row]] = {}
    bins: set[Any] = set()
    for row in rows:
        groups.setdefault(row[:keys], {})[row[keys]] = row[keys + 1 :]
        bins.add(row[keys])
    axis = Axis(start, stop, step, inclusive).places(bins)
    if nonempty and not groups and not keys:
        groups[()] = {}
    shown = [place if boxed is None else Scalar(boxed, place) for place in axis]
    for found, values in groups.items():
        columns = [
            [values[place][position] if place in values else default for place in axis]
            for position, default in enumerate(defaults)
        ]
        yield (*found, *columns, shown)
