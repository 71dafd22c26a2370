"""Expressions of a plan as SQL, exactly: what SQL can't say is a function whose meaning is the interpreter's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import assert_never

from sqlglot import exp

from emulator.columnar.expressions.bounds import Bounds, Value, Values
from emulator.columnar.expressions.by_type import BY_TYPE
from emulator.columnar.expressions.cells import SQL_TYPES, literal
from emulator.columnar.expressions.comparing import WHOLE, compared, is_null
from emulator.columnar.expressions.deciding import DECIDERS
from emulator.columnar.expressions.leaves import BUILDERS
from emulator.columnar.expressions.meanings import Meanings
from emulator.columnar.expressions.simpler import simpler
from emulator.columnar.expressions.templates import written
from emulator.columnar.expressions.texts import choice, guarded
from emulator.functions import Nulls
from emulator.interpreter.expressions import may_be_null
from emulator.plan.expressions import (
    Along,
    And,
    Call,
    Compare,
    Conditional,
    Const,
    Expression,
    Field,
    FromContext,
    ListQuery,
    Not,
    Or,
    Row,
    ScalarQuery,
    is_fixed,
    walk,
)
from emulator.types import ScalarType

TESTS = BUILDERS.keys() | DECIDERS.keys()
"""The identities of the functions that test a value."""
_LONG = 1 << 16
"""Bytes of a text from which on the interpreter joins it with others, and sees that it stays bounded."""
_MANY_NODES = 600
_MOST_NODES = 20_000
"""Parts of one piece of SQL: a step that uses the one before twice doubles it."""


class _Impossible(Exception):  # noqa: N818 - it is an answer, not a fault
    """An expression that the engine can't evaluate; the text says why."""


class Scalars:
    """Translates expressions; `fixed` evaluates those that read no row.

    What is made calls functions of `meanings`, which the engine has to know when it runs.
    """

    def __init__(self, fixed: Callable[[Expression], object], meanings: Meanings) -> None:
        self.meanings = meanings
        self._evaluate = fixed
        self._evaluated: dict[int, tuple[Expression, object]] = {}
        self._bounds = Bounds(self._fixed)

    def value(self, expression: Expression, values: Values) -> Value | None:
        """The value of an expression; None when only the interpreter can tell it."""
        try:
            return Value(_bounded(self._sql(expression, values)), expression.type)
        except _Impossible:
            return None

    def condition(self, predicate: Expression, values: Values) -> exp.Expr | None:
        """What is true exactly where the predicate is; None when only the interpreter can tell.

        Cheap tests come first, and functions of `meanings` see only the rows that these let through.
        """
        try:
            return _bounded(self._holds(predicate, values, wanted=True))
        except _Impossible:
            return None

    def why_not(self, expression: Expression, values: Values) -> str | None:
        """Why the value has no SQL at all; None when it has."""
        try:
            _bounded(self._sql(expression, values))
        except _Impossible as answer:
            return str(answer)
        return None

    def is_native(self, expression: Expression, values: Values) -> bool:
        """True when the value is SQL alone, without a function of `meanings`."""
        made = Scalars(self._fixed, Meanings())
        return made.value(expression, values) is not None and not made.meanings.listed

    def _fixed(self, expression: Expression) -> object:
        """The value of an expression that reads no row, evaluated once."""
        if id(expression) not in self._evaluated:
            try:
                self._evaluated[id(expression)] = (expression, self._evaluate(expression))
            except Exception as error:  # whatever it is, the interpreter says it
                raise _Impossible("its constants have no value") from error
        return self._evaluated[id(expression)][1]

    def _sql(self, expression: Expression, values: Values) -> exp.Expr:
        native = self._short(expression, values)
        return self._meaning(expression, values) if native is None else native

    def _short(self, expression: Expression, values: Values) -> exp.Expr | None:
        """SQL of a length that may stand in more than one place of a larger piece."""
        native = self._native(expression, values)
        if native is None or isinstance(expression, Field):
            return native
        return None if _has_more(native, _MANY_NODES) else native

    def _native(self, expression: Expression, values: Values) -> exp.Expr | None:
        """The value without a function of `meanings` at its top; None when there is none."""
        if not isinstance(expression, Field | Row) and is_fixed(expression):
            return literal(self._fixed(expression), expression.type)
        match expression:
            case Field(name=name):
                return self._field(name, expression.type, values)
            case Compare(left=left, right=right):
                return compared(expression, self._sql(left, values), self._sql(right, values))
            case And(operands=operands):
                return exp.and_(*(self._sql(one, values) for one in operands))
            case Or(operands=operands):
                return exp.or_(*(self._sql(one, values) for one in operands))
            case Not(operand=operand):
                return exp.not_(self._sql(operand, values))
            case Conditional():
                return self._conditional(expression, values)
            case Call():
                return self._call(expression, values)
            case Row() | Along() | Const() | FromContext() | ScalarQuery() | ListQuery():
                return None
            case _:
                assert_never(expression)

    @staticmethod
    def _field(name: str, kind: ScalarType, values: Values) -> exp.Expr:
        found = values.get(name)
        if found is None or found.unknown is not None:
            raise _Impossible("it reads the whole event" if "\0" in name else f"the engine does not know `{name}`")
        if found.type is not kind:
            raise _Impossible(f"`{name}` is of another type here")
        return found.sql.copy()

    def _conditional(self, expression: Conditional, values: Values) -> exp.Expr | None:
        results = [value for _, value in expression.branches] + [expression.otherwise]
        if not all(one.type is expression.type or {one.type, expression.type} <= WHOLE for one in results):
            return None
        made = exp.Case()
        for condition, value in expression.branches:
            made = made.when(self._holds(condition, values, wanted=True), self._sql(value, values))
        return exp.cast(made.else_(self._sql(expression.otherwise, values)), SQL_TYPES[expression.type])

    def _call(self, call: Call, values: Values) -> exp.Expr | None:
        tested = self._test(call, values)
        if tested is not None:
            return tested
        build = BY_TYPE.get(call.function.identity)
        if build is not None:
            otherwise = partial(self._meaning, call, values, partly=True)
            return build(call, lambda one: self._sql(one, values), self._fixed, otherwise)
        return self._template(call, values) if call.function.sql is not None else None

    def _template(self, call: Call, values: Values) -> exp.Expr | None:
        """The SQL of a function's declaration, which speaks of arguments that are not null unless it takes nulls."""
        if any(one.type is ScalarType.DECIMAL for one in call.arguments):
            return None
        arguments = [self._argument(one, values) for one in call.arguments]

        meaning = partial(self._meaning, call, values, partly=True)
        made = written(call.function, arguments, meaning)
        if made is None:
            return None
        texts = [sql for sql, one in zip(arguments, call.arguments, strict=True) if one.type is ScalarType.STRING]
        if call.type is ScalarType.STRING and len(texts) > 1:  # one that may grow, step by step
            lengths = exp.func("greatest", *(exp.func("strlen", sql.copy()) for sql in texts))
            made = exp.Case().when(exp.GT(this=lengths, expression=exp.Literal.number(_LONG)), meaning()).else_(made)
        if call.function.nulls is Nulls.STRICT:
            nulls = [is_null(sql) for sql, one in zip(arguments, call.arguments, strict=True) if may_be_null(one)]
            if nulls:
                null = literal(call.type.null, call.type) or exp.null()
                made = exp.Case().when(exp.or_(*nulls), null).else_(made)
        return exp.cast(made, SQL_TYPES[call.type])

    def _argument(self, expression: Expression, values: Values) -> exp.Expr:
        """A value as a template takes it: whole numbers in 64 bits."""
        sql = self._sql(expression, values)
        return exp.cast(sql, "BIGINT") if expression.type is ScalarType.INT else sql

    def _test(self, original: Call, values: Values) -> exp.Expr | None:
        """A test of a value with constants: decided by SQL for all values, or for most."""
        call = simpler(original)
        if call.function.identity not in TESTS or not all(map(is_fixed, call.arguments[1:])):
            return None
        first = call.arguments[0]
        constants = tuple(map(self._fixed, call.arguments[1:]))
        lies = values[first.name].lies if isinstance(first, Field) and first.name in values else None
        if lies is not None and first.type is ScalarType.STRING and self._of_value(call, "", constants) is False:
            made = self._tested(call, lies, constants, values)
            if made is not None and _is_guarded(made):
                return made
        sql = self._sql(first, values)
        made = self._tested(call, sql, constants, values)
        if made is None or not may_be_null(first):
            return made
        of_null = None if call.function.nulls is Nulls.STRICT else self._of_value(call, None, constants)
        if of_null is False and _is_guarded(made):
            return made
        return exp.Case().when(is_null(sql), exp.convert(of_null)).else_(made)

    def _tested(self, call: Call, sql: exp.Expr, constants: tuple[object, ...], values: Values) -> exp.Expr | None:
        """The test of a value that is not null."""
        build, decide = BUILDERS.get(call.function.identity), DECIDERS.get(call.function.identity)
        test = build(sql, call.arguments[0].type, constants) if build is not None else None
        if test is not None and test[1]:
            return test[0]
        decision = decide(sql, constants) if decide is not None else None
        if decision is None:
            return None
        made = decision.settled(lambda: self._meaning(call, values, partly=True))
        return made if test is None else guarded(test[0], made)

    @staticmethod
    def _of_value(call: Call, value: str | None, constants: tuple[object, ...]) -> object:
        """What a test gives for a value."""
        try:
            return call.function.python(value, *constants)
        except Exception as error:  # whatever it is, the interpreter says it
            raise _Impossible("its constants have no meaning") from error

    def _meaning(self, expression: Expression, values: Values, *, partly: bool = False) -> exp.Expr:
        """A call of a function with the interpreter's meaning, of the fields that the expression reads."""
        names: dict[str, ScalarType] = {}
        for node in walk(expression):
            if isinstance(node, Row | Along):
                raise _Impossible("it reads the whole event" if isinstance(node, Row) else "it reads a path")
            if isinstance(node, Call) and not node.function.pure:
                raise _Impossible(f"`{node.function.name}` gives another value each time")
            if isinstance(node, Field):
                names.setdefault(node.name, node.type)
        if not names:
            raise _Impossible("a constant has no form in SQL")
        arguments = [(self._field(name, kind, values), kind) for name, kind in names.items()]
        try:
            return self.meanings.call(
                expression, self._settled, tuple(names), arguments, _reason(expression, partly=partly)
            )
        except _Impossible:
            raise
        except Exception as error:  # what is wrong with its constants, the interpreter says
            raise _Impossible("its constants have no meaning") from error

    def _settled(self, expression: Expression) -> Expression:
        """The expression with constants in place of what is fixed for the run."""
        if isinstance(expression, Const | Field):
            return expression
        if is_fixed(expression):
            return Const(self._fixed(expression), expression.type, expression.span)
        match expression:
            case Call(arguments=arguments):
                return replace(expression, arguments=self._all_settled(arguments))
            case And(operands=operands) | Or(operands=operands):
                return replace(expression, operands=self._all_settled(operands))
            case Compare(left=left, right=right):
                return replace(expression, left=self._settled(left), right=self._settled(right))
            case Not(operand=operand):
                return replace(expression, operand=self._settled(operand))
            case Conditional(branches=branches, otherwise=otherwise):
                settled = tuple((self._settled(test), self._settled(value)) for test, value in branches)
                return replace(expression, branches=settled, otherwise=self._settled(otherwise))
            case _:
                return expression

    def _all_settled(self, expressions: Iterable[Expression]) -> tuple[Expression, ...]:
        return tuple(map(self._settled, expressions))

    def _holds(self, condition: Expression, values: Values, *, wanted: bool) -> exp.Expr:
        """What is true exactly where a condition is true, or false when False is wanted."""
        match condition:
            case Not(operand=operand):
                return self._holds(operand, values, wanted=not wanted)
            case And(operands=operands) | Or(operands=operands):
                parts = [self._holds(one, values, wanted=wanted) for one in operands]
                return _every(parts) if isinstance(condition, And) is wanted else _any(parts)
            case _ if is_fixed(condition):
                return exp.convert(self._fixed(condition) is wanted)
        bound = self._bounds.of(condition, as_they_lie(values), wanted=wanted)
        if bound.sql is not None and bound.exact:
            return bound.sql
        native = self._short(condition, values)
        sql = self._meaning(condition, values) if native is None else native
        exact = sql if wanted else exp.not_(sql, copy=False)
        return exact if bound.sql is None or native is not None else guarded(bound.sql, exact)


def as_they_lie(values: Values) -> dict[str, Value]:
    """The values as tests of one column see them."""
    known = {name: one for name, one in values.items() if one.unknown is None}
    instants = {name: one for name, one in known.items() if one.type is ScalarType.DATETIME}
    lying = {name: Value(one.lies, one.type) for name, one in known.items() if one.lies is not None}
    return {**{name: one for name, one in known.items() if name not in instants}, **lying}


def _is_guarded(sql: exp.Expr) -> bool:
    """True for a test that is false of null."""
    return isinstance(sql, exp.Case) and sql.args.get("default") == exp.false()


def _every(parts: list[exp.Expr]) -> exp.Expr:
    """All of them hold; those that call functions are evaluated last."""
    cheap, dear = _by_cost(parts)
    if not dear:
        return exp.and_(*cheap, copy=False)
    *before, made = dear
    for one in reversed(before):
        made = guarded(one, made)
    return exp.and_(*cheap, guarded(exp.and_(*cheap, copy=False), made), copy=False) if cheap else made


def _any(parts: list[exp.Expr]) -> exp.Expr:
    """One of them holds; those that call functions are evaluated last."""
    cheap, dear = _by_cost(parts)
    made: exp.Expr | None = None
    for one in reversed(dear):
        made = one if made is None else choice((one, exp.true()), otherwise=made)
    if not cheap or made is None:
        return exp.or_(*cheap, copy=False) if made is None else made
    return choice((exp.or_(*cheap, copy=False), exp.true()), otherwise=made)


def _by_cost(parts: list[exp.Expr]) -> tuple[list[exp.Expr], list[exp.Expr]]:
    dear = [one for one in parts if one.find(exp.Anonymous) is not None and Meanings.are_called(one)]
    return [one for one in parts if not any(one is other for other in dear)], dear


def _bounded(sql: exp.Expr) -> exp.Expr:
    if _has_more(sql, _MOST_NODES):
        raise _Impossible("its SQL is too long")
    return sql


def _has_more(sql: exp.Expr, parts: int) -> bool:
    """True for SQL of more than some parts, constants not counted."""
    kept = (one for one in sql.walk() if not isinstance(one, exp.Literal))
    return next(islice(kept, parts, None), None) is not None


def _reason(expression: Expression, *, partly: bool) -> str:
    """Why an expression is no SQL."""
    match expression:
        case Call(function=function):
            name = function.name.removeprefix("operator:")
            if function.sql is not None and not partly:
                return f"`{name}` has no SQL for these arguments"
            return f"`{name}` of some values" if partly else f"`{name}` has no SQL"
        case Compare(left=left):
            return f"values of type {left.type.value} do not compare in SQL as they should"
        case _:
            return "the types of its parts differ"
