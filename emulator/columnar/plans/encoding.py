"""How a column of a file is read as a value of its type: what the engine may compare, and what it hands on."""

from __future__ import annotations

from pathlib import Path

from sqlglot import exp

from emulator.clock import TICKS_PER_MICROSECOND, UNIX_EPOCH
from emulator.columnar.expressions.bounds import Value
from emulator.columnar.expressions.cells import SQL_TYPES
from emulator.nodes import record
from emulator.types import ScalarType

WHOLE_TYPES = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_INT = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"})
_INSTANTS = frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS"})
_COMPARABLE: dict[ScalarType, frozenset[str]] = {
    ScalarType.STRING: frozenset({"VARCHAR"}),
    ScalarType.TEXT: frozenset({"VARCHAR", "BOOLEAN"}) | WHOLE_TYPES,
    ScalarType.BOOL: frozenset({"BOOLEAN"}),
    ScalarType.INT: _INT,
    ScalarType.LONG: WHOLE_TYPES,
    ScalarType.DATETIME: _INSTANTS,
}
"""The engine's types whose values compare as the values of a type do."""
_SAME: dict[ScalarType, frozenset[str]] = {
    **_COMPARABLE,
    ScalarType.REAL: frozenset({"DOUBLE"}),
    ScalarType.DYNAMIC: frozenset({"VARCHAR", "BOOLEAN", "DOUBLE"}) | WHOLE_TYPES,
}
"""The engine's types whose values become values of a type without a look at each."""


@record
class Held:
    """A column of a file: its place among the file's columns, and the engine's name of its type."""

    name: str
    place: int
    type: str

    @property
    def sql(self) -> exp.Expr:
        """The column as the engine holds it. Names are places: the engine ignores the case of names."""
        return exp.column(f"c{self.place}")

    @property
    def raw(self) -> exp.Expr:
        """The column as Python gets it; instants without a zone, in UTC."""
        return exp.cast(self.sql, "TIMESTAMP") if self.is_zoned else self.sql

    @property
    def is_zoned(self) -> bool:
        """True for instants with a zone, which is UTC."""
        return self.type == "TIMESTAMP WITH TIME ZONE"

    def compared(self, wanted: ScalarType) -> exp.Expr | None:
        """The column as SQL may compare it with values of a type; None when it may see them otherwise."""
        if self.type not in _COMPARABLE.get(wanted, frozenset()):
            return None
        if wanted is ScalarType.TEXT and self.type != "VARCHAR":
            return exp.cast(self.sql, "VARCHAR")
        return self.sql

    def handed_on(self, wanted: ScalarType) -> exp.Expr | None:
        """The column as a value of a type, ready for use; None when each cell has to be converted."""
        if self.type not in _SAME.get(wanted, frozenset()):
            return None
        match wanted:
            case ScalarType.STRING:
                return exp.Coalesce(this=self.sql, expressions=[exp.Literal.string("")])
            case ScalarType.DATETIME:
                microseconds = exp.func("epoch_us", self.sql)
                return exp.Add(
                    this=exp.Mul(this=microseconds, expression=exp.Literal.number(TICKS_PER_MICROSECOND)),
                    expression=exp.Literal.number(UNIX_EPOCH),
                )
            case _:
                return self.sql

    def value(self, wanted: ScalarType) -> Value | None:
        """The column as an exact value of a type, as `cells` tells; None when each cell has to be converted."""
        made = self.handed_on(wanted)
        if made is None or (wanted is ScalarType.DYNAMIC and self.type == "DOUBLE"):
            return None
        match wanted:
            case ScalarType.STRING | ScalarType.DATETIME:
                return Value(made, wanted, lies=self.sql)
            case ScalarType.DYNAMIC if self.type == "VARCHAR":
                return Value(exp.cast(exp.func("to_json", made), "VARCHAR"), wanted)
            case _:
                return Value(made if self.type == SQL_TYPES[wanted] else exp.cast(made, SQL_TYPES[wanted]), wanted)


@record
class Files:
    """A table in Parquet files, and its columns in order."""

    paths: tuple[Path, ...]
    columns: tuple[Held, ...]

    def find(self, name: str, other: str = "") -> Held | None:
        """The column of a name, or of its second name."""
        by_name = {held.name: held for held in self.columns}
        return by_name.get(name) or by_name.get(other)

    @property
    def relation(self) -> exp.Expr:
        """What to select from; columns are called by their places."""
        paths = exp.Array(expressions=[exp.Literal.string(str(path)) for path in self.paths])
        names = [exp.to_identifier(f"c{held.place}") for held in self.columns]
        read = exp.Anonymous(this="read_parquet", expressions=[paths])
        return exp.Table(this=read, alias=exp.TableAlias(this=exp.to_identifier("t"), columns=names))
