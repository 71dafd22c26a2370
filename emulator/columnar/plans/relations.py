"""Relations of a plan as SQL, from the scans up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from sqlglot import exp

from emulator.columnar.expressions.bounds import Value
from emulator.columnar.expressions.cells import SQL_TYPES
from emulator.columnar.expressions.meanings import Meanings
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.encoding import Files
from emulator.columnar.plans.fusing import fused
from emulator.columnar.plans.grouping import grouped
from emulator.columnar.plans.pairing import paired
from emulator.columnar.plans.rows import (
    GROUPED,
    MOST_BITS,
    NUMBERED_BITS,
    Key,
    Rows,
    Untranslatable,
    inner,
    ordinal,
    subquery,
)
from emulator.columnar.plans.scanning import nothing, scanned
from emulator.columnar.plans.sorting import sort_key
from emulator.columnar.plans.stepping import Stepping, merged_names
from emulator.interpreter.context import Run
from emulator.plan.expressions import Expression
from emulator.plan.reads import Read, read_of_input, read_of_join
from emulator.plan.relations import (
    Aggregate,
    Distinct,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    Union,
)
from emulator.plan.steps import Filter
from emulator.types import Rest, ScalarType


@dataclass(slots=True)
class Work:
    """What the engine has to do besides the queries for rows."""

    tables: list[exp.Create] = field(default_factory=list)
    """What to make first, in order."""
    notes: list[tuple[exp.Select, Callable[[int], str]]] = field(default_factory=list)
    """Queries that count, and what to say of the number; "" for nothing."""


class Translation:
    """Translates the relations of one plan for one run. What can't be said raises Untranslatable."""

    def __init__(
        self,
        files: Mapping[str, Files],
        run: Run,
        fixed: Callable[[Expression], object],
        meanings: Meanings,
        *,
        shares: bool,
    ) -> None:
        self._files = files
        self._run = run
        self._fixed = fixed
        self._shares = shares
        self._numbers = count()
        self._made: dict[tuple[int, Read], tuple[Relation, Rows | Untranslatable]] = {}
        self._shared: dict[int, Rows] = {}
        self._fused: dict[int, Rows] = {}
        self.meanings = meanings
        self.work = Work()

    def fresh(self, prefix: str) -> str:
        """A name that no other part of a query has."""
        return f"{prefix}{next(self._numbers)}"

    def scalars(self) -> Scalars:
        """What translates the expressions of one relation."""
        return Scalars(self._fixed, self.meanings)

    def fixed(self, expression: Expression) -> object:
        """The value of an expression that reads no row."""
        return self._fixed(expression)

    def rows(self, node: Relation, read: Read) -> Rows:
        """The rows of a relation, of which the columns `read` are looked at; None for all."""
        place = (id(node), read)
        if place not in self._made:
            self._made[place] = (node, self._tried(node, read))
        made = self._made[place][1]
        if isinstance(made, Untranslatable):
            raise made
        return made

    def _tried(self, node: Relation, read: Read) -> Rows | Untranslatable:
        try:
            return self._rows(node, read)
        except Untranslatable as answer:
            return answer

    def _rows(self, node: Relation, read: Read) -> Rows:
        match node:
            case Scan():
                return self._scan(node, read)
            case Segment():
                rows, done, why = self.steps(node, read)
                if done < len(node.steps):
                    raise Untranslatable(why)
                return rows
            case Union():
                return self._union(node, [self.rows(one, read) for one in node.inputs])
            case Limit():
                return self._limit(node, self.rows(node.input, read_of_input(node, read)))
            case Sort():
                return self._sort(node, self.rows(node.input, read_of_input(node, read)))
            case Distinct():
                return self._distinct(self.rows(node.input, None))
            case Aggregate():
                return self._aggregate(node, self.rows(node.input, read_of_input(node, read)))
            case Join():
                left, right = read_of_join(node, read)
                return self._join(node, self.rows(node.left, left), self.rows(node.right, right))
            case Share():
                return self._share(node)
            case _:
                raise Untranslatable(f"`{type(node).__name__}` has no SQL")

    def _scan(self, node: Scan, read: Read) -> Rows:
        if node.table not in self._files:
            if node.table in self._run.tables or node.row.rest is Rest.OPEN:
                raise Untranslatable("its rows are no Parquet files of one form")
            return nothing(node, self.fresh("t"))
        return scanned(node, self._files[node.table], self._run, read)

    def steps(self, node: Segment, read: Read) -> tuple[Rows, int, str]:
        """The rows behind the steps of a segment that SQL can say, how many those are, and why not the next."""
        below = self._fused.get(id(node))
        rows = self.rows(node.input, read_of_input(node, read)) if below is None else below
        stepping = Stepping(self.scalars(), self.fresh, is_open=node.input.row.rest is Rest.OPEN)
        wanted = frozenset(node.row.names) if read is None else read
        if below is None:
            return stepping.through(rows, node.steps, wanted)
        leading = leading_filters(node)
        rows, done, why = stepping.through(rows, node.steps[leading:], wanted)
        return rows, done + leading, why

    def leg(self, node: Segment, read: Read) -> Rows | None:
        """The rows behind the leading filters of a segment over files, where there are such filters."""
        leading = leading_filters(node)
        if not leading:
            return None
        rows = self.rows(node.input, read_of_input(node, read))
        stepping = Stepping(self.scalars(), self.fresh, is_open=node.input.row.rest is Rest.OPEN)
        rows, done, _ = stepping.through(rows, node.steps[:leading], frozenset(rows.values))
        return rows if done == leading else None

    def fuse(self, legs: Sequence[tuple[Segment, Rows]]) -> None:
        """One scan for the leading filters of several segments over one table."""
        name = self.fresh("s")
        wanted, marks = fused([rows.where for _, rows in legs])
        columns = {column.name: column for _, rows in legs for column in _columns_of(rows)}
        place = legs[0][1].order[0].sql
        selected = [
            *columns.values(),
            exp.alias_(place.copy(), "o"),
            *(exp.alias_(mark, f"k{number}") for number, mark in enumerate(marks)),
        ]
        found = replace(legs[0][1], where=tuple(wanted)).query(selected, ordered=False)
        self._make(name, found)
        for number, (node, rows) in enumerate(legs):
            order = (Key(exp.column("o")),)
            where = (exp.column(f"k{number}"),)
            self._fused[id(node)] = replace(rows, source=exp.to_table(name), where=where, order=order)

    def _make(self, name: str, query: exp.Select) -> None:
        self.work.tables.append(exp.Create(this=exp.to_table(name), kind="TABLE", expression=query))

    def kept(self, rows: Rows) -> Rows:
        """The rows in a table of their own, for more than one use."""
        columns, behind = inner(rows)
        name = self.fresh("s")
        self._make(name, rows.query(columns, ordered=False))
        return replace(behind, source=exp.to_table(name))

    def nested(self, rows: Rows, limit: int | None = None) -> Rows:
        """The rows from a query of their own; the first ones with a limit."""
        columns, behind = inner(rows)
        query = rows.query(columns, ordered=limit is not None)
        if limit is not None:
            query = query.limit(limit)
        return replace(behind, source=subquery(query, self.fresh("t")))

    def numbered(self, rows: Rows) -> Rows:
        """The rows with an ordinal."""
        if ordinal(rows) is not None:
            return rows
        columns, behind = inner(rows)
        window = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[key.ordered for key in rows.order]))
        columns.append(exp.alias_(window, "o"))
        source = subquery(rows.query(columns, ordered=False), self.fresh("t"))
        return replace(behind, source=source, order=(Key(exp.column("o")),), bits=NUMBERED_BITS, as_given=False)

    def _union(self, node: Union, inputs: list[Rows]) -> Rows:
        numbered = [self.numbered(rows) for rows in inputs]
        bits = max(rows.bits for rows in numbered)
        names, agree = list(node.row.names), True
        if node.row.rest is Rest.OPEN:
            names, agree = merged_names([rows.values for rows in numbered])
        else:
            names = [name for name in names if all(name in rows.values for rows in numbered)]
        if bits + len(inputs).bit_length() > MOST_BITS:
            raise Untranslatable("too many unions lie inside each other")
        parts = [self._part(rows, names, number << bits) for number, rows in enumerate(numbered)]
        made: exp.Expr = parts[0]
        for part in parts[1:]:
            made = exp.Union(this=made, expression=part, distinct=False)
        types = {name: next(rows.values[name].type for rows in numbered if name in rows.values) for name in names}
        values = {name: Value(exp.column(f"v{place}"), types[name]) for place, name in enumerate(names)}
        settled = agree and all(rows.settled for rows in numbered)
        return Rows(
            exp.Subquery(this=made, alias=exp.TableAlias(this=exp.to_identifier(self.fresh("t")))),
            (),
            values,
            (Key(exp.column("o")),),
            bits + len(inputs).bit_length(),
            as_given=all(rows.as_given for rows in numbered),
            settled=settled,
        )

    @staticmethod
    def _part(rows: Rows, names: Sequence[str], before: int) -> exp.Select:
        place = rows.order[0].sql.copy()
        columns = []
        for number, name in enumerate(names):
            value = rows.values.get(name)
            sql = exp.cast(exp.null(), SQL_TYPES[ScalarType.TEXT]) if value is None else value.sql
            columns.append(exp.alias_(sql.copy(), f"v{number}"))
        if before:
            place = exp.Add(this=place, expression=exp.Literal.number(before))
        return rows.query([*columns, exp.alias_(place, "o")], ordered=False)

    def _limit(self, node: Limit, rows: Rows) -> Rows:
        limit = self.fixed(node.count)
        most = max(0, limit) if isinstance(limit, int) else 0
        if not node.noted:
            return self.nested(rows, most)
        kept = self.kept(self.nested(rows, most + 1))
        text = f"rows beyond the limit of {limit or 0} were left out"
        self._note(kept, lambda found: text if found > most else "")
        return self.nested(kept, most)

    def _note(self, kept: Rows, say: Callable[[int], str]) -> None:
        query = exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(kept.source.copy(), copy=False)
        self.work.notes.append((query, say))

    def _sort(self, node: Sort, rows: Rows) -> Rows:
        is_open = node.input.row.rest is Rest.OPEN
        keys = [sort_key(key, rows.values, self.scalars(), is_open=is_open) for key in node.keys]
        limit = node.limit
        if limit is not None and node.noted:
            rows = self.kept(replace(rows, order=(*keys, *rows.order), as_given=False))
            self._note(rows, lambda found: _left_out(found, limit))
            return self.nested(rows, limit)
        ordered = replace(rows, order=(*keys, *rows.order), as_given=False)
        return ordered if limit is None else self.nested(ordered, limit)

    def _distinct(self, rows: Rows) -> Rows:
        if not all(value.type in GROUPED for value in rows.values.values()):
            raise Untranslatable("values of some column are equal in another way than in SQL")
        return self._one_each(self.numbered(rows), list(rows.values))

    def _one_each(self, rows: Rows, names: Sequence[str]) -> Rows:
        """The first row of each combination of values."""
        columns, behind = inner(rows)
        place = exp.column("o0")
        source = subquery(rows.query(columns, ordered=False), self.fresh("t"))
        keys = [behind.values[name].sql for name in names]
        selected = [exp.alias_(key.copy(), f"v{number}") for number, key in enumerate(keys)]
        selected.append(exp.alias_(exp.Min(this=place), "o"))
        query = exp.Select(expressions=selected).from_(source, copy=False)
        if keys:
            query = query.group_by(*(exp.Literal.number(number + 1) for number in range(len(keys))))
        else:
            query = query.having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(0)))
        values = {name: Value(exp.column(f"v{number}"), rows.values[name].type) for number, name in enumerate(names)}
        return Rows(
            subquery(query, self.fresh("t")),
            (),
            values,
            (Key(exp.column("o")),),
            rows.bits,
            as_given=False,
            settled=rows.settled,
        )

    def _aggregate(self, node: Aggregate, rows: Rows) -> Rows:
        made = grouped(node, self.numbered(rows), self.scalars(), self.fresh)
        if node.limit is None:
            return made
        kept = self.kept(made)
        limit = node.limit
        self._note(kept, lambda found: f"groups beyond the limit of {limit} were left out" if found > limit else "")
        return self.nested(kept, limit)

    def _join(self, node: Join, left: Rows, right: Rows) -> Rows:
        return paired(node, self.numbered(left), self.numbered(right), self.scalars(), self.fresh)

    def _share(self, node: Share) -> Rows:
        if not self._shares:
            raise Untranslatable("its rows are shared with a further table")
        if node.key not in self._shared:
            self._shared[node.key] = self.kept(self.rows(node.input, None))
        return self._shared[node.key]


def leading_filters(node: Segment) -> int:
    """How many filters stand at the start of a segment."""
    return next((place for place, step in enumerate(node.steps) if not isinstance(step, Filter)), len(node.steps))


def _columns_of(rows: Rows) -> list[exp.Column]:
    """The columns of files that values of rows read."""
    return [
        column.copy()
        for value in rows.values.values()
        for sql in (value.sql, value.lies)
        if sql is not None
        for column in sql.find_all(exp.Column)
    ]


def _left_out(found: int, limit: int) -> str:
    return f"{found - limit} of {found} rows are beyond the limit of {limit}" if found > limit else ""
