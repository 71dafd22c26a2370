"""Expressions of a plan as Python expressions.

Three forms serve three needs: `value` gives the value, null included; `truth` is truthy exactly when the value is
true; `falsity` is truthy exactly when it is false. The latter two need no three-valued logic.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, assert_never

from emulator.casing import fold_ascii
from emulator.functions import VARYING, Nulls
from emulator.interpreter import code
from emulator.interpreter.context import Run, Runner
from emulator.interpreter.values import all_of, any_of, bounded
from emulator.plan.expressions import (
    Along,
    And,
    Call,
    Compare,
    Comparison,
    Conditional,
    Const,
    ContextValue,
    Expression,
    Field,
    FromContext,
    ListQuery,
    Not,
    Or,
    Row,
    ScalarQuery,
    is_fixed,
)
from emulator.types import Rest, ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

_OPERATORS: dict[Comparison, ast.cmpop] = {
    Comparison.EQUAL: ast.Eq(),
    Comparison.NOT_EQUAL: ast.NotEq(),
    Comparison.LESS: ast.Lt(),
    Comparison.LESS_OR_EQUAL: ast.LtE(),
    Comparison.GREATER: ast.Gt(),
    Comparison.GREATER_OR_EQUAL: ast.GtE(),
}
_CONTEXT = {ContextValue.NOW: "run.now", ContextValue.START: "run.start", ContextValue.END: "run.end"}
_SIMPLE = (ast.Name, ast.Constant)
_GROWING = frozenset({ScalarType.STRING, ScalarType.TEXT, ScalarType.VALUE, ScalarType.DYNAMIC})


def may_be_null(expression: Expression) -> bool:
    """False when the value is certainly not null."""
    match expression:
        case Const(value=value):
            return value is None
        case Field(type=kind) | Call(type=kind) | ScalarQuery(type=kind):
            return kind.is_nullable
        case Compare(left=left, right=right, one_null=one, both_null=both):
            if both is None and may_be_null(left) and may_be_null(right):
                return True
            return one is None and (may_be_null(left) or may_be_null(right))
        case And(operands=operands) | Or(operands=operands):
            return any(map(may_be_null, operands))
        case Not(operand=operand):
            return may_be_null(operand)
        case Conditional(branches=branches, otherwise=otherwise):
            return may_be_null(otherwise) or any(may_be_null(value) for _, value in branches)
        case FromContext(what=what):
            return what is not ContextValue.NOW
        case ListQuery() | Row() | Along():
            return False
        case _:
            assert_never(expression)


class Compiler:
    """Compiles expressions into one function under construction.

    `read` gives the code that reads a field, `row` the code of a whole open row.
    """

    def __init__(
        self,
        builder: code.Builder,
        read: Callable[[Field], ast.expr],
        runner: Callable[[Relation], Runner],
        row: Callable[[], ast.expr] | None = None,
    ) -> None:
        self.builder = builder
        self.read = read
        self.row = row
        self.runner = runner

    def value(self, expression: Expression) -> ast.expr:
        """Code for the value, None for null."""
        if not isinstance(expression, Const | Field | Row) and is_fixed(expression):
            return self._fixed(expression)
        return self._value(expression)

    def stored(self, expression: Expression) -> ast.expr:
        """Code for a value that a column keeps: a computed text or list may not grow without bound, step by step."""
        value = self.value(expression)
        if isinstance(expression, Call) and expression.type in _GROWING:
            return code.call(self.builder.constant(bounded), value)
        return value

    def _fixed(self, expression: Expression) -> ast.expr:
        """The value is the same for the whole run: compute it in the prologue."""
        return self.builder.once(self._value(expression))

    def _value(self, expression: Expression) -> ast.expr:
        match expression:
            case Const(value=value):
                return self.builder.constant(value)
            case Field():
                return self.read(expression)
            case Row():
                assert self.row is not None, "a closed row is no mapping"
                return self.row()
            case FromContext(what=what):
                return code.expr(_CONTEXT[what])
            case Call():
                return self._call(expression)
            case Compare():
                return self._compare(expression)
            case And(operands=operands):
                return self._logic(all_of, ast.And(), operands)
            case Or(operands=operands):
                return self._logic(any_of, ast.Or(), operands)
            case Not(operand=operand):
                return self._not(operand)
            case Conditional():
                return self._conditional(expression)
            case ScalarQuery(query=query, type=kind):
                return self._query(query, lambda rows: next((row[0] for row in rows), kind.null))
            case ListQuery():
                return self._list(expression)
            case Along():
                return self.along(expression)
            case _:
                assert_never(expression)

    def along(self, expression: Along) -> ast.expr:
        """Code for what becomes of the values along a path; matches of graph patterns alone have paths."""
        raise AssertionError(f"a row has no path `{expression.path}`")

    def _query(self, query: Relation, take: Callable[[Any], object]) -> ast.expr:
        runner = self.runner(query)

        def evaluate(run: Run) -> object:
            return take(runner(run))

        return code.call(self.builder.constant(evaluate), code.name("run"))

    def _list(self, expression: ListQuery) -> ast.expr:
        is_open = expression.query.row.rest is Rest.OPEN

        def take(rows: Iterable[Any]) -> list[object]:
            return list(rows) if is_open else [row[0] for row in rows]

        if expression.over is None:
            return self._query(expression.query, take)
        runner, key = self.runner(expression.query), expression.key

        def over_row(run: Run, row: object) -> list[object]:
            run.groups[key] = [row]
            shared = dict(run.shared)
            found = take(runner(run))
            run.shared = shared
            return found

        return code.call(self.builder.constant(over_row), code.name("run"), self._value(expression.over))

    def truth(self, expression: Expression) -> ast.expr:
        """Code that is truthy exactly when the value is true."""
        match expression:
            case And(operands=operands):
                return ast.BoolOp(ast.And(), [self.truth(one) for one in operands])
            case Or(operands=operands):
                return ast.BoolOp(ast.Or(), [self.truth(one) for one in operands])
            case Not(operand=operand):
                return self.falsity(operand)
            case Compare() if not is_fixed(expression):
                return self._compare_truth(expression)
            case _:
                return self.value(expression)

    def falsity(self, expression: Expression) -> ast.expr:
        """Code that is truthy exactly when the value is false."""
        match expression:
            case And(operands=operands):
                return ast.BoolOp(ast.Or(), [self.falsity(one) for one in operands])
            case Or(operands=operands):
                return ast.BoolOp(ast.And(), [self.falsity(one) for one in operands])
            case Not(operand=operand):
                return self.truth(operand)
            case _ if not may_be_null(expression):
                return ast.UnaryOp(ast.Not(), self.value(expression))
            case _:
                return code.expr("A is False", A=self.value(expression))

    def _logic(
        self, function: Callable[..., bool | None], operator: ast.boolop, operands: tuple[Expression, ...]
    ) -> ast.expr:
        values = [self.value(one) for one in operands]
        if any(map(may_be_null, operands)):
            return code.call(self.builder.constant(function), code.tuple_of(values))
        return ast.BoolOp(operator, values)

    def _not(self, operand: Expression) -> ast.expr:
        inner = self.value(operand)
        if not may_be_null(operand):
            return ast.UnaryOp(ast.Not(), inner)
        first, again = self._twice(inner)
        return code.expr("None if A is None else not B", A=first, B=again)

    def _twice(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """The value for its first use and for a second one, evaluated once."""
        if isinstance(value, _SIMPLE):
            return value, value
        temporary = code.name(self.builder.fresh("t"))
        return code.expr("(T := A)", T=temporary, A=value), temporary

    def _sides(self, compare: Compare) -> tuple[ast.expr, ast.expr]:
        left, right = self.value(compare.left), self.value(compare.right)
        if not compare.fold:
            return left, right
        fold = self.builder.constant(fold_ascii)
        return self._folded(fold, left, compare.left), self._folded(fold, right, compare.right)

    def _folded(self, fold: ast.expr, side: ast.expr, expression: Expression) -> ast.expr:
        if isinstance(expression, Const) and isinstance(expression.value, str):
            return self.builder.constant(fold_ascii(expression.value))
        if not may_be_null(expression):
            return code.call(fold, side)
        first, again = self._twice(side)
        return code.expr("None if A is None else F(B)", A=first, F=fold, B=again)

    def _folded_equality(self, compare: Compare) -> ast.expr | None:
        """Equality with a constant of ASCII letters, case ignored: one method call for most texts."""
        constant = compare.right
        if not compare.fold or compare.operator not in (Comparison.EQUAL, Comparison.NOT_EQUAL):
            return None
        if may_be_null(compare.left) or not isinstance(constant, Const) or not isinstance(constant.value, str):
            return None
        if not constant.value.isascii():
            return None
        first, again = self._twice(self.value(compare.left))
        # Lower case that is ASCII may still come from a letter that is not, such as the Kelvin sign.
        form = "A.lower() == K and B.isascii()"
        if compare.operator is Comparison.NOT_EQUAL:
            form = f"not ({form})"
        return code.expr(form, A=first, B=again, K=self.builder.constant(fold_ascii(constant.value)))

    def _is_plain(self, compare: Compare) -> bool:
        """True when Python's own comparison with None gives the right answer."""
        both = may_be_null(compare.left) and may_be_null(compare.right)
        either = may_be_null(compare.left) or may_be_null(compare.right)
        match compare.operator:
            case Comparison.EQUAL:
                return not either or (compare.one_null is False and (not both or compare.both_null is True))
            case Comparison.NOT_EQUAL:
                return not either or (compare.one_null is True and (not both or compare.both_null is False))
            case _:
                return not either

    def _compare(self, compare: Compare) -> ast.expr:
        quick = self._folded_equality(compare)
        if quick is not None:
            return quick
        left, right = self._sides(compare)
        operator = _OPERATORS[compare.operator]
        if self._is_plain(compare):
            return ast.Compare(left, [operator], [right])
        left, left_again = self._twice(left)
        right, right_again = self._twice(right)
        return code.expr(
            "C if (A is not None) & (B is not None) else (BOTH if X is Y else ONE)",
            A=left,
            B=right,
            C=ast.Compare(left_again, [operator], [right_again]),
            X=left_again,
            Y=right_again,
            BOTH=ast.Constant(compare.both_null),
            ONE=ast.Constant(compare.one_null),
        )

    def _compare_truth(self, compare: Compare) -> ast.expr:
        """A comparison whose null is as good as false needs no more than a check of each side."""
        if self._is_plain(compare) or compare.one_null or compare.both_null:
            return self._compare(compare)
        left, right = self._sides(compare)
        checks: list[ast.expr] = []
        if may_be_null(compare.left):
            first, left = self._twice(left)
            checks.append(code.expr("A is not None", A=first))
        if may_be_null(compare.right):
            first, right = self._twice(right)
            checks.append(code.expr("A is not None", A=first))
        return ast.BoolOp(ast.And(), [*checks, ast.Compare(left, [_OPERATORS[compare.operator]], [right])])

    def _conditional(self, expression: Conditional) -> ast.expr:
        result = self.value(expression.otherwise)
        for condition, value in reversed(expression.branches):
            result = ast.IfExp(self.truth(condition), self.value(value), result)
        return result

    def _call(self, call: Call) -> ast.expr:
        function = call.function
        arguments = call.arguments
        meaning: ast.expr | None = None
        if function.specialise is not None and function.pure:
            shortcut = self._specialised(call)
            if shortcut is not None:
                meaning = shortcut
                arguments = tuple(one for one in arguments if not is_fixed(one))
        if meaning is None:
            meaning = self.builder.constant(function.python)
        values = [self.value(one) for one in arguments]
        if function.nulls is Nulls.TOTAL:
            return code.call(meaning, *values)
        return self._strict(meaning, arguments, values, call.type)

    def _strict(
        self, meaning: ast.expr, arguments: tuple[Expression, ...], values: list[ast.expr], kind: ScalarType
    ) -> ast.expr:
        """A call that a null argument keeps from happening."""
        checks: list[ast.expr] = []
        for position, argument in enumerate(arguments):
            if may_be_null(argument):
                first, values[position] = self._twice(values[position])
                checks.append(code.expr("A is None", A=first))
        made = code.call(meaning, *values)
        if not checks:
            return made
        null = self.builder.constant(kind.null)
        return ast.IfExp(checks[0] if len(checks) == 1 else ast.BoolOp(ast.Or(), checks), null, made)

    def _specialised(self, call: Call) -> ast.expr | None:
        """A function of the varying arguments alone, made from the constant ones once."""
        specialise = call.function.specialise
        assert specialise is not None
        fixed = [is_fixed(one) for one in call.arguments]
        if all(fixed) or not any(fixed):
            return None
        if all(isinstance(one, Const) for one, known in zip(call.arguments, fixed, strict=True) if known):
            given = [one.value if isinstance(one, Const) else VARYING for one in call.arguments]
            if call.function.nulls is Nulls.STRICT and None in given:
                return None
            made = specialise(*given)
            return None if made is None else self.builder.constant(made)
        return self._specialised_by_run(call, fixed, specialise)

    def _specialised_by_run(
        self, call: Call, fixed: list[bool], specialise: Callable[..., Callable[..., object] | None]
    ) -> ast.expr:
        """Some fixed argument is only known once the run begins: specialise in the prologue."""
        python, strict, null = call.function.python, call.function.nulls is Nulls.STRICT, call.type.null

        def prepare(*given: object) -> Callable[..., object]:
            if strict and None in given:
                return lambda *_: null
            made = specialise(*given)
            if made is not None:
                return made

            def whole(*varying: object) -> object:
                rest = iter(varying)
                return python(*(next(rest) if one is VARYING else one for one in given))

            return whole

        varying = self.builder.constant(VARYING)
        given = [self.value(one) if known else varying for one, known in zip(call.arguments, fixed, strict=True)]
        return self.builder.once(code.call(self.builder.constant(prepare), *given))
