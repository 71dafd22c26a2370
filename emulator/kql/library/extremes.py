"""Aggregates that pick: the least and the greatest value, the row that has it, and any row at all."""

from __future__ import annotations

from typing import Any

from emulator.assumptions import assumption
from emulator.functions import Library, Nulls
from emulator.kql.library.conditions import where_true

LIBRARY = Library("kql", "extremes")
FIRST_ROW = assumption(
    "first-row-picked",
    "kql",
    "where the product picks any row (take_any, ties of arg_max and arg_min), the first one that fits is picked",
)
_TOTAL = Nulls.TOTAL


@LIBRARY.aggregate("max(value: orderable) -> orderable", doc="max-aggregation-function")
class Maximum:
    """The greatest value, null when there is none; NaN only when there is nothing else."""

    __slots__ = ("_best",)

    def __init__(self) -> None:
        self._best: Any = None

    def step(self, value: Any) -> None:
        best = self._best
        if best is None or value > best or best != best:
            self._best = value

    def merge(self, other: Maximum) -> None:
        if other._best is not None:
            self.step(other._best)

    def finish(self) -> object:
        return self._best


@LIBRARY.aggregate("min(value: orderable) -> orderable", doc="min-aggregation-function")
class Minimum(Maximum):
    """The least value, null when there is none; NaN only when there is nothing else."""

    __slots__ = ()

    def step(self, value: Any) -> None:
        best = self._best
        if best is None or value < best or best != best:
            self._best = value


LIBRARY.aggregate("maxif(value: orderable, predicate: bool) -> orderable", doc="maxif-aggregation-function")(
    where_true(Maximum)
)
LIBRARY.aggregate("minif(value: orderable, predicate: bool) -> orderable", doc="minif-aggregation-function")(
    where_true(Minimum)
)


class _RowOfExtreme:
    """The values of the row with the extreme one, which comes first; a row without it only when none has it."""

    __slots__ = ("_row",)

    def __init__(self) -> None:
        self._row: tuple[Any, ...] | None = None

    def step(self, *row: Any) -> None:
        kept = self._row
        if kept is None or self._is_better(row[0], kept[0]):
            self._row = row

    @staticmethod
    def _is_better(value: Any, kept: Any) -> bool:
        raise NotImplementedError

    def merge(self, other: _RowOfExtreme) -> None:
        if other._row is not None:
            self.step(*other._row)

    def finish(self) -> object:
        return self._row[0] if self._row is not None and len(self._row) == 1 else self._row


@LIBRARY.aggregate(
    "arg_max(by: orderable, ...values: scalar) -> orderable",
    nulls=_TOTAL,
    doc="arg-max-aggregation-function",
    assumes=(FIRST_ROW.name,),
)
@LIBRARY.aggregate(
    "argmax(by: orderable, ...values: scalar) -> orderable",
    nulls=_TOTAL,
    doc="arg-max-aggregation-function",
    assumes=(FIRST_ROW.name,),
)
class RowOfMaximum(_RowOfExtreme):
    """The values of the first row with the greatest value."""

    __slots__ = ()

    @staticmethod
    def _is_better(value: Any, kept: Any) -> bool:
        return value is not None and (kept is None or bool(value > kept) or (kept != kept and value == value))


@LIBRARY.aggregate(
    "arg_min(by: orderable, ...values: scalar) -> orderable",
    nulls=_TOTAL,
    doc="arg-min-aggregation-function",
    assumes=(FIRST_ROW.name,),
)
@LIBRARY.aggregate(
    "argmin(by: orderable, ...values: scalar) -> orderable",
    nulls=_TOTAL,
    doc="arg-min-aggregation-function",
    assumes=(FIRST_ROW.name,),
)
class RowOfMinimum(_RowOfExtreme):
    """The values of the first row with the least value."""

    __slots__ = ()

    @staticmethod
    def _is_better(value: Any, kept: Any) -> bool:
        return value is not None and (kept is None or bool(value < kept) or (kept != kept and value == value))


class _Picked:
    """One value: the first that is neither null nor empty, if there is one."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value: object = None

    def step(self, value: object) -> None:
        if self._value is None or self._value == "":
            self._value = value

    def merge(self, other: _Picked) -> None:
        if other._value is not None:
            self.step(other._value)

    def finish(self) -> object:
        return self._value


class _PickedRow:
    """Several values, all of the first row."""

    __slots__ = ("_row",)

    def __init__(self) -> None:
        self._row: tuple[object, ...] | None = None

    def step(self, *row: object) -> None:
        if self._row is None:
            self._row = row

    def merge(self, other: _PickedRow) -> None:
        if other._row is not None:
            self.step(*other._row)

    def finish(self) -> object:
        return self._row


for _name in ("take_any", "any"):
    _one = f"{_name}(value: scalar) -> scalar"
    _several = f"{_name}(first: scalar, second: scalar, ...more: scalar) -> scalar"
    _if = f"{_name}if(value: scalar, predicate: bool) -> scalar"
    _assumes = (FIRST_ROW.name,)
    LIBRARY.aggregate(_one, nulls=_TOTAL, doc="take-any-aggregation-function", assumes=_assumes)(_Picked)
    LIBRARY.aggregate(_several, nulls=_TOTAL, doc="take-any-aggregation-function", assumes=_assumes)(_PickedRow)
    LIBRARY.aggregate(_if, nulls=_TOTAL, doc="take-anyif-aggregation-function", assumes=_assumes)(where_true(_Picked))
