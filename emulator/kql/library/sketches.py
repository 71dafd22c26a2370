"""Stored states of distinct counts and percentiles: `hll`, `tdigest` and what reads them.

The product documents how they look and says that their content may change: an hll is `[[1024, bits], [marks], []]`
with one mark for each distinct value, a tdigest `[[7], [values], [weights]]`. Both are exact here, whatever the number
of values; a mark is the value's own text where the product has a hash.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from emulator.assumptions import assumption
from emulator.functions import Library, Nulls
from emulator.kql.library.conditions import where_true
from emulator.kql.library.percentiles import nearest
from emulator.kql.library.printing import json_text
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "sketches")
EXACT_SKETCHES = assumption(
    "exact-sketches",
    "kql",
    "hll and tdigest values are exact here and hold other marks than the product's, so they can't be exchanged with it",
)
_ASSUMES = (EXACT_SKETCHES.name,)
_T = ScalarType
_EXACT_UP_TO = 1024
_BITS = (12, 14, 16, 17, 18)
_JSON = frozenset({_T.LONG, _T.REAL, _T.STRING, _T.DYNAMIC})
_TDIGEST = 7
Weights = dict[object, int]


class Marks:
    """The state of a distinct count of values of a type, as a value; null when nothing was counted."""

    __slots__ = ("_bits", "_marks", "_type")

    def __init__(self, kind: ScalarType, accuracy: int) -> None:
        self._bits = _BITS[min(max(accuracy, 0), len(_BITS) - 1)]
        self._type = kind
        self._marks: set[str] = set()

    def step(self, value: object) -> None:
        boxed = value if self._type in _JSON else Scalar(self._type, value)
        kind = boxed.type.value if isinstance(boxed, Scalar) else type(boxed).__name__
        self._marks.add(f"{kind}:{json_text(boxed, ordered=True)}")

    def merge(self, other: Marks) -> None:
        self._marks |= other._marks

    def finish(self) -> object:
        return _hll(self._bits, self._marks) if self._marks else None


def _marks_of(kind: ScalarType) -> Callable[..., Marks]:
    return lambda accuracy: Marks(kind, accuracy)


class MergedMarks:
    """One state for several; the first one's accuracy stays, what is no state is left out."""

    __slots__ = ("_bits", "_marks")

    def __init__(self) -> None:
        self._bits: object = None
        self._marks: set[str] = set()

    def step(self, value: object) -> None:
        read = _read_hll(value)
        if read is not None:
            bits, marks = read
            self._bits = self._bits or bits
            self._marks |= marks

    def merge(self, other: MergedMarks) -> None:
        self._bits = self._bits or other._bits
        self._marks |= other._marks

    def finish(self) -> object:
        return _hll(self._bits, self._marks) if self._bits else None


def _hll(bits: object, marks: set[str]) -> list[object]:
    return [[_EXACT_UP_TO, bits], sorted(marks), []]


def _read_hll(value: object) -> tuple[object, set[str]] | None:
    """The bits and marks of a state; null for anything else, and for the product's own estimate of many values."""
    match value:
        case [[int(), int() as bits], [*marks], []]:
            texts = {mark for mark in marks if isinstance(mark, str)}
            return (bits, texts) if len(texts) == len(marks) else None
        case _:
            return None


for _name in ("integer", "decimal", "string", "datetime", "timespan", "guid", "dynamic"):
    _kind = _T.LONG if _name == "integer" else _T(_name)
    LIBRARY.aggregate(
        f"hll(value: {_name}, const accuracy: long = 1) -> dynamic", doc="hll-aggregation-function", assumes=_ASSUMES
    )(_marks_of(_kind))
    LIBRARY.aggregate(
        f"hll_if(value: {_name}, predicate: bool, const accuracy: long = 1) -> dynamic",
        doc="hll-if-aggregation-function",
        assumes=_ASSUMES,
    )(where_true(_marks_of(_kind)))
LIBRARY.aggregate("hll_merge(hll: dynamic) -> dynamic", doc="hll-merge-aggregation-function", assumes=_ASSUMES)(
    MergedMarks
)


@LIBRARY.scalar(
    "hll_merge(hll: dynamic, ...more: dynamic) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="hll-merge-function",
    assumes=_ASSUMES,
)
def hll_merge(*states: object) -> object:
    """One state for several; null ones are left out."""
    merged = MergedMarks()
    for state in states:
        merged.step(state)
    return merged.finish()


@LIBRARY.scalar("dcount_hll(hll: dynamic) -> long", doc="dcount-hll-function", assumes=_ASSUMES)
def dcount_hll(state: object) -> int | None:
    """How many values a state counted; null for what is no state."""
    read = _read_hll(state)
    return None if read is None else len(read[1])


@LIBRARY.scalar("hll_isvalid(hll: dynamic) -> bool", nulls=Nulls.TOTAL, assumes=_ASSUMES)
def hll_isvalid(state: object) -> bool:
    """Whether a value is a state of a distinct count."""
    return _read_hll(state) is not None


@LIBRARY.scalar("_hll_intersections(...hll: dynamic) -> long", doc="dcount-intersect-plugin")
def hll_intersections(*states: object) -> int | None:
    """How many values all of the states counted; null when one of them is no state."""
    read = [_read_hll(state) for state in states]
    marks = [found[1] for found in read if found is not None]
    return len(set.intersection(*marks)) if len(marks) == len(read) else None


class Digest:
    """The values of a group and how often each counts, as a value; null when there are none."""

    __slots__ = ("_type", "_weights")

    def __init__(self, kind: ScalarType) -> None:
        self._type = kind
        self._weights: Weights = {}

    def step(self, value: Any, weight: int = 1) -> None:
        if weight > 0 and value == value:
            boxed = value if self._type in _JSON else Scalar(self._type, value)
            self._weights[boxed] = self._weights.get(boxed, 0) + weight

    def merge(self, other: Digest) -> None:
        _add(self._weights, other._weights)

    def finish(self) -> object:
        return _tdigest(self._weights)


def _digest_of(kind: ScalarType) -> Callable[[], Digest]:
    return lambda: Digest(kind)


class MergedDigests:
    """One digest for several; what is no digest is left out."""

    __slots__ = ("_weights",)

    def __init__(self) -> None:
        self._weights: Weights = {}

    def step(self, value: object) -> None:
        _add(self._weights, _read_tdigest(value) or {})

    def merge(self, other: MergedDigests) -> None:
        _add(self._weights, other._weights)

    def finish(self) -> object:
        return _tdigest(self._weights)


def _add(weights: Weights, more: Weights) -> None:
    for value, weight in more.items():
        weights[value] = weights.get(value, 0) + weight


def _tdigest(weights: Weights) -> object:
    if not weights:
        return None
    ordered = sorted(weights, key=_order)
    return [[_TDIGEST], ordered, [weights[value] for value in ordered]]


def _order(value: Any) -> tuple[str, Any]:
    """Values of one type are in order; those of several are apart."""
    return (value.type.value, value.value) if isinstance(value, Scalar) else ("", value)


def _read_tdigest(value: object) -> Weights | None:
    """The values and weights of a digest; null for anything else."""
    match value:
        case [[int()], [*values], [*weights]] if len(values) == len(weights) and values:
            counts = [weight for weight in weights if isinstance(weight, int)]
            if all(map(_is_point, values)) and len(counts) == len(values):
                return dict(zip(values, counts, strict=True))
    return None


def _is_point(value: object) -> bool:
    return isinstance(value, int | float | Scalar) and not isinstance(value, bool)


for _name, _kind in (
    ("integer", _T.LONG),
    ("real", _T.REAL),
    ("datetime", _T.DATETIME),
    ("timespan", _T.TIMESPAN),
):
    for _weight in ("", ", weight: integer"):
        LIBRARY.aggregate(
            f"tdigest(value: {_name}{_weight}) -> dynamic", doc="tdigest-aggregation-function", assumes=_ASSUMES
        )(_digest_of(_kind))
for _name in ("tdigest_merge", "merge_tdigest"):
    LIBRARY.aggregate(
        f"{_name}(digest: dynamic) -> dynamic", doc="tdigest-merge-aggregation-function", assumes=_ASSUMES
    )(MergedDigests)


@LIBRARY.scalar(
    "merge_tdigest(digest: dynamic, ...more: dynamic) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="merge-tdigest-function",
    assumes=_ASSUMES,
)
@LIBRARY.scalar(
    "tdigest_merge(digest: dynamic, ...more: dynamic) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="merge-tdigest-function",
    assumes=_ASSUMES,
)
def merge_tdigest(*digests: object) -> object:
    """One digest for several; null ones are left out."""
    merged = MergedDigests()
    for digest in digests:
        merged.step(digest)
    return merged.finish()


@LIBRARY.scalar("tdigest_isvalid(digest: dynamic) -> bool", nulls=Nulls.TOTAL, assumes=_ASSUMES)
def tdigest_isvalid(digest: object) -> bool:
    """Whether a value is a digest."""
    return _read_tdigest(digest) is not None


@LIBRARY.scalar(
    "percentile_tdigest(digest: dynamic, percentage: number) -> dynamic",
    doc="percentile-tdigest-function",
    assumes=_ASSUMES,
)
def percentile_tdigest(digest: object, percentage: object) -> object:
    """The value at a percentage, as it was put in."""
    return _percentiles(digest, [percentage])[0]


@LIBRARY.scalar(
    "percentile_tdigest(digest: dynamic, percentage: number, type: type) -> type",
    doc="percentile-tdigest-function",
    assumes=_ASSUMES,
)
def percentile_tdigest_as(digest: object, percentage: object, kind: ScalarType) -> object:
    """The value at a percentage as a value of a type; null when it is of another."""
    return _as_type(_percentiles(digest, [percentage])[0], kind)


@LIBRARY.scalar(
    "percentiles_array_tdigest(digest: dynamic, percentages: dynamic) -> dynamic",
    doc="percentile-array-tdigest-function",
    assumes=_ASSUMES,
)
def percentiles_array_tdigest(digest: object, percentages: object) -> object:
    """The values at several percentages; null when they come in no array."""
    return _percentiles(digest, percentages) if isinstance(percentages, list) else None


@LIBRARY.scalar(
    "percentiles_array_tdigest(digest: dynamic, percentage: number, ...more: number) -> dynamic",
    doc="percentile-array-tdigest-function",
    assumes=_ASSUMES,
)
def percentiles_tdigest(digest: object, *percentages: object) -> object:
    """The values at several percentages."""
    return _percentiles(digest, percentages)


def _percentiles(digest: object, percentages: Iterable[object]) -> list[object]:
    weights = _read_tdigest(digest) or {}
    ranks = {_order(value): weight for value, weight in weights.items()}
    boxed = {_order(value): value for value in weights}
    wanted = [one if isinstance(one, int | float | Decimal) else None for one in percentages]
    return [None if found is None else boxed[found] for found in nearest(ranks, wanted)]


def _as_type(value: Any, kind: ScalarType) -> object:
    """The value as one of the type; only numbers change into each other."""
    if isinstance(value, Scalar):
        return value.value if value.type is kind else None
    if value is None or not math.isfinite(value):
        return value if kind in (_T.REAL, _T.DYNAMIC) else None
    match kind:
        case _T.INT | _T.LONG:
            return int(value)
        case _T.REAL:
            return float(value)
        case _T.DECIMAL:
            return Decimal(str(value))
        case _T.DYNAMIC:
            return value
        case _:
            return kind.null


@LIBRARY.scalar("rank_tdigest(digest: dynamic, value: boxed) -> real", doc="rank-tdigest-function", assumes=_ASSUMES)
def rank_tdigest(digest: object, value: object) -> float | None:
    """How many values do not exceed a value of their type; null for what is no digest."""
    weights = _read_tdigest(digest)
    if weights is None or not _is_point(value):
        return None
    word, bound = _order(value)
    ranks = [(_order(one), weight) for one, weight in weights.items()]
    return float(sum(weight for (kind, one), weight in ranks if kind == word and one <= bound))


@LIBRARY.scalar(
    "percentrank_tdigest(digest: dynamic, value: boxed) -> real",
    doc="percentrank-tdigest-function",
    assumes=_ASSUMES,
)
def percentrank_tdigest(digest: object, value: object) -> float | None:
    """The share of the values that do not exceed a value, in percent."""
    rank = rank_tdigest(digest, value)
    total = sum((_read_tdigest(digest) or {}).values())
    return None if rank is None or not total else 100.0 * rank / total
