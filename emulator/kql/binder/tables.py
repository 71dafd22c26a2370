"""Expressions that stand for rows: tables, tables written out, names for rows, and the pipelines over them."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code, did_you_mean
from emulator.kql import syntax
from emulator.kql.binder import branching, conversions, functions, stand_ins
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.patterns import bind_pattern, is_pattern
from emulator.kql.binder.pipelines import bind_pipeline
from emulator.kql.binder.scope import BrokenBinding, FunctionBinding, ScalarBinding, Scope, Stream, TableBinding
from emulator.plan.expressions import Const, Expression
from emulator.plan.relations import Scan, Share, Values
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

UNKNOWN_TABLE = code(
    "KQL2002",
    "unknown table",
    "There is no table of this name in the schema, and no `let` declares it. Names are case-sensitive. Tables of your "
    "own belong into the schema files of the repository.",
)
NOT_ROWS = code(
    "KQL3018",
    "a value where rows are expected",
    "A pipeline begins with a table, `datatable`, `print`, `range`, `union` or a function that gives rows.",
)
WRONG_VALUES = code(
    "KQL3019",
    "values that do not fit a datatable",
    "A datatable has one constant for each column of each row, of the column's type.",
)


def bind_table(node: syntax.Expression, scope: Scope) -> Stream:
    """Bind an expression to one table. Raises UnbindableError after reporting what is wrong."""
    return branching.require_one(bind_tables(node, scope), node.span, scope)


def bind_tables(node: syntax.Expression, scope: Scope) -> Stream:
    """The same where several tables may stand: at the end of a query, or behind a name for them."""
    match node:
        case syntax.Pipeline():
            return bind_pipeline(node, scope)
        case syntax.NameRef():
            return _name(node, scope)
        case syntax.DataTable():
            return _data_table(node, scope)
        case syntax.Materialize():
            inner = bind_table(node.value, scope)
            relation = inner.relation
            return replace(inner, relation=Share(relation, scope.context.number(), relation.row, node.span))
        case syntax.ToTable(value=value) | syntax.DataScope(value=value):
            return bind_table(value, scope)
        case syntax.Call():
            return _call(node, scope)
        case syntax.Member() | syntax.MemberCall() | syntax.ExternalData():
            return stand_ins.bind_remote(node, scope)
        case _:
            raise scope.context.fail(NOT_ROWS, "rows are expected here", node.span, "begin with the name of a table")


def scan(name: str, span: Span, scope: Scope) -> Stream | None:
    """The rows of a table of the catalogue."""
    row = scope.context.catalogue.table(name)
    return None if row is None else Stream(Scan(name, row, span), name=name)


def _name(node: syntax.NameRef, scope: Scope) -> Stream:
    match scope.environment.find(node.name):
        case TableBinding(stream=stream):
            return stream
        case BrokenBinding():
            raise UnbindableError
        case FunctionBinding() as binding if not binding.function.parameters:
            call = syntax.Call(node.span, syntax.Name(node.span, node.name), ())
            return replace(functions.call_for_rows(binding, call, scope), name=node.name)
        case FunctionBinding():
            help = f"call it: `{node.name}(…)`"
            raise scope.context.fail(NOT_ROWS, f"`{node.name}` is a function", node.span, help)
        case ScalarBinding():
            help = "to look for a value in it, use `in`; to make rows of an array, use `print` and `mv-expand`"
            raise scope.context.fail(NOT_ROWS, f"`{node.name}` is a value, not rows", node.span, help)
        case None:
            return scan(node.name, node.span, scope) or unknown_table(node.name, node.span, scope)


def unknown_table(name: str, span: Span, scope: Scope) -> Stream:
    """Report a name of a table that does not exist."""
    known = [*scope.environment, *scope.context.catalogue.names()]
    help = did_you_mean(name, known, "add it to the schema, or declare it with `let`")
    raise scope.context.fail(UNKNOWN_TABLE, f"unknown table `{name}`", span, help)


def _call(node: syntax.Call, scope: Scope) -> Stream:
    name = node.name.text
    binding = scope.environment.find(name)
    if isinstance(binding, FunctionBinding):
        return functions.call_for_rows(binding, node, scope)
    if is_pattern(name, scope):
        return bind_pattern(node, None, scope)
    if name == "table" and node.arguments:
        value = constant(scope.context.expression(node.arguments[0].value, scope.over(None)))
        if value is not None and isinstance(value.value, str):
            return _name(syntax.NameRef(node.span, value.value), scope)
    return stand_ins.bind_function(node, scope)


def _data_table(node: syntax.DataTable, scope: Scope) -> Stream:
    columns = tuple(Column(column.name.text, functions.declared_type(column.type, scope)) for column in node.columns)
    width = len(columns)
    if not width or len(node.values) % width:
        message = f"{len(node.values)} values do not fill rows of {width} columns"
        help = "write one value for each column of each row"
        raise scope.context.fail(WRONG_VALUES, message, node.span, help)
    cells = [_cell(value, columns[position % width], scope) for position, value in enumerate(node.values)]
    rows = tuple(tuple(cells[start : start + width]) for start in range(0, len(cells), width))
    return Stream(Values(rows, RowType(columns), node.span))


def _cell(node: syntax.Expression, column: Column, scope: Scope) -> Expression:
    """A value of a datatable, as one of its column's type."""
    value = constant(scope.context.expression(node, scope.over(None)))
    if value is None:
        raise scope.context.fail(WRONG_VALUES, "a datatable holds constants", node.span, "write the value out")
    if value.value is None and value.type is not ScalarType.STRING:
        return Const(column.type.null, column.type, value.span)
    if value.type is column.type:
        return value
    converted = conversions.convert(value, column.type)
    return constant(converted) or converted
