"""The syntax tree of a CQL query: what the text says, before names and functions are looked up.

Every node has a span. Bare words keep their text: whether one is a field, an option or a duration depends on
the parameter it is given to, which only the binder knows.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from emulator.nodes import node
from emulator.source import Span

# --- Words and literals -------------------------------------------------------------------------------------


@node
class Word:
    """A bare word: a field name, a tag (`#x`), metadata (`@x`), a pattern with `*`, an option or a duration."""

    text: str
    span: Span


@node
class Quoted:
    """A quoted string with its escapes resolved; as a pattern its `*` are still wildcards."""

    text: str
    span: Span


@node
class Number:
    """A number in an expression or argument, sign included, as written."""

    text: str
    span: Span


@node
class Boolean:
    """`true` or `false`, in any case."""

    value: bool
    span: Span


@node
class Regex:
    r"""`/pattern/flags`; the pattern is as written, except that `\/` became `/`."""

    pattern: str
    flags: str
    span: Span
    pattern_span: Span


@node
class Parameter:
    """`?name` or `?{name=default}`: a value that whoever runs the query supplies."""

    name: str
    default: Word | Quoted | None
    span: Span


Name: TypeAlias = Word | Quoted
"""A field's name; quotes allow any characters in it."""

Pattern: TypeAlias = Word | Quoted | Regex | Parameter
"""What a filter compares with, or free text."""

# --- Filters ------------------------------------------------------------------------------------------------


class FilterOperator(enum.Enum):
    """The comparisons of a filter. `LINK` joins two queries inside `correlate()`."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LIKE = "like"
    LINK = "<=>"


@node
class And:
    """Two filters or more that must all hold: `and`, or side by side. Binds looser than `or`."""

    operands: tuple[Filter, ...]
    span: Span


@node
class Or:
    """Two filters or more of which one must hold."""

    operands: tuple[Filter, ...]
    span: Span


@node
class Not:
    """`not x` or `!x`."""

    operand: Filter
    span: Span
    operator_span: Span


@node
class Comparison:
    """`field operator pattern`; for `< <= > >=` the pattern reads as a number unless it is quoted or a parameter."""

    field: Name
    operator: FilterOperator
    value: Pattern
    span: Span
    operator_span: Span


@node
class FreeText:
    """A pattern alone: searched in the original event. The bare word `*` matches every event."""

    value: Pattern
    span: Span


@node
class InfixIn:
    """`field in [a, b]`, which the product rejects; the binder says how to write it, or accepts it by assumption."""

    field: Name
    values: tuple[Value, ...]
    negated: bool
    span: Span
    operator_span: Span
    values_span: Span


@node
class Apply:
    """`field =~ function(…)` or `field =~ !function(…)`: the call with its field parameter given from the left."""

    field: Name
    call: Call
    negated: bool
    span: Span
    operator_span: Span


@node
class Argument:
    """One argument; at most one of a call is unnamed."""

    name: Word | None
    value: Value
    span: Span


@node
class Call:
    """`name(arguments)`; names are looked up without regard to case. A step, a filter or an expression."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    name_span: Span


@node
class SavedQuery:
    """`$name(arguments)` or `$"name"(arguments)`: another query, by name."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    name_span: Span


Filter: TypeAlias = "And | Or | Not | Comparison | FreeText | Boolean | InfixIn | Apply | Call | SavedQuery"
"""What may stand in a filter. A `Call` alone may be any function: the binder knows which of them are filters."""

# --- Expressions and arguments ------------------------------------------------------------------------------


class UnaryOperator(enum.Enum):
    """The prefix operators of an expression."""

    MINUS = "-"
    NOT = "!"


class BinaryOperator(enum.Enum):
    """The infix operators of an expression; `LINK` only inside `correlate()`."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LINK = "<=>"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    REMAINDER = "%"


@node
class Unary:
    """`-x` or `!x` in an expression."""

    operator: UnaryOperator
    operand: Expression
    span: Span


@node
class Binary:
    """Two expressions and what joins them; operators of one level group from the left."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    span: Span
    operator_span: Span


Expression: TypeAlias = "Word | Quoted | Number | Boolean | Parameter | Call | Unary | Binary"
"""In an expression a `Word` is always a field, and a `Quoted` always a string."""


@node
class Array:
    """`[a, b]`."""

    items: tuple[Value, ...]
    span: Span


@node
class Subquery:
    """`{pipeline}` as an argument; `name: {pipeline} include: […]` in `correlate()` has a name and options."""

    pipeline: Pipeline
    span: Span
    name: Word | None = None
    options: tuple[Argument, ...] = ()


Value: TypeAlias = "Expression | Regex | Array | Subquery | Assign | SavedQuery | Apply"
"""What an argument or an array may hold. `Assign` is `x := count()` in an array of functions."""

# --- Steps --------------------------------------------------------------------------------------------------


@node
class Assign:
    """`field := expression`; when the value is a `Call`, the call with `as=field`."""

    target: Name
    value: Expression
    span: Span
    operator_span: Span


@node
class Case:
    """`case { pipeline; … }`: the first clause that lets the event through wins."""

    clauses: tuple[Pipeline, ...]
    span: Span


@node
class MatchClause:
    """`guard => pipeline`."""

    guard: Guard
    pipeline: Pipeline
    span: Span


@node
class Match:
    """`field match { guard => pipeline; … }`."""

    field: Name
    clauses: tuple[MatchClause, ...]
    span: Span


Guard: TypeAlias = "Pattern | Boolean | Call"
"""A pattern for the field, `true`, or a filter function that is given the field."""


@node
class Stats:
    """`[f(), x := g()]` as a step: short for `stats([…])`."""

    functions: Array
    span: Span


Step: TypeAlias = "Filter | Assign | Case | Match | Stats"
"""One step of a pipeline."""


@node
class Pipeline:
    """Steps joined by `|`; none for an empty text or clause."""

    steps: tuple[Step, ...]
    span: Span


@node
class Query:
    """A whole text."""

    pipeline: Pipeline
    span: Span
