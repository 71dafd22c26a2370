"""Sort keys as SQL."""

from __future__ import annotations

from sqlglot import exp

from emulator.columnar.expressions.bounds import Values
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.encoding import WHOLE_TYPES
from emulator.columnar.plans.rows import GROUPED, Key, Untranslatable
from emulator.columnar.plans.stepping import with_absent
from emulator.plan.expressions import fields
from emulator.plan.relations import Ordering, SortKey
from emulator.types import ScalarType

_NUMBER = r"\A-?[0-9]{1,15}(?:\.[0-9]{1,15})?\z"
"""Texts of this form are the numbers that a double holds exactly, or that read as the same double everywhere."""
_MAYBE_NUMBER = r"[0-9]|[^\x00-\x7f]|(?i:inf|nan)"
"""What a text has that may be a number of another form."""


def sort_key(key: SortKey, values: Values, scalars: Scalars, *, is_open: bool) -> Key:
    """A sort key over some values, of events if `is_open`. Raises Untranslatable."""
    known = with_absent(values, fields(key.value)) if is_open else values
    value = scalars.value(key.value, known)
    if value is None:
        raise Untranslatable(scalars.why_not(key.value, known) or "a sort key has no SQL")
    match key.ordering:
        case Ordering.NATURAL if value.type is ScalarType.REAL:
            sql: exp.Expr = exp.Case().when(exp.func("isnan", value.sql.copy()), exp.null()).else_(value.sql.copy())
        case Ordering.NATURAL | Ordering.TEXT if value.type in GROUPED:
            sql = value.lies if value.lies is not None and value.type is ScalarType.DATETIME else value.sql
        case Ordering.NUMERIC if value.type is ScalarType.TEXT:
            sql = _number(value.sql)
        case _:
            raise Untranslatable(f"values of the type {value.type.value} are sorted in a way that SQL does not know")
    return Key(sql.copy(), key.descending, key.nulls_first)


def _number(sql: exp.Expr) -> exp.Expr:
    """The number that a text spells, null for none; a text that only the interpreter can read is an error."""
    number = exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(_NUMBER))
    unsure = exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(_MAYBE_NUMBER))
    refused = exp.cast(exp.func("error", exp.Literal.string("a number of an unusual form")), "DOUBLE")
    read = exp.Case().when(number, exp.cast(sql.copy(), "DOUBLE")).when(unsure, refused).else_(exp.null())
    if not (isinstance(sql, exp.Cast) and isinstance(sql.this, exp.Column)):
        return read
    kinds = [exp.Literal.string(kind) for kind in sorted(WHOLE_TYPES)]
    is_whole = exp.In(this=exp.func("typeof", sql.this.copy()), expressions=kinds)
    return exp.Case().when(is_whole, exp.cast(sql.this.copy(), "BIGINT")).else_(exp.cast(refused.this.copy(), "BIGINT"))
