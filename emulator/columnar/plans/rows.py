"""Rows of a relation as SQL: where they come from, what holds of them, their values, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from emulator.columnar.expressions.bounds import Value
from emulator.columnar.plans.sifting import sifted
from emulator.nodes import record
from emulator.types import ScalarType

MOST_BITS = 62
"""Bits that an ordinal may have."""
NUMBERED_BITS = 40
"""Bits of an ordinal that counts rows."""
_LIGHT = (exp.Column, exp.Literal, exp.Null, exp.Boolean)


class Untranslatable(Exception):  # noqa: N818 - it is an answer, not a fault
    """A part of a plan that the engine does not evaluate; the text says why."""


@record
class Key:
    """What rows are ordered by."""

    sql: exp.Expr
    descending: bool = False
    nulls_first: bool = False

    @property
    def ordered(self) -> exp.Ordered:
        """As ORDER BY takes it."""
        return exp.Ordered(this=self.sql.copy(), desc=self.descending, nulls_first=self.nulls_first)


@record
class Rows:
    """Rows that SQL gives.

    Values, conditions and keys read the columns of `source`. The last key tells all rows apart; when it is the only
    one it is a whole number of `bits` bits, the ordinal. `as_given`: the engine gives the rows in this order by itself.
    `settled`: every row of events has its fields in the order of `values`.
    """

    source: exp.Expr
    where: tuple[exp.Expr, ...]
    values: Mapping[str, Value]
    order: tuple[Key, ...]
    bits: int
    as_given: bool
    settled: bool = True

    def kept(self, *conditions: exp.Expr) -> Rows:
        """The rows for which conditions hold."""
        return replace(self, where=(*self.where, *conditions))

    def valued(self, values: Mapping[str, Value]) -> Rows:
        """The rows with other values."""
        return replace(self, values=values)

    def query(self, columns: Iterable[exp.Expr], *, ordered: bool) -> exp.Select:
        """The columns of the rows, in order if that is asked for and does not come by itself."""
        made = exp.Select(expressions=list(columns) or [exp.Literal.number(0)])
        made = made.from_(self.source, copy=False)
        if self.where:
            is_scan = isinstance(self.source, exp.Table) and isinstance(self.source.this, exp.Anonymous)
            conditions = sifted(self.where) if is_scan else self.where
            made = made.where(*conditions, copy=False)
        if ordered and not self.as_given:
            made = made.order_by(*(key.ordered for key in self.order), copy=False)
        return made


def inner(rows: Rows, more: Mapping[str, exp.Expr] | None = None) -> tuple[list[exp.Expr], Rows]:
    """What to select so that the rows can be read from a query or table of their own, and the rows read from there.

    The caller puts in the `source`. `more` are further columns by name. A value that is a view of a column goes on as
    that column, which conditions compare faster.
    """
    columns: dict[str, exp.Expr] = dict(more or {})
    values: dict[str, Value] = {}
    for number, (name, value) in enumerate(rows.values.items()):
        seen = _seen(value)
        if _is_constant(value.sql):
            values[name] = value
        elif seen is None:
            columns[f"v{number}"] = value.sql
            values[name] = Value(exp.column(f"v{number}"), value.type)
        else:
            columns[f"v{number}"] = seen
            values[name] = _through(value, seen, exp.column(f"v{number}"))
    order = []
    for number, key in enumerate(rows.order):
        columns[f"o{number}"] = key.sql
        order.append(replace(key, sql=exp.column(f"o{number}")))
    selected = [exp.alias_(sql.copy(), name, copy=False) for name, sql in columns.items()]
    return selected, replace(rows, where=(), values=values, order=tuple(order))


def _is_constant(sql: exp.Expr) -> bool:
    """True for what needs no column; columns that nobody reads are the null of their type."""
    bare = sql.this if isinstance(sql, exp.Cast) else sql
    return isinstance(bare, exp.Null) or (isinstance(sql, _LIGHT) and not isinstance(sql, exp.Column))


def _seen(value: Value) -> exp.Column | None:
    """The one column that a value is a mere view of."""
    if isinstance(value.lies, exp.Column):
        return value.lies
    if isinstance(value.sql, exp.Cast) and isinstance(value.sql.this, exp.Column):
        return value.sql.this
    return None


def _through(value: Value, seen: exp.Column, column: exp.Column) -> Value:
    """The value with another column in place of the one that it is a view of."""
    sql = value.sql.transform(lambda node: column.copy() if node == seen else node)
    return replace(value, sql=sql, lies=None if value.lies is None else column.copy())


def subquery(select: exp.Select, name: str) -> exp.Expr:
    """A query to select from."""
    return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier(name)))


def is_light(value: Value) -> bool:
    """True for a value that costs nothing to compute again."""
    return isinstance(value.sql, _LIGHT) or _seen(value) is not None


def ordinal(rows: Rows) -> exp.Expr | None:
    """The number that tells where a row stands; None when several keys tell."""
    return rows.order[0].sql if len(rows.order) == 1 and not rows.order[0].descending else None


def conjunction(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """All conditions; true without any."""
    return exp.and_(*conditions, copy=False) if conditions else exp.true()


GROUPED = frozenset(
    {
        ScalarType.BOOL,
        ScalarType.INT,
        ScalarType.LONG,
        ScalarType.STRING,
        ScalarType.TEXT,
        ScalarType.DATETIME,
        ScalarType.TIMESPAN,
        ScalarType.GUID,
    }
)
"""Types whose values are equal, and stand before one another, in SQL as in Python."""
