"""What `scan` does: rows are matched against steps that remember what they matched before."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from emulator.casing import fold_ascii
from emulator.functions import Nulls
from emulator.plan.expressions import (
    And,
    Call,
    Compare,
    Comparison,
    Conditional,
    Const,
    Expression,
    Field,
    FromContext,
    ListQuery,
    Not,
    Or,
    ScalarQuery,
)
from emulator.plan.expressions import (
    Row as WholeRow,
)

Row = tuple[Any, ...]
Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]
_COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.NOT_EQUAL: operator.ne,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
}


def evaluator(expression: Expression) -> Evaluate:
    """A function of named values for an expression without sub-plans and context."""
    match expression:
        case Const(value=value):
            return lambda _: value
        case Field(name=name):
            return lambda values: values[name]
        case Call():
            return _call(expression)
        case Compare():
            return _compare(expression)
        case And(operands=operands):
            return _logic([evaluator(one) for one in operands], decisive=False)
        case Or(operands=operands):
            return _logic([evaluator(one) for one in operands], decisive=True)
        case Not(operand=operand):
            inner = evaluator(operand)
            return lambda values: None if (found := inner(values)) is None else not found
        case Conditional(branches=branches, otherwise=otherwise):
            return _conditional([(evaluator(test), evaluator(value)) for test, value in branches], evaluator(otherwise))
        case FromContext() | ScalarQuery() | ListQuery() | WholeRow():
            raise ValueError("what a run fixes is given as a value, and rows are closed")
        case _:
            assert_never(expression)


def _call(call: Call) -> Evaluate:
    arguments = [evaluator(one) for one in call.arguments]
    python, strict, null = call.function.python, call.function.nulls is Nulls.STRICT, call.type.null

    def apply(values: Values) -> Any:
        given = [argument(values) for argument in arguments]
        return null if strict and None in given else python(*given)

    return apply


def _compare(compare: Compare) -> Evaluate:
    left, right, test = evaluator(compare.left), evaluator(compare.right), _COMPARE[compare.operator]

    def apply(values: Values) -> Any:
        one, other = left(values), right(values)
        if one is None or other is None:
            return compare.both_null if one is other else compare.one_null
        return test(fold_ascii(one), fold_ascii(other)) if compare.fold else test(one, other)

    return apply


def _logic(operands: Sequence[Evaluate], *, decisive: bool) -> Evaluate:
    def apply(values: Values) -> Any:
        found = [operand(values) for operand in operands]
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    return apply


def _conditional(branches: Sequence[tuple[Evaluate, Evaluate]], otherwise: Evaluate) -> Evaluate:
    def apply(values: Values) -> Any:
        return next((value(values) for test, value in branches if test(values)), otherwise(values))

    return apply


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its condition and what it assigns, over values named `column` and `step.column`."""

    name: str
    condition: Evaluate
    assignments: tuple[tuple[str, Evaluate], ...]
    shown: bool


@dataclass(frozen=True, slots=True)
class _State:
    """A sequence as far as it matched: its number, and the last record of each step."""

    number: int
    records: Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Scanner:
    """Matches rows against steps; a row is tried against the last step first.

    `columns` are the names of the rows' columns, `defaults` the declared columns and their values where no step set
    them, `fixed` the names of the values that the run gives.
    """

    columns: tuple[str, ...]
    defaults: Mapping[str, Any]
    fixed: tuple[str, ...]
    steps: tuple[Step, ...]
    numbered: bool

    def __call__(self, rows: Iterable[Row], *fixed: Any) -> Iterator[Row]:
        """The rows that match a step, with the declared columns, and the number of the sequence."""
        states: list[_State | None] = [None] * len(self.steps)
        constants = dict(zip(self.fixed, fixed, strict=True))
        started = 0
        for row in rows:
            record = dict(zip(self.columns, row, strict=True))
            for place in range(len(self.steps) - 1, -1, -1):
                begins = place == 0 and states[0] is None
                state = self._matched(place, states, record, constants, started)
                if state is None:
                    continue
                started += begins
                step = self.steps[place]
                if step.shown:
                    values = state.records[step.name]
                    tail = (state.number,) if self.numbered else ()
                    yield (*row, *(values[name] for name in self.defaults), *tail)

    def _matched(
        self, place: int, states: list[_State | None], record: Values, constants: Values, started: int
    ) -> _State | None:
        """The new state of a step that the record matches: after the step before, else after itself."""
        before = states[place - 1] if place else None
        if before is not None and (found := self._extended(place, before, record, constants)) is not None:
            states[place - 1] = None
            states[place] = found
            return found
        own = states[place]
        if own is None and place == 0:
            own = _State(started, {})
        if own is not None and (found := self._extended(place, own, record, constants)) is not None:
            states[place] = found
            return found
        return None

    def _extended(self, place: int, state: _State, record: Values, constants: Values) -> _State | None:
        """The state with the record in it, or None when the record does not meet the step's condition."""
        step = self.steps[place]
        values = {**self._known(state), **self.defaults, **record, **constants}
        if not step.condition(values):
            return None
        assigned = {name: value(values) for name, value in step.assignments}
        return _State(state.number, {**state.records, step.name: {**record, **self.defaults, **assigned}})

    def _known(self, state: _State) -> dict[str, Any]:
        """The values that each step remembers, by `step.column`."""
        empty = {**dict.fromkeys(self.columns), **self.defaults}
        return {
            f"{step.name}.{name}": value
            for step in self.steps
            for name, value in state.records.get(step.name, empty).items()
        }
