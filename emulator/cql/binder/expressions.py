"""Expressions: what stands right of `:=`, inside test(), eval() and if()."""

from __future__ import annotations

from typing import assert_never

from emulator.cql import library, syntax
from emulator.cql.binder.calls import bind_value_call
from emulator.cql.binder.context import Context
from emulator.cql.numbers import NOTATION
from emulator.diagnostics import code
from emulator.functions import Function
from emulator.plan.expressions import Call, Const, Expression, Field
from emulator.source import Span
from emulator.types import ScalarType

LINK_OUTSIDE = code(
    "CQL3006",
    "`<=>` outside correlate()",
    "`<=>` links the events of two queries and has a meaning only inside `correlate()`.",
)
NOT_AN_EXPRESSION = code(
    "CQL3007",
    "not an expression",
    "An expression is made of fields, quoted texts, numbers, operators and function calls.",
)

_BINARY = {
    syntax.BinaryOperator.EQUAL: "equal",
    syntax.BinaryOperator.NOT_EQUAL: "not_equal",
    syntax.BinaryOperator.LESS: "less",
    syntax.BinaryOperator.LESS_EQUAL: "less_or_equal",
    syntax.BinaryOperator.GREATER: "greater",
    syntax.BinaryOperator.GREATER_EQUAL: "greater_or_equal",
    syntax.BinaryOperator.ADD: "add",
    syntax.BinaryOperator.SUBTRACT: "subtract",
    syntax.BinaryOperator.MULTIPLY: "multiply",
    syntax.BinaryOperator.DIVIDE: "divide",
    syntax.BinaryOperator.REMAINDER: "remainder",
}
_INEXACT = (syntax.BinaryOperator.DIVIDE, syntax.BinaryOperator.MULTIPLY)
_UNARY = {syntax.UnaryOperator.MINUS: "negate", syntax.UnaryOperator.NOT: "not"}


def operator(name: str) -> Function:
    """The declared meaning of an operator."""
    function = library.internal(f"operator:{name}")
    assert function is not None, name
    return function


def operate(name: str, *operands: Expression, span: Span, kind: ScalarType = ScalarType.VALUE) -> Call:
    """An operator applied to values."""
    return Call(operator(name), operands, kind, span)


def bind_expression(context: Context, node: syntax.Value) -> Expression | None:
    """The plan's expression, or None after an error was reported."""
    match node:
        case syntax.Word(text=text, span=span):
            return Field(text, ScalarType.TEXT, span)
        case syntax.Quoted(text=text, span=span):
            return Const(text, ScalarType.VALUE, span)
        case syntax.Number(text=text, span=span):
            return operate("number", Const(text, ScalarType.VALUE, span), span=span)
        case syntax.Boolean(value=flag, span=span):
            return Const(flag, ScalarType.VALUE, span)
        case syntax.Parameter(span=span):
            return Const(context.parameter(node), ScalarType.VALUE, span)
        case syntax.Call():
            return bind_value_call(context, node)
        case syntax.Unary(operator=sign, operand=operand, span=span):
            inner = bind_expression(context, operand)
            return None if inner is None else operate(_UNARY[sign], inner, span=span)
        case syntax.Binary():
            return _binary(context, node)
        case (
            syntax.Regex() | syntax.Array() | syntax.Subquery() | syntax.Assign() | syntax.SavedQuery() | syntax.Apply()
        ):
            help = "use a field, a quoted text, a number or a function call"
            context.error(NOT_AN_EXPRESSION, "this can't stand in an expression", node.span, help)
            return None
        case _:
            assert_never(node)


def _binary(context: Context, node: syntax.Binary) -> Expression | None:
    """Chains such as `a + b + c` are walked down their left side, so that long ones need no deep recursion."""
    chain: list[syntax.Binary] = []
    first: syntax.Expression = node
    while isinstance(first, syntax.Binary):
        chain.append(first)
        first = first.left
    value = bind_expression(context, first)
    for one in reversed(chain):
        right = bind_expression(context, one.right)
        if one.operator not in _BINARY:
            help = "write `==` to compare, or use correlate()"
            context.error(LINK_OUTSIDE, "`<=>` has no meaning here", one.operator_span, help)
            return None
        if value is None or right is None:
            return None
        if one.operator in _INEXACT:
            context.rest_on(NOTATION)
        value = operate(_BINARY[one.operator], value, right, span=one.span)
    return value
