"""Small generated functions of one row: the values of some expressions as a tuple."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.interpreter import code
from emulator.interpreter.context import Run, Runner
from emulator.interpreter.expressions import Compiler
from emulator.interpreter.layout import Slots
from emulator.plan.expressions import Expression, Field
from emulator.types import Rest, RowType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

RowFunction = Callable[[Any], Any]


def reader(row: RowType, builder: code.Builder) -> Callable[[Field], ast.expr]:
    """Code that reads a field of the row variable `r`: a slot of a closed row, a key of an open one."""
    if row.rest is Rest.OPEN:
        return lambda field: code.expr("r.get(K)", K=builder.constant(field.name))
    slots = Slots({name: position for position, name in enumerate(row.names)})
    columns = {column.name: column for column in row}
    return lambda field: slots.read(builder, columns[field.name])


def row_compiler(builder: code.Builder, row: RowType, runner: Callable[[Relation], Runner]) -> Compiler:
    """Compiles expressions over the row variable `r`."""
    whole = (lambda: code.name("r")) if row.rest is Rest.OPEN else None
    return Compiler(builder, reader(row, builder), runner, whole)


def tuple_maker(
    expressions: tuple[Expression, ...], row: RowType, runner: Callable[[Relation], Runner]
) -> Callable[[Run], RowFunction]:
    """`make(run)` gives a function from a row to the tuple of the expressions' values."""
    builder = code.Builder()
    compiler = row_compiler(builder, row, runner)
    values = [compiler.value(one) for one in expressions]
    return builder.factory(["r"], [ast.Return(code.tuple_of(values))])


def value_maker(
    expression: Expression, row: RowType, runner: Callable[[Relation], Runner]
) -> Callable[[Run], RowFunction]:
    """`make(run)` gives a function from a row to one value."""
    builder = code.Builder()
    compiler = row_compiler(builder, row, runner)
    return builder.factory(["r"], [ast.Return(compiler.value(expression))])
