"""What names mean at a place of a query: the columns of the rows there, and what `let` and parameters declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeAlias

from emulator.kql import syntax
from emulator.nodes import record
from emulator.plan.expressions import Expression
from emulator.plan.graphs import Graph
from emulator.plan.relations import Further, Relation
from emulator.source import Source, Span
from emulator.types import Column

if TYPE_CHECKING:
    # The context holds the binders, which take scopes; named in annotations only.
    from emulator.kql.binder.aggregates import Aggregates
    from emulator.kql.binder.context import Context
    from emulator.kql.binder.windows import Windows


@record
class Stage:
    """An operator that was passed, and the columns that came into it: to say where a column was lost."""

    keyword: str
    span: Span
    names: frozenset[str]


@record
class Absent:
    """Columns that come with a stand-in which nobody gave: `names`, or any name where that is None."""

    key: str
    what: str
    names: frozenset[str] | None = None


@record
class Pattern:
    """The nodes and edges of a graph pattern by name: streams of their properties alone.

    `paths` are the edges of variable length. `within` is the stream of the edge or node that `all`, `any` or `map` has
    come to, with its properties alone; `at_node` tells which of the two it is.
    """

    elements: Mapping[str, Stream]
    nodes: frozenset[str]
    paths: frozenset[str]
    within: Stream | None = None
    at_node: bool = False


@record
class Stream:
    """A relation under construction.

    `broken` names columns whose expression was wrong: using them is no further error. `history` lists the operators
    passed. An `open` stream has more columns, which are only known once the rows are. `name` is
    what `withsource` calls the rows, where they have a name. `absent` are columns that a stand-in would bring.
    `beside` are the further tables of an operator that gives several. A stream that stands for a `graph` has no rows;
    one with a `pattern` has the properties of its nodes and edges as columns.
    """

    relation: Relation
    broken: frozenset[str] = frozenset()
    history: tuple[Stage, ...] = ()
    open: bool = False
    name: str = ""
    absent: tuple[Absent, ...] = ()
    beside: tuple[Further, ...] = ()
    graph: Graph | None = None
    pattern: Pattern | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in order, the hidden ones included."""
        return self.relation.row.columns

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that `*` stands for."""
        return self.relation.row.visible

    def find(self, name: str) -> Column | None:
        """The column of a name, hidden or not."""
        return self.relation.row.find(name)

    def passed(self, keyword: str, span: Span) -> tuple[Stage, ...]:
        """The history after an operator that this stream goes into."""
        return (*self.history, Stage(keyword, span, frozenset(column.name for column in self.columns)))


@record
class ScalarBinding:
    """A name for a value; `rows` is the stream whose columns the value reads, if any."""

    value: Expression
    rows: Stream | None = None


@record
class TableBinding:
    """A name for rows."""

    stream: Stream


@record
class FunctionBinding:
    """A name for a function of the query, with what its body sees; `source` when its text is not the query's."""

    name: str
    function: syntax.Function
    environment: Environment
    source: Source | None = None


@record
class BrokenBinding:
    """A name whose declaration was wrong: using it is no further error."""


Binding: TypeAlias = ScalarBinding | TableBinding | FunctionBinding | BrokenBinding


@record
class Environment:
    """Declared names; an inner environment is a new one, so that a declaration never reaches back."""

    names: Mapping[str, Binding] = field(default_factory=dict)

    def declare(self, name: str, binding: Binding) -> Environment:
        """An environment that has one more name, which hides an earlier one."""
        return Environment({**self.names, name: binding})

    def find(self, name: str) -> Binding | None:
        """What a name was declared as."""
        return self.names.get(name)

    def __iter__(self) -> Iterator[str]:
        """The names that a query can write."""
        return (name for name in self.names if not name.startswith("$"))


@record
class Scope:
    """All that the meaning of an expression depends on.

    `rows` is the stream whose columns are seen; `origin` the one that values passed to a function may have read, which
    its body does not see. `aggregates` and `windows` collect calls of aggregate and window functions
    where they are allowed. With `graphs`, an expression of rows may be a graph.
    """

    context: Context
    environment: Environment
    rows: Stream | None = None
    origin: Stream | None = None
    aggregates: Aggregates | None = None
    windows: Windows | None = None
    graphs: bool = False

    def over(self, stream: Stream | None) -> Scope:
        """The same declarations over other rows."""
        return replace(self, rows=stream, origin=stream, aggregates=None, windows=None, graphs=False)

    def collecting(self, aggregates: Aggregates) -> Scope:
        """The same scope where aggregate functions may be called."""
        return replace(self, aggregates=aggregates)

    def plain(self) -> Scope:
        """The same scope where aggregate functions may not be called."""
        return replace(self, aggregates=None)

    def taking_graphs(self) -> Scope:
        """The same scope where a graph may stand for rows."""
        return replace(self, graphs=True)

    def body(self, environment: Environment) -> Scope:
        """Inside a function called from here: no columns are seen."""
        return replace(self, environment=environment, rows=None, aggregates=None, windows=None)

    def within(self, environment: Environment) -> Scope:
        """The same rows with other declarations."""
        return replace(self, environment=environment)

    def known_names(self) -> Iterable[str]:
        """Every name that could be meant, columns first."""
        if self.rows is not None:
            yield from (column.name for column in self.rows.columns if not column.name.startswith("$"))
        yield from self.environment
