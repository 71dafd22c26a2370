"""Columns of a batch as probes ask them: values met before are asked once, others by what the column's form allows.

`holds` answers for rows, `found` gives the rows of the probes that drive a search, without a look at the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from emulator.casing import fold_ascii
from emulator.columnar.many.matching import Matcher, Rows, matcher
from emulator.columnar.many.needles import Needle
from emulator.columnar.many.probes import Probe
from emulator.plan.expressions import Comparison
from emulator.types import ScalarType

Mask: TypeAlias = NDArray[np.bool_]
ToValue: TypeAlias = Callable[[Any], Any]
_MOST_VALUES = 1_000_000
"""Distinct values that are remembered of a column."""
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_COMPARE = {
    Comparison.EQUAL: np.equal,
    Comparison.NOT_EQUAL: np.not_equal,
    Comparison.LESS: np.less,
    Comparison.LESS_OR_EQUAL: np.less_equal,
    Comparison.GREATER: np.greater,
    Comparison.GREATER_OR_EQUAL: np.greater_equal,
}


class Held(Protocol):
    """A column, one batch at a time."""

    def load(self, array: Any) -> None:
        """Take the next batch."""
        ...

    def drive(self, probes: Sequence[Probe]) -> None:
        """Name the probes whose rows are wanted from now on."""
        ...

    def found(self) -> Iterator[tuple[Probe, Rows]]:
        """The rows of the batch on which a driving probe may be true; those without any are left out."""
        ...

    def holds(self, probe: Probe, rows: Rows | slice, *, wanted: bool) -> Mask | None:
        """Whether a probe may be what is wanted on some rows; None when it may be on all of them."""
        ...

    def reaches(self, probe: Probe) -> bool:
        """Whether `found` can give the rows of a probe."""
        ...

    def decides(self, probe: Probe) -> bool:
        """Whether `holds` can tell anything of a probe."""
        ...


class Coded:
    """A column with few distinct values: each value is asked once, however many rows hold it."""

    def __init__(self, kind: ScalarType, probes: Sequence[Probe], to_value: ToValue) -> None:
        self._to_value = to_value
        self._null = kind.null
        self._places: dict[Any, int] = {}
        self._true: dict[Probe, list[int]] = {probe: [] for probe in probes}
        self._tables: dict[Probe, Mask] = {}
        self._exact: dict[Any, list[Probe]] = defaultdict(list)
        self._folded: dict[Any, list[Probe]] = defaultdict(list)
        self._needled: list[tuple[Needle, Probe]] = []
        self._others: list[Probe] = []
        self._matcher: Matcher | None = None
        self._posts: list[list[Probe]] = []
        self._driving: frozenset[Probe] = frozenset()
        self._codes: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        for probe in probes:
            self._index(probe)

    def _index(self, probe: Probe) -> None:
        if probe.among is not None:
            index = self._folded if probe.among.fold else self._exact
            for value in probe.among.values:
                index[value].append(probe)
        elif probe.needles:
            self._needled += [(needle, probe) for needle in probe.needles]
        else:
            self._others.append(probe)

    def load(self, array: Any) -> None:
        """See `Held`."""
        coded = array if pa.types.is_dictionary(array.type) else compute.dictionary_encode(array)
        values = [*coded.dictionary.to_pylist(), None]
        if len(self._places) > _MOST_VALUES:
            self._forget()
        new = [value for value in dict.fromkeys(values) if value not in self._places]
        if new:
            self._meet(new)
        places = np.array([self._places[value] for value in values], dtype=np.int32)
        indices = coded.indices
        own = compute.fill_null(indices, -1) if indices.null_count else indices
        self._codes = places[own.to_numpy(zero_copy_only=False)]

    def _forget(self) -> None:
        """Start anew: what is remembered stays bounded."""
        self._places.clear()
        self._posts.clear()
        for places in self._true.values():
            places.clear()
        self._tables.clear()

    def _meet(self, new: Sequence[Any]) -> None:
        """Ask every probe about values that no batch before held."""
        start = len(self._places)
        self._places.update({value: start + number for number, value in enumerate(new)})
        values = [self._null if value is None else self._to_value(value) for value in new]
        asked: list[dict[Probe, None]] = [{} for _ in new]
        for number, value in enumerate(values):
            asked[number].update(dict.fromkeys(self._exact.get(value, ())))
            if isinstance(value, str) and self._folded:
                asked[number].update(dict.fromkeys(self._folded.get(fold_ascii(value), ())))
            asked[number].update(dict.fromkeys(self._others))
        if self._needled:
            self._matcher = self._matcher or matcher([needle for needle, _ in self._needled])
            texts = pa.array([value if isinstance(value, str) else None for value in values], pa.large_string())
            for row, place in zip(*map(np.ndarray.tolist, self._matcher.find(texts)), strict=True):
                asked[row][self._needled[place][1]] = None
        for number, (value, probes) in enumerate(zip(values, asked, strict=True)):
            true = [probe for probe in probes if probe.among is not None or probe.may_be(value, wanted=True)]
            for probe in true:
                self._true[probe].append(start + number)
            self._posts.append([probe for probe in true if probe in self._driving])
        self._tables.clear()

    def drive(self, probes: Sequence[Probe]) -> None:
        """See `Held`."""
        self._driving = frozenset(probes)
        self._posts = [[] for _ in self._places]
        for probe in probes:
            for place in self._true[probe]:
                self._posts[place].append(probe)

    def found(self) -> Iterator[tuple[Probe, Rows]]:
        """See `Held`."""
        wanted = np.fromiter(map(bool, self._posts), dtype=bool, count=len(self._posts))
        rows = np.flatnonzero(wanted[self._codes])
        for place, own in _by_key(self._codes[rows], rows):
            for probe in self._posts[place]:
                yield probe, own

    def holds(self, probe: Probe, rows: Rows | slice, *, wanted: bool) -> Mask | None:
        """See `Held`; what is not true of a value is false or null of it."""
        if probe not in self._tables:
            table = np.zeros(len(self._places), dtype=bool)
            table[self._true[probe]] = True
            self._tables[probe] = table
        found: Mask = self._tables[probe][self._codes[rows]]
        return found if wanted else ~found

    def reaches(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe in self._true

    def decides(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe in self._true


class Numbers:
    """A column of whole numbers or instants, compared as they are."""

    def __init__(self, to_numbers: Callable[[Any], NDArray[np.int64]]) -> None:
        self._to_numbers = to_numbers
        self._values: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._nulls: Mask | None = None
        self._driving: dict[int, list[Probe]] = {}

    def load(self, array: Any) -> None:
        """See `Held`."""
        self._nulls = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
        self._values = self._to_numbers(array)

    def drive(self, probes: Sequence[Probe]) -> None:
        """See `Held`."""
        self._driving = defaultdict(list)
        for probe in probes:
            for number in probe.wholes or ():
                self._driving[number].append(probe)

    def found(self) -> Iterator[tuple[Probe, Rows]]:
        """See `Held`."""
        if not self._driving:
            return
        places = compute.index_in(pa.array(self._values), value_set=pa.array(_that_fit(self._driving)))
        rows = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
        if self._nulls is not None:
            rows = rows[~self._nulls[rows]]
        for number, own in _by_key(self._values[rows], rows):
            for probe in self._driving[number]:
                yield probe, own

    def holds(self, probe: Probe, rows: Rows | slice, *, wanted: bool) -> Mask | None:
        """See `Held`."""
        values = self._values[rows]
        if probe.bound is not None:
            found = _COMPARE[probe.bound.operator](values, probe.bound.constant)
        elif probe.wholes is not None:
            found = np.isin(values, _that_fit(probe.wholes))
        else:
            return None
        if not wanted:
            found = ~found
        if self._nulls is not None:
            found = np.where(self._nulls[rows], probe.may_be(probe.type.null, wanted=wanted), found)
        return found

    def reaches(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe.wholes is not None

    def decides(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe.bound is not None or probe.wholes is not None


class Texts:
    """A column of texts that mostly differ: whole values are looked up, parts of them looked for in the bytes."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._array: Any = None
        self._whole: list[Probe] = []
        self._needled: list[tuple[Needle, Probe]] = []
        self._matcher: Matcher | None = None

    def load(self, array: Any) -> None:
        """See `Held`."""
        self._array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array

    def drive(self, probes: Sequence[Probe]) -> None:
        """See `Held`."""
        self._whole = [probe for probe in probes if probe.among is not None]
        by_parts = [probe for probe in probes if probe.among is None]
        self._needled = [(needle, probe) for probe in by_parts for needle in probe.needles or ()]
        self._matcher = matcher([needle for needle, _ in self._needled]) if self._needled else None

    def found(self) -> Iterator[tuple[Probe, Rows]]:
        """See `Held`."""
        yield from self._wholes(fold=False)
        yield from self._wholes(fold=True)
        if self._matcher is not None:
            rows, places = self._matcher.find(self._array)
            for place, own in _by_key(places, rows):
                yield self._needled[place][1], own

    def _wholes(self, *, fold: bool) -> Iterator[tuple[Probe, Rows]]:
        """Rows whose whole value is asked for."""
        asking: dict[Any, list[Probe]] = defaultdict(list)
        for probe in self._whole:
            if probe.among is not None and probe.among.fold is fold:
                for value in _with_bytes(probe.among.values):
                    asking[value].append(probe)
        if not asking:
            return
        texts = compute.ascii_lower(self._array) if fold else self._array
        if asking.get(""):
            texts = compute.fill_null(texts, "")  # a string that is missing is empty
        values = list(asking)
        places = compute.index_in(texts, value_set=pa.array(values, self._array.type))
        rows = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
        found = places.take(pa.array(rows)).to_numpy(zero_copy_only=False)
        for place, own in _by_key(found, rows):
            for probe in asking[values[place]]:
                yield probe, own

    def holds(self, probe: Probe, rows: Rows | slice, *, wanted: bool) -> Mask | None:
        """See `Held`: reading values one by one is left to whoever runs the rule."""
        if probe.among is None:
            return None
        texts = self._array if isinstance(rows, slice) else self._array.take(pa.array(rows))
        if probe.type is ScalarType.STRING:
            texts = compute.fill_null(texts, "")
        texts = compute.ascii_lower(texts) if probe.among.fold else texts
        found = compute.is_in(texts, value_set=pa.array(_with_bytes(probe.among.values), self._array.type))
        mask: Mask = found.to_numpy(zero_copy_only=False)
        return mask if wanted else ~mask

    def reaches(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe.among is not None or bool(probe.needles)

    def decides(self, probe: Probe) -> bool:
        """See `Held`."""
        return probe.among is not None


def _by_key(keys: NDArray[Any], rows: Rows) -> Iterator[tuple[int, Rows]]:
    """The rows of each key, in order."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=sorted_keys[:1] - 1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True) if len(rows) else ():
        yield int(sorted_keys[start]), rows[order[start:end]]


def _that_fit(numbers: Iterable[int]) -> NDArray[np.int64]:
    """Numbers of 64 bits, in order."""
    return np.array(sorted(one for one in numbers if _LEAST <= one <= _MOST), dtype=np.int64)


def _with_bytes(values: Iterable[Any]) -> list[str]:
    """The texts that a file can hold: half of a character is none."""
    return [one for one in values if isinstance(one, str) and not any("\ud800" <= letter <= "\udfff" for letter in one)]
