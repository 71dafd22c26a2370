"""What a KQL expression can be, as written: one node per form, with the text's own names and no types."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

from emulator.kql.syntax.literals import Column, DynamicLiteral, Literal, Name, TypeOf
from emulator.kql.syntax.node import Node, node
from emulator.source import Span

if TYPE_CHECKING:
    # A pipeline holds operators and operators hold expressions: the two modules name each other in annotations only.
    from emulator.kql.syntax.operators import Operator


@node
class NameRef(Node):
    """A name that refers to something: column, variable, table; also `$left`, `$right` and the like."""

    name: str


@node
class WildcardRef(Node):
    """A name with `*` in it, such as `Device*`; `*` matches any run of characters."""

    pattern: str


@node
class Star(Node):
    """`*` alone: all columns, or any column in a search-like predicate."""


@node
class Member(Node):
    """`value.name`, also written `value.["name"]`."""

    value: Expression
    name: Name


@node
class MemberCall(Node):
    """`value.call(…)`, such as `database("d").table("t")`."""

    value: Expression
    call: Call


@node
class MemberWildcard(Node):
    """`value.Device*`: the tables of a database that match."""

    value: Expression
    pattern: str


@node
class Element(Node):
    """`value[index]`: an item of an array or a key of a bag; `value["key"]` has a string literal as index."""

    value: Expression
    index: Expression


@node
class Target(Node):
    """An expression with the names that its text gives it: none, `name = value`, or `(a, b) = value`."""

    names: tuple[Name, ...]
    value: Expression

    @property
    def name(self) -> Name | None:
        """The name when there is exactly one."""
        return self.names[0] if len(self.names) == 1 else None


@node
class Call(Node):
    """`name(argument, name = argument, *)`."""

    name: Name
    arguments: tuple[Target, ...]


class UnaryOperator(enum.Enum):
    """A sign before an operand."""

    MINUS = "-"
    PLUS = "+"


@node
class Unary(Node):
    """A sign and its operand; `-5` is a literal."""

    operator: UnaryOperator
    operand: Expression


class BinaryOperator(enum.Enum):
    """Operators between two operands; the value is the spelling, aliases (`<>`, `notlike` …) resolved by the parser."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "%"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    EQUAL = "=="
    NOT_EQUAL = "!="
    EQUAL_FOLD = "=~"
    NOT_EQUAL_FOLD = "!~"
    HAS = "has"
    NOT_HAS = "!has"
    HAS_CS = "has_cs"
    NOT_HAS_CS = "!has_cs"
    HAS_PREFIX = "hasprefix"
    NOT_HAS_PREFIX = "!hasprefix"
    HAS_PREFIX_CS = "hasprefix_cs"
    NOT_HAS_PREFIX_CS = "!hasprefix_cs"
    HAS_SUFFIX = "hassuffix"
    NOT_HAS_SUFFIX = "!hassuffix"
    HAS_SUFFIX_CS = "hassuffix_cs"
    NOT_HAS_SUFFIX_CS = "!hassuffix_cs"
    CONTAINS = "contains"
    NOT_CONTAINS = "!contains"
    CONTAINS_CS = "contains_cs"
    NOT_CONTAINS_CS = "!contains_cs"
    STARTS_WITH = "startswith"
    NOT_STARTS_WITH = "!startswith"
    STARTS_WITH_CS = "startswith_cs"
    NOT_STARTS_WITH_CS = "!startswith_cs"
    ENDS_WITH = "endswith"
    NOT_ENDS_WITH = "!endswith"
    ENDS_WITH_CS = "endswith_cs"
    NOT_ENDS_WITH_CS = "!endswith_cs"
    MATCHES_REGEX = "matches regex"
    LIKE = "like"
    NOT_LIKE = "notlike"
    LIKE_CS = "likecs"
    NOT_LIKE_CS = "notlikecs"
    SEARCH_TERM = ":"


@node
class Binary(Node):
    """`left operator right`; `operator_span` is where the operator stands. `left` may be Star in `* has "x"`."""

    operator: BinaryOperator
    operator_span: Span
    left: Expression
    right: Expression


class LogicalOperator(enum.Enum):
    """`and` binds tighter than `or`."""

    AND = "and"
    OR = "or"


@node
class Logical(Node):
    """A chain of one logical operator, flat whatever its length; at least two operands."""

    operator: LogicalOperator
    operands: tuple[Expression, ...]


class ListOperator(enum.Enum):
    """Operators between an operand and a parenthesised list."""

    IN = "in"
    NOT_IN = "!in"
    IN_FOLD = "in~"
    NOT_IN_FOLD = "!in~"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"


@node
class InList(Node):
    """`value in (item, …)`; an item may be a dynamic array or a pipeline whose first column holds the items."""

    operator: ListOperator
    operator_span: Span
    value: Expression
    items: tuple[Expression, ...]


@node
class Between(Node):
    """`value between (lower .. upper)`."""

    negated: bool
    operator_span: Span
    value: Expression
    lower: Expression
    upper: Expression


@node
class Parameter(Node):
    """`kind = inner`, `hint.strategy = shuffle`, `withsource = T`: a setting of an operator, its name in lower case.

    A bare word is a NameRef, a list of names (`hint.shufflekey`, `withstep`) a NameList, anything else an expression.
    """

    name: Name
    value: Expression


@node
class NameList(Node):
    """Several names as the value of a setting."""

    names: tuple[Name, ...]


@node
class DataTable(Node):
    """`datatable (a: string, b: long) ["x", 1, …]`; values row after row."""

    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    values: tuple[Expression, ...]


@node
class ExternalData(Node):
    """`externaldata (a: string) ["address", …] with (format = "csv")`."""

    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    addresses: tuple[Expression, ...]
    properties: tuple[Parameter, ...]


@node
class ToScalar(Node):
    """`toscalar(pipeline)`: the first column of its first row."""

    parameters: tuple[Parameter, ...]
    value: Expression


@node
class ToTable(Node):
    """`totable(pipeline)`."""

    parameters: tuple[Parameter, ...]
    value: Expression


@node
class Materialize(Node):
    """`materialize(pipeline)`: computed once, used many times."""

    parameters: tuple[Parameter, ...]
    value: Expression


@node
class DataScope(Node):
    """`Table datascope = hotcache`."""

    value: Expression
    scope: Name


@node
class EntityGroup(Node):
    """`entity_group [database("a"), cluster("c").database("b")]`."""

    members: tuple[Expression, ...]


@node
class Pipeline(Node):
    """`source | operator | …`: rows from an expression, or from an operator that makes its own (`union`, `print` …)."""

    source: Expression | Operator
    operators: tuple[Operator, ...]


@node
class Subpipeline(Node):
    """Operators that apply to the rows of their context: the body of `mv-apply`, `partition`, `fork` and `facet`."""

    operators: tuple[Operator, ...]


@node
class Keyworded(Node):
    """An operator: its span runs from its keyword to the end of its last part."""

    keyword: Span


Expression: TypeAlias = (
    Literal | DynamicLiteral | TypeOf | NameRef | WildcardRef | Star | Member | MemberCall | MemberWildcard | Element
    | Call | Unary | Binary | Logical | InList | Between | NameList | DataTable | ExternalData | ToScalar | ToTable
    | Materialize | DataScope | EntityGroup | Pipeline
)  # fmt: skip
"""Everything that can stand where a value or a table can; what makes sense where is the binder's to say."""
