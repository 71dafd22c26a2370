"""Relations of a plan: what gives rows."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias

from emulator.functions import Function
from emulator.nodes import node
from emulator.plan.drawings import Drawing
from emulator.plan.expressions import Expression
from emulator.plan.graphs import GraphMatch, GraphNodes, graph_inputs
from emulator.plan.steps import Step
from emulator.source import Span
from emulator.types import RowType


class JoinKind(enum.Enum):
    """Which pairs and which lone rows a join gives."""

    INNER = "inner"
    INNER_UNIQUE = "innerunique"
    LEFT_OUTER = "leftouter"
    RIGHT_OUTER = "rightouter"
    FULL_OUTER = "fullouter"
    LEFT_SEMI = "leftsemi"
    RIGHT_SEMI = "rightsemi"
    LEFT_ANTI = "leftanti"
    RIGHT_ANTI = "rightanti"


class Ordering(enum.Enum):
    """How sort keys compare.

    NATURAL compares values of one type. NUMERIC, TEXT and HEX read the text of a CQL field as the product's
    `type` argument says; what does not read so comes last.
    """

    NATURAL = "natural"
    NUMERIC = "number"
    TEXT = "string"
    HEX = "hex"


class MissingKeys(enum.Enum):
    """What becomes of a row whose group key is null."""

    GROUP = "group"
    """Null is a key like any other."""
    DROP = "drop"
    """The row is left out."""


Interval: TypeAlias = Callable[[int, int | None, int | None], tuple[int | None, int | None]]
"""From the ticks of now, of the start and of the end of a run's time range to those of another range."""


@node
class Scan:
    """The rows of a table, or of the event stream, in the run's time range or in an interval of the scan's own."""

    table: str
    row: RowType
    span: Span
    interval: Interval | None = None


@node
class Values:
    """Rows written in the query; the expressions are fixed."""

    rows: tuple[tuple[Expression, ...], ...]
    row: RowType
    span: Span


@node
class Segment:
    """Steps applied to each row of the input in turn."""

    input: Relation
    steps: tuple[Step, ...]
    row: RowType
    span: Span


@node
class Key:
    """A named group or sort key."""

    name: str
    value: Expression


@node
class AggregateCall:
    """An aggregate function over the rows of a group.

    `constants` make the state (`function.python(*constants)`), `arguments` are evaluated for each row. `names` are
    the columns it gives: one for a plain value; several when `finish` returns a tuple. A `finish` that returns None
    gives each column the null of its type. On an open row a `finish` that returns a mapping names its own fields, and
    null leaves the field out; a list of such mappings gives as many rows.
    """

    names: tuple[str, ...]
    function: Function
    constants: tuple[object, ...]
    arguments: tuple[Expression, ...]
    span: Span


@node
class Aggregate:
    """One row for each distinct combination of the keys: first the keys, then the aggregates.

    Groups come in order of first appearance. Without keys there is one row, also when there is no input.
    At most `limit` groups are made; a cut is noted.
    """

    input: Relation
    keys: tuple[Key, ...]
    aggregates: tuple[AggregateCall, ...]
    missing_keys: MissingKeys
    row: RowType
    span: Span
    limit: int | None = None


@node
class SortKey:
    """What to sort by, in which direction, and where nulls go."""

    value: Expression
    descending: bool
    nulls_first: bool
    ordering: Ordering = Ordering.NATURAL


@node
class Sort:
    """All rows in order, stable; at most the first `limit` of them. With `noted`, a cut is told in the result."""

    input: Relation
    keys: tuple[SortKey, ...]
    row: RowType
    span: Span
    limit: int | None = None
    noted: bool = False


@node
class Limit:
    """The first `count` rows. With `noted`, a cut is told in the result: the product's limit hides rows."""

    input: Relation
    count: Expression
    row: RowType
    span: Span
    noted: bool = False


@node
class Join:
    """Pairs of rows with equal keys (both null count as equal when `null_matches`), with the columns of `row`.

    An output column is named in `left_columns` or `right_columns` by (its name in that input, its name in `row`);
    order is that of `row`. At most `limit` rows of the right side are read, and at most `most_per_left` matches for
    each left row are given; a cut is noted.
    """

    left: Relation
    right: Relation
    kind: JoinKind
    left_keys: tuple[Expression, ...]
    right_keys: tuple[Expression, ...]
    left_columns: tuple[tuple[str, str], ...]
    right_columns: tuple[tuple[str, str], ...]
    row: RowType
    span: Span
    null_matches: bool = True
    limit: int | None = None
    most_per_left: int | None = None


@node
class Union:
    """The rows of the inputs one after the other; all inputs have the columns of `row`, in order."""

    inputs: tuple[Relation, ...]
    row: RowType
    span: Span


@node
class Distinct:
    """The first row for each distinct combination of all columns."""

    input: Relation
    row: RowType
    span: Span


@node
class Share:
    """A relation that is evaluated once a run however often it stands in the plan; `key` identifies it."""

    input: Relation
    key: int
    row: RowType
    span: Span


@node
class Apply:
    """A sub-plan for each row of the input (or each group with equal `keys`, in order of first appearance).

    `body` reads the row's or group's rows with `GroupRows(key)`. With `outer` columns, values of the input row are
    put before the columns of each row of the body. At most `limit` groups are made; a cut is noted.
    """

    input: Relation
    keys: tuple[Expression, ...] | None
    body: Relation
    key: int
    outer: tuple[str, ...]
    row: RowType
    span: Span
    limit: int | None = None


@node
class GroupRows:
    """Inside the body of the `Apply` with the same key: the rows it is applied to."""

    key: int
    row: RowType
    span: Span


@node
class TableFunction:
    """A function from the rows of some relations to rows.

    Its meaning is called with one iterable of rows for each input, then `arguments` evaluated (fixed expressions);
    closed rows are tuples in column order, open ones mappings.
    """

    function: Function
    inputs: tuple[Relation, ...]
    arguments: tuple[Expression, ...]
    row: RowType
    span: Span


Relation: TypeAlias = (
    Scan
    | Values
    | Segment
    | Aggregate
    | Sort
    | Limit
    | Join
    | Union
    | Distinct
    | Share
    | Apply
    | GroupRows
    | TableFunction
    | GraphMatch
    | GraphNodes
)


@node
class Further:
    """A further table that a query gives beside its first; the name is "" where the query gives none."""

    name: str
    relation: Relation


TimeRange: TypeAlias = Callable[[int], tuple[int, int]]
"""From the ticks of now to those of the start and the end of a range."""


@node
class Plan:
    """A bound query: the relation it gives, and the assumptions that binding it rested on.

    When it `needs_rows`, columns depend on the rows: it has to be bound again, with a way to evaluate relations.
    `more` are the tables that come after the first (`fork`, `facet`, several expressions): alerts are rows of the
    first alone. `time_range` is the range that the query itself sets, in place of the one that a run is given, and
    `drawing` the chart that it asks for, for reports.
    """

    root: Relation
    assumptions: tuple[str, ...] = ()
    needs_rows: bool = False
    more: tuple[Further, ...] = ()
    time_range: TimeRange | None = None
    drawing: Drawing | None = None


def inputs(relation: Relation) -> tuple[Relation, ...]:
    """The relations that a relation reads directly."""
    match relation:
        case Scan() | Values() | GroupRows():
            return ()
        case Join(left=left, right=right):
            return (left, right)
        case Union(inputs=several) | TableFunction(inputs=several):
            return several
        case Apply(input=one, body=body):
            return (one, body)
        case GraphMatch(graph=graph) | GraphNodes(graph=graph):
            return graph_inputs(graph)
        case _:
            return (relation.input,)


def scans(relation: Relation) -> tuple[Scan, ...]:
    """The scans below a relation, left to right; sub-plans inside expressions are not looked into."""
    if isinstance(relation, Scan):
        return (relation,)
    return tuple(scan for one in inputs(relation) for scan in scans(one))
