"""Expressions of a plan: what gives one value for one row."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from emulator.functions import Function
from emulator.nodes import node
from emulator.source import Span
from emulator.types import ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation


class Comparison(enum.Enum):
    """A comparison between two values of one type."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class ContextValue(enum.Enum):
    """What an expression may ask of the run it is part of."""

    NOW = "now"
    START = "start of the time range"
    END = "end of the time range"


@node
class Const:
    """A value known when the query is bound."""

    value: object
    type: ScalarType
    span: Span


@node
class Field:
    """The value of a column or field of the row."""

    name: str
    type: ScalarType
    span: Span


@node
class Row:
    """The whole row as a mapping of its fields; open rows alone have one. Functions that get it don't change it."""

    span: Span
    type: ScalarType = ScalarType.DYNAMIC


@node
class FromContext:
    """A value that the run fixes: ticks of `now`, or of an end of the time range."""

    what: ContextValue
    type: ScalarType
    span: Span


@node
class Call:
    """A function applied to values; arguments have the types that the meaning expects."""

    function: Function
    arguments: tuple[Expression, ...]
    type: ScalarType
    span: Span


@node
class Compare:
    """A comparison of two values of one type, with the language's null and case rules written out.

    `one_null` is the result when exactly one side is null, `both_null` when both are. `fold` ignores the case of
    ASCII letters.
    """

    operator: Comparison
    left: Expression
    right: Expression
    one_null: bool | None
    both_null: bool | None
    span: Span
    fold: bool = False
    type: ScalarType = ScalarType.BOOL


@node
class And:
    """True when all operands are; null when none is false and one is null."""

    operands: tuple[Expression, ...]
    span: Span
    type: ScalarType = ScalarType.BOOL


@node
class Or:
    """True when an operand is; null when none is true and one is null."""

    operands: tuple[Expression, ...]
    span: Span
    type: ScalarType = ScalarType.BOOL


@node
class Not:
    """The negation; null of null."""

    operand: Expression
    span: Span
    type: ScalarType = ScalarType.BOOL


@node
class Conditional:
    """The value of the first branch whose condition is true, else `otherwise`."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression
    type: ScalarType
    span: Span


@node
class ScalarQuery:
    """The first column of the first row of a sub-plan, evaluated once a run; null when there is no row."""

    query: Relation
    type: ScalarType
    span: Span


@node
class ListQuery:
    """The values of the first column of a sub-plan as a dynamic array; open rows come whole.

    It is evaluated once a run or, with `over`, for each row, which the sub-plan reads with `GroupRows(key)`.
    """

    query: Relation
    span: Span
    type: ScalarType = ScalarType.DYNAMIC
    over: Row | None = None
    key: int = 0


class Fold(enum.Enum):
    """What becomes of the values along a path."""

    ALL = "all"
    """Whether each of them is true."""
    ANY = "any"
    """Whether one of them is true."""
    EACH = "map"
    """An array of them."""


@node
class Along:
    """The values of an expression for each edge, or each inner node, of a path in a match of a graph pattern.

    The expression reads the properties of the edge or node by their names alone, or as those of the path.
    """

    path: str
    nodes: bool
    fold: Fold
    value: Expression
    type: ScalarType
    span: Span


Expression: TypeAlias = (
    Const | Field | Row | FromContext | Call | Compare | And | Or | Not | Conditional | ScalarQuery | ListQuery | Along
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct operands of an expression, in order of evaluation."""
    match expression:
        case Const() | Field():
            return ()
        case Call(arguments=operands) | And(operands=operands) | Or(operands=operands):
            return operands
        case Compare(left=left, right=right):
            return (left, right)
        case Not(operand=operand) | Along(value=operand):
            return (operand,)
        case ListQuery(over=Row() as row):
            return (row,)
        case Conditional(branches=branches, otherwise=otherwise):
            return (*(part for branch in branches for part in branch), otherwise)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything below it, outermost first."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        if below := children(node):
            stack.extend(reversed(below))


@lru_cache(maxsize=4096)
def fields(expression: Expression) -> frozenset[str]:
    """The names of the fields that an expression reads; lints ask for those of one condition again and again."""
    return frozenset(node.name for node in walk(expression) if isinstance(node, Field))


def is_fixed(expression: Expression) -> bool:
    """True when the value is the same for every row of a run."""
    if isinstance(expression, Const | Field):
        return isinstance(expression, Const)
    return all(
        not isinstance(node, Field | Row | Along) and not (isinstance(node, Call) and not node.function.pure)
        for node in walk(expression)
    )
