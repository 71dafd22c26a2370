"""Expressions evaluated by the interpreter and by SQL, over the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

import emulator
from emulator.clock import from_datetime
from emulator.columnar.expressions.bounds import Value
from emulator.columnar.expressions.by_type import BY_TYPE
from emulator.columnar.expressions.cells import decoder, literal
from emulator.columnar.expressions.meanings import Meanings
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.encoding import Held
from emulator.functions import Mode
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.rowcode import value_maker
from emulator.interpreter.tables import converter
from emulator.plan.expressions import Call, Expression, Field
from emulator.plan.relations import Segment
from emulator.plan.steps import Assign, Filter
from emulator.types import Column, RowType, ScalarType

NOW = datetime(2024, 1, 1, tzinfo=UTC)
KQL = {"S": "string", "U": "string", "N": "long", "M": "long", "I": "int", "R": "real", "Q": "real", "B": "bool"}
KQL |= {"T": "datetime", "V": "datetime", "D": "dynamic"}
ARROW = {"string": pa.string(), "dynamic": pa.string(), "long": pa.int64(), "int": pa.int32(), "real": pa.float64()}
ARROW |= {"bool": pa.bool_(), "datetime": pa.timestamp("us", "UTC"), "text": pa.string()}
RUN = Run(from_datetime(NOW), {}, Limits())
TYPES = {"kql": KQL, "cql": dict.fromkeys(("S", "U", "N"), "text")}


def expression(language: str, text: str) -> Expression:
    """What a text means: a computed column (KQL), or a filter or assignment (CQL)."""
    if language == "kql":
        text = f"T | extend X = {text}"
    schemas = {"T": KQL} if language == "kql" else None
    root = emulator.compile(text, language=language, schemas=schemas).plan.root  # type: ignore[arg-type]  # one of two
    assert isinstance(root, Segment)
    step = next(one for one in root.steps if isinstance(one, Assign | Filter))
    return step.predicate if isinstance(step, Filter) else step.assignments[0].value


def from_columns(text: str) -> tuple[Expression, dict[str, Value]] | None:
    """A call whose function has SQL, its values as columns; None for any other."""
    call = expression("kql", text)
    if not isinstance(call, Call) or (call.function.sql is None and call.function.identity not in BY_TYPE):
        return None
    fixed = [value_maker(one, RowType(()), compile_relation)(RUN)(()) for one in call.arguments]
    columns: dict[str, Value] = {}
    arguments: list[Expression] = []
    for place, (value, one) in enumerate(zip(fixed, call.arguments, strict=True)):
        sql = literal(value, one.type)
        is_constant = call.function.signature.parameters[min(place, len(call.function.signature.parameters) - 1)].mode
        if sql is None or is_constant is Mode.CONSTANT:
            arguments.append(one)
            continue
        columns[f"given{place}"] = Value(sql, one.type)
        arguments.append(Field(f"given{place}", one.type, one.span))
    return replace(call, arguments=tuple(arguments)), columns


class Agreement:
    """Some rows, as the interpreter has them and as a table of the engine."""

    def __init__(self, language: str, rows: Sequence[Mapping[str, Any]]) -> None:
        types = TYPES[language]
        columns = [Column(name, ScalarType(kind)) for name, kind in types.items()]
        self._row = RowType(tuple(columns))
        converters = [converter(column) for column in columns]
        self._rows = [tuple(map(lambda f, n, r=row: f(r[n]), converters, types)) for row in rows]  # type: ignore[misc]  # a row at a time
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        arrow = pa.Table.from_pylist(list(rows), pa.schema([(name, ARROW[kind]) for name, kind in types.items()]))
        self._connection.register("given", arrow.rename_columns([f"c{place}" for place in range(len(types))]))
        self._connection.execute("CREATE TABLE t AS SELECT *, row_number() OVER () AS o FROM given")
        held = self._connection.execute("DESCRIBE t").fetchall()
        self.values = {
            name: _value(name, place, held[place][1], ScalarType(types[name])) for place, name in enumerate(types)
        }
        self.meanings = Meanings()
        self.scalars = Scalars(self._fixed, self.meanings)

    def _fixed(self, expression: Expression) -> object:
        return value_maker(expression, RowType(()), compile_relation)(RUN)(())

    def interpreted(self, expression: Expression) -> list[object]:
        """The values as the interpreter gives them."""
        function = value_maker(expression, self._row, compile_relation)(RUN)
        return [function(row) for row in self._rows]

    def valued(self, expressions: Sequence[Expression]) -> list[list[object]]:
        """The values of each expression as SQL gives them."""
        values = [self.scalars.value(one, self.values) for one in expressions]
        for one, value in zip(expressions, values, strict=True):
            assert value is not None, self.scalars.why_not(one, self.values)
        known = [value for value in values if value is not None]
        columns = self._columns([value.sql for value in known])
        return [list(_decoded(value.type, cells)) for value, cells in zip(known, columns, strict=True)]

    def kept(self, expressions: Sequence[Expression]) -> list[list[bool]]:
        """For each condition, of which rows SQL says that it is true."""
        conditions = [self.scalars.condition(one, self.values) for one in expressions]
        assert None not in conditions
        return [[cell is True for cell in cells] for cells in self._columns([one for one in conditions if one])]

    def _columns(self, values: Sequence[exp.Expr]) -> list[tuple[Any, ...]]:
        self.meanings.register(self._connection)
        query = exp.select(*values).from_("t").order_by("o")
        return list(zip(*self._connection.execute(query.sql("duckdb")).fetchall(), strict=True))

    def close(self) -> None:
        """Give back what the engine holds."""
        self._connection.close()


def _decoded(kind: ScalarType, cells: Iterable[Any]) -> Iterable[object]:
    decode = decoder(kind)
    return cells if decode is None else (None if cell is None else decode(cell) for cell in cells)


def _value(name: str, place: int, held: str, kind: ScalarType) -> Value:
    value = Held(name, place, held).value(kind)
    assert value is not None
    return value
