"""The relation under construction while the steps of a pipeline are bound one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.cql.binder.context import EVENT, Context
from emulator.diagnostics import code
from emulator.plan.drawings import Drawing
from emulator.plan.relations import Relation, Segment, TimeRange
from emulator.plan.steps import Step
from emulator.source import Span
from emulator.types import Column, Rest, RowType, ScalarType

NOT_IN_CLAUSE = code(
    "CQL3003",
    "a clause of case or match takes one event at a time",
    "Functions that look at many events (aggregates, sort, table, join …) have no meaning inside a clause. Move the "
    "function behind the closing brace.",
)

EVENT_COLUMN = Column(EVENT, ScalarType.DYNAMIC, hidden=True)


class Flow:
    """A pipeline so far: a relation and the steps that follow it. Inside a clause there is no relation, only steps."""

    def __init__(self, context: Context, relation: Relation | None, *, main: bool = False) -> None:
        self.context = context
        self.time_range: TimeRange | None = None
        self.drawing: Drawing | None = None
        self._start = relation if main else None
        self._relation = relation
        self._steps: list[Step] = []
        self._columns: tuple[str, ...] = ()

    @property
    def in_clause(self) -> bool:
        """True inside a clause of `case` or `match`."""
        return self._relation is None

    @property
    def is_untouched(self) -> bool:
        """True at the beginning of the query itself, where its time range may be set."""
        at_start = self._relation is not None and self._relation is self._start
        return at_start and not self._steps and not self.context.tables and self.time_range is None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps since the last relation."""
        return tuple(self._steps)

    def add(self, *steps: Step) -> None:
        """Append steps that take one event at a time."""
        self._steps.extend(steps)

    def shown_first(self, columns: tuple[str, ...]) -> None:
        """Results show these fields first, in this order, whether an event has them or not."""
        self._columns = columns

    def renamed(self, names: dict[str, str]) -> None:
        """Fields that results show first have new names."""
        self._columns = tuple(dict.fromkeys(names.get(name, name) for name in self._columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields that results show first."""
        return self._columns

    def row(self) -> RowType:
        """The type of the rows at this point."""
        known = tuple(Column(name, ScalarType.TEXT) for name in self._columns if name != EVENT)
        return RowType((*known, EVENT_COLUMN) if self.context.reads_original else known, Rest.OPEN)

    def relation(self, span: Span) -> Relation:
        """The relation with the steps so far."""
        assert self._relation is not None
        if self._steps:
            self._relation = Segment(self._relation, tuple(self._steps), self.row(), span)
            self._steps = []
        return self._relation

    def refuse_in_clause(self, name: str, span: Span) -> None:
        """Report a function of many events inside a clause."""
        help = "move it behind the closing brace of the case"
        self.context.error(NOT_IN_CLAUSE, f"`{name}()` looks at many events", span, help)

    def put(self, relation: Relation, columns: tuple[str, ...]) -> None:
        """Go on from a relation made from the one so far, whose results show some fields first."""
        self._steps, self._columns, self.drawing = [], columns, None
        self._relation = relation if relation.row.columns else replace(relation, row=self.row())

    def replace(
        self, make: Callable[[Relation, RowType], Relation], columns: tuple[str, ...], name: str, span: Span
    ) -> None:
        """Put a relation made from the one so far in its place; an error inside a clause."""
        if self.in_clause:
            self.refuse_in_clause(name, span)
            return
        before = self.relation(span)
        self._columns = columns
        self._relation = make(before, self.row())
