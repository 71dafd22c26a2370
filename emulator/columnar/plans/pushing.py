"""A plan in two parts: what the engine evaluates, from the scans up, and the rest, which the interpreter evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from emulator.columnar.expressions.bounds import Bounds
from emulator.columnar.expressions.cells import Convert, decoder
from emulator.columnar.expressions.scalars import as_they_lie
from emulator.columnar.plans.paths import necessary
from emulator.columnar.plans.relations import Translation, leading_filters
from emulator.columnar.plans.rows import Rows, Untranslatable
from emulator.nodes import record
from emulator.plan.expressions import Const
from emulator.plan.reads import Read, read_of_input, read_of_join
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    GroupRows,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
    inputs,
)
from emulator.types import Column, Rest, RowType


@record
class Pushed:
    """A relation that the engine evaluates, and the key under which the plan reads its rows."""

    relation: Relation
    steps: int | None
    """Of a segment that is evaluated in part, how many steps the engine takes."""
    key: int
    rows: Rows
    names: tuple[str, ...]
    is_open: bool

    @property
    def part(self) -> Relation:
        """What of the relation the engine evaluates."""
        if self.steps is None or not isinstance(self.relation, Segment):
            return self.relation
        return replace(self.relation, steps=self.relation.steps[: self.steps])

    @property
    def query(self) -> exp.Select:
        """What gives the rows: a column for each name."""
        columns = [exp.null() if name not in self.rows.values else self.rows.values[name].sql for name in self.names]
        made = [exp.alias_(sql.copy(), f"r{number}") for number, sql in enumerate(columns)]
        return self.rows.query(made, ordered=True)

    @property
    def converters(self) -> list[Convert | None]:
        """What makes a value of a cell, for each column."""
        kinds = [self.rows.values[name].type if name in self.rows.values else None for name in self.names]
        return [None if kind is None else decoder(kind) for kind in kinds]


@dataclass(slots=True)
class Pushing:
    """Splits a plan. `bounds` says what must hold of rows for steps that the interpreter takes."""

    translation: Translation
    bounds: Bounds
    pushed: list[Pushed] = field(default_factory=list)
    reasons: list[tuple[Relation, str]] = field(default_factory=list)
    """Why relations are not evaluated by the engine."""

    def split(self, root: Relation) -> Relation:
        """The plan with `GroupRows` in place of what the engine evaluates."""
        self._fuse(root)
        return self._visit(root, None)

    def _fuse(self, root: Relation) -> None:
        """One scan for all legs over one table that begin with filters."""
        legs: dict[str, list[tuple[Segment, Rows]]] = {}
        seen: set[int] = set()
        for node, scan, read in _legs(root, None):
            if id(node) in seen:
                continue
            seen.add(id(node))
            try:
                rows = self.translation.leg(node, read)
            except Untranslatable:
                continue
            if rows is not None:
                legs.setdefault(scan.table, []).append((node, rows))
        for several in legs.values():
            if len(several) > 1:
                self.translation.fuse(several)

    def _visit(self, node: Relation, read: Read) -> Relation:
        try:
            rows = self.translation.rows(node, read)
        except Untranslatable as answer:
            self.reasons.append((node, str(answer)))
            return self._inside(node, read)
        if node.row.rest is Rest.OPEN and read is None and not rows.settled:
            self.reasons.append((node, "the order of an event's fields depends on the event"))
            return self._inside(node, read)
        return self._put(node, None, rows, node.row, read)

    def _put(self, node: Relation, steps: int | None, rows: Rows, row: RowType, read: Read) -> GroupRows:
        is_open = row.rest is Rest.OPEN
        if is_open:
            names = tuple(name for name in rows.values if read is None or name in read)
        else:
            names = row.names
            if read is not None:
                rows = rows.valued({name: value for name, value in rows.values.items() if name in read})
        key = -1 - len(self.pushed)
        self.pushed.append(Pushed(node, steps, key, rows, names, is_open))
        return GroupRows(key, row, node.span)

    def _inside(self, node: Relation, read: Read) -> Relation:
        match node:
            case Segment():
                return self._segment(node, read)
            case Join(left=left, right=right):
                of_left, of_right = read_of_join(node, read)
                return replace(node, left=self._visit(left, of_left), right=self._visit(right, of_right))
            case Union(inputs=several):
                return replace(node, inputs=tuple(self._visit(one, read) for one in several))
            case TableFunction(inputs=several):
                return replace(node, inputs=tuple(self._visit(one, None) for one in several))
            case Apply(input=one):
                return replace(node, input=self._visit(one, None))
            case Aggregate() | Sort() | Limit() | Distinct() | Share():
                return replace(node, input=self._visit(node.input, read_of_input(node, read)))
            case _:
                return node

    def _segment(self, node: Segment, read: Read) -> Relation:
        """A segment of which the engine takes the first steps, or none."""
        before = read_of_input(node, read)
        try:
            rows, done, _ = self.translation.steps(node, read)
        except Untranslatable:
            return replace(node, input=self._visit(node.input, before))
        rest = node.steps[done:]
        is_open = node.input.row.rest is Rest.OPEN
        after = read_of_input(replace(node, steps=rest), read)
        if is_open and after is None and not rows.settled:
            return replace(node, input=self._visit(node.input, before))
        bound = necessary(rest, as_they_lie(rows.values), self.bounds)
        if bound.sql is not None and bound.sql != exp.true():
            rows = rows.kept(bound.sql)
        row = node.input.row
        if not is_open:
            row = RowType(tuple(Column(name, value.type) for name, value in rows.values.items()))
        return replace(node, input=self._put(node, done, rows, row, after), steps=rest)


def _legs(node: Relation, read: Read) -> Iterator[tuple[Segment, Scan, Read]]:
    """The segments over tables that the engine may evaluate."""
    match node:
        case Segment(input=Scan() as scan) if leading_filters(node):
            yield node, scan, read_of_input(node, read)
        case Join(left=left, right=right):
            of_left, of_right = read_of_join(node, read)
            yield from _legs(left, of_left)
            yield from _legs(right, of_right)
        case Apply(input=one):
            yield from _legs(one, None)
        case _:
            for one in inputs(node):
                yield from _legs(one, read_of_input(node, read))


def looked_at(node: Relation, met: set[int]) -> Iterator[Scan]:
    """The scans below a relation, as often as they are read; `met` holds the keys of the shares met so far."""
    if isinstance(node, Share):
        if node.key in met:
            return
        met.add(node.key)
    if isinstance(node, Scan):
        yield node
    if isinstance(node, Limit) and not node.noted and isinstance(node.count, Const) and not node.count.value:
        return  # nobody asks for the first row
    for one in inputs(node):
        yield from looked_at(one, met)


def decoded(pushed: Pushed) -> Callable[[Iterator[tuple[object, ...]]], Iterator[object]]:
    """What makes rows of the interpreter of rows of the engine."""
    if pushed.is_open:
        names = pushed.names
        return lambda rows: (
            {name: cell for name, cell in zip(names, row, strict=bool(names)) if cell is not None} for row in rows
        )
    converters = pushed.converters
    if not any(converters):
        return lambda rows: rows if pushed.names else (() for _ in rows)
    return lambda rows: (
        tuple(
            cell if cell is None or convert is None else convert(cell)
            for cell, convert in zip(row, converters, strict=True)
        )
        for row in rows
    )
