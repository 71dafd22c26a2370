"""What `scan` does: rows are matched against steps that remember what they matched before."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from emulator.casing import fold_ascii
from emulator.functions import Nulls
from emulator.nodes import record
from emulator.plan.expressions import (
    Along,
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
        case FromContext() | ScalarQuery() | ListQuery() | WholeRow() | Along():
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


class Output(enum.Enum):
    """Which of the rows that match a step are given: all, the last of those that repeat the step, or none."""

    ALL = "all"
    LAST = "last"
    NONE = "none"


@record
class Step:
    """A step: its condition and what it assigns, over values named `column` and `step.column`."""

    name: str
    condition: Evaluate
    assignments: tuple[tuple[str, Evaluate], ...]
    output: Output


@record
class _State:
    """A sequence as far as it matched: its number, and the last record of each step."""

    number: int
    records: Mapping[str, Values]


_Placed = tuple[int, Row]
"""A row that is given, with the number of the record that it comes from."""


@record
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
        """The rows that match a step, as assigned to, with the declared columns, and the number of the sequence."""
        found = self._placed(rows, dict(zip(self.fixed, fixed, strict=True)))
        if any(step.output is Output.LAST for step in self.steps):
            found = iter(sorted(found, key=lambda one: one[0]))
        return (row for _, row in found)

    def _placed(self, rows: Iterable[Row], constants: Values) -> Iterator[_Placed]:
        """The rows as they are certain to be given: the last of a series once the series has ended."""
        states: list[_State | None] = [None] * len(self.steps)
        last: dict[int, _Placed] = {}
        started = 0
        for position, row in enumerate(rows):
            record = dict(zip(self.columns, row, strict=True))
            for place in range(len(self.steps) - 1, -1, -1):
                begins = place == 0 and states[0] is None
                state, follows = self._matched(place, states, record, constants, started)
                if state is None:
                    continue
                started += begins
                if follows:  # the series of this step and of the one before have ended
                    yield from (last.pop(one) for one in (place - 1, place) if one in last)
                shown = (position, self._shown(self.steps[place], state))
                match self.steps[place].output:
                    case Output.ALL:
                        yield shown
                    case Output.LAST:
                        last[place] = shown
        yield from last.values()

    def _shown(self, step: Step, state: _State) -> Row:
        """A row and the declared columns as a step left them, and the number of its sequence."""
        values = state.records[step.name]
        tail = (state.number,) if self.numbered else ()
        return (*(values[name] for name in (*self.columns, *self.defaults)), *tail)

    def _matched(
        self, place: int, states: list[_State | None], record: Values, constants: Values, started: int
    ) -> tuple[_State | None, bool]:
        """The new state of a step that the record matches, and whether it follows the step before or repeats itself."""
        before = states[place - 1] if place else None
        if before is not None and (found := self._extended(place, before, record, constants)) is not None:
            states[place - 1] = None
            states[place] = found
            return found, True
        own = states[place]
        if own is None and place == 0:
            own = _State(started, {})
        if own is not None and (found := self._extended(place, own, record, constants)) is not None:
            states[place] = found
            return found, False
        return None, False

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
