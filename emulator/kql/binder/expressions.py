"""Expressions: from what is written to typed expressions of the plan."""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

from emulator.diagnostics import Label, code, did_you_mean
from emulator.kql import syntax
from emulator.kql.binder import conversions, lists, operations
from emulator.kql.binder.callables import bind_call
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.functions import call_for_value, gives_rows
from emulator.kql.binder.scope import BrokenBinding, FunctionBinding, ScalarBinding, Scope, Stream, TableBinding
from emulator.kql.binder.stand_ins import missing, names_rows
from emulator.plan.expressions import And, Const, Expression, Field, Or, ScalarQuery, fields
from emulator.source import Span
from emulator.types import Scalar, ScalarType

UNKNOWN_NAME = code(
    "KQL2001",
    "unknown name",
    "An expression names something that is neither a column of the rows at this place nor declared by `let`. "
    "Names are case-sensitive.",
)
COLUMN_GONE = code(
    "KQL2004",
    "column no longer exists here",
    "An earlier operator such as `project` or `summarize` did not pass the column on. Use the column before that "
    "operator, or let the operator keep it.",
)
NOT_A_VALUE = code(
    "KQL3005",
    "a table where a value is expected",
    "A table, a pipeline or a function of rows can't stand where one value is expected. `toscalar(…)` makes a value of "
    "its first row; `in (…)` asks whether a value is in its first column.",
)
NOT_A_CONDITION = code(
    "KQL3002",
    "not a condition",
    "Conditions are of type bool. Other types have to be compared with something.",
)
NOT_HERE = code(
    "KQL3006",
    "this form has no meaning here",
    "The expression is written correctly but can't stand at this place.",
)
WHOLE_ELEMENT = code(
    "KQL4081",
    "a whole node or edge as a value",
    "The product takes a node or an edge of a pattern as a value, and does not say what that is. Name its properties, "
    "or use `node_id`.",
)
_T = ScalarType


def bind_expression(node: syntax.Expression, scope: Scope) -> Expression:
    """Bind an expression to a value. Raises UnbindableError after reporting what is wrong."""
    match node:
        case syntax.Literal():
            return _literal(node)
        case syntax.DynamicLiteral():
            return Const(_dynamic(node.value), _T.DYNAMIC, node.span)
        case syntax.NameRef():
            return _name(node, scope)
        case syntax.Call():
            return bind_call(node, scope)
        case syntax.Member(value=value, name=name):
            return _member(value, Const(name.text, _T.STRING, name.span), node.span, scope)
        case syntax.Element(value=value, index=index):
            return _member(value, _index(index, scope), node.span, scope)
        case syntax.Unary():
            return operations.unary(node, bind_expression(node.operand, scope), scope)
        case syntax.Binary():
            return _binary(node, scope)
        case syntax.Logical():
            return _logical(node, scope)
        case syntax.InList():
            return lists.bind_in(node, scope)
        case syntax.Between():
            return operations.between(node, scope)
        case syntax.ToScalar():
            return _to_scalar(node, scope)
        case syntax.Star():
            raise scope.context.fail(NOT_HERE, "`*` is not a value", node.span, "name a column")
        case _:
            return _table_as_value(node, scope)


def bind_condition(node: syntax.Expression, scope: Scope, what: str) -> Expression:
    """Bind an expression that has to be of type bool."""
    value = bind_expression(node, scope)
    if value.type is not _T.BOOL:
        help = f"compare it with something, such as `{scope.context.source.slice(node.span)[:40]} != …`"
        if value.type is _T.DYNAMIC:
            help = "convert it with `tobool(…)`"
        message = f"{what} must be of type bool, not {value.type.value}"
        raise scope.context.fail(NOT_A_CONDITION, message, node.span, help, f"this is of type {value.type.value}")
    return value


def _literal(node: syntax.Literal) -> Const:
    kind = ScalarType(node.kind.value)
    value = str(node.value) if isinstance(node.value, UUID) else node.value
    return Const(kind.null if value is None else value, kind, node.span)


def _dynamic(value: syntax.DynamicValue) -> object:
    match value:
        case syntax.Literal(kind=kind, value=inner):
            scalar = ScalarType(kind.value)
            if inner is None or scalar in (_T.BOOL, _T.INT, _T.LONG, _T.REAL, _T.STRING):
                return inner
            return Scalar(scalar, str(inner) if isinstance(inner, UUID) else inner)
        case syntax.DynamicNull():
            return None
        case syntax.DynamicArray(items=items):
            return [_dynamic(item) for item in items]
        case syntax.DynamicBag(entries=entries):
            return {key.text: _dynamic(item) for key, item in entries}


def _name(node: syntax.NameRef, scope: Scope) -> Expression:
    """A column, else a declared value: a column shadows a `let`."""
    stream = scope.rows
    if stream is not None:
        if node.name in stream.broken:
            raise UnbindableError
        column = stream.find(node.name)
        if column is not None:
            return Field(column.name, column.type, node.span)
        if stream.pattern is not None and node.name in stream.pattern.elements:
            help = f"name one of its properties: `{node.name}.property`"
            raise scope.context.fail(WHOLE_ELEMENT, f"`{node.name}` is a whole node or edge", node.span, help)
    match scope.environment.find(node.name):
        case ScalarBinding(value=value, rows=rows):
            return _bound(value, rows, node, scope)
        case BrokenBinding():
            raise UnbindableError
        case TableBinding():
            raise scope.context.fail(
                NOT_A_VALUE, f"`{node.name}` is a table", node.span, f"take a value of it: `toscalar({node.name})`"
            )
        case FunctionBinding() as binding if all(one.default for one in binding.function.parameters):
            call = syntax.Call(node.span, syntax.Name(node.span, node.name), ())
            return call_for_value(binding, call, scope)
        case FunctionBinding():
            raise scope.context.fail(
                NOT_A_VALUE, f"`{node.name}` is a function", node.span, f"call it: `{node.name}(…)`"
            )
        case None:
            return unknown_column(node.name, node.span, scope)


def _bound(value: Expression, rows: Stream | None, node: syntax.NameRef, scope: Scope) -> Expression:
    """A declared value at its use; one that reads columns is good for the rows it was made for alone."""
    if rows is not scope.origin and fields(value):
        raise scope.context.fail(
            NOT_HERE,
            f"`{node.name}` depends on the row of the call and can't be used over other rows",
            node.span,
            "pass a constant, or use `lookup` or `join` to bring the value to these rows",
        )
    return value


def unknown_column(name: str, span: Span, scope: Scope) -> NoReturn:
    """Report a name that means nothing here, with where it was lost or what is close to it."""
    stream = scope.rows
    if stream is not None and stream.open and scope.context.invents(name):
        raise UnbindableError
    for absent in stream.absent if stream else ():
        if absent.names is None or name in absent.names:
            missing(absent.key, span, scope, f"`{name}` comes with {absent.what}, which")
    shown = ", ".join(column.name for column in stream.visible[:12]) if stream else ""
    for stage in reversed(stream.history if stream else ()):
        if name in stage.names:
            also = [Label(stage.span, f"`{stage.keyword}` did not pass it on")]
            help = f"use it before `{stage.keyword}`, or keep it there"
            label = f"not in this stage's columns: {shown}"
            raise scope.context.fail(COLUMN_GONE, f"column `{name}` no longer exists here", span, help, label, also)
    otherwise = f"the columns here are: {shown}" if shown else "declare it with `let`"
    help = did_you_mean(name, scope.known_names(), otherwise)
    raise scope.context.fail(UNKNOWN_NAME, f"unknown column or variable `{name}`", span, help)


def _index(node: syntax.Expression, scope: Scope) -> Expression:
    index = bind_expression(node, scope.plain())
    if index.type not in (_T.INT, _T.LONG, _T.STRING, _T.DYNAMIC):
        message = f"an index is a number or a text, not {index.type.value}"
        raise scope.context.fail(
            NOT_HERE, message, node.span, 'use `[0]` for an item, `["key"]` for the value of a key'
        )
    return index


def _member(value: syntax.Expression, key: Expression, span: Span, scope: Scope) -> Expression:
    if isinstance(value, syntax.NameRef) and isinstance(key, Const) and scope.rows is not None:
        element = scope.rows.pattern.elements.get(value.name) if scope.rows.pattern is not None else None
        if element is not None and element.find(str(key.value)) is None:
            unknown_column(str(key.value), key.span, scope.over(element))
        remembered = scope.rows.find(f"{value.name}.{key.value}")
        if remembered is not None:
            return Field(remembered.name, remembered.type, span)
    holder = bind_expression(value, scope)
    if holder.type is not _T.DYNAMIC:
        scope.context.retype(holder, _T.DYNAMIC)
        text = scope.context.source.slice(value.span)
        help = f"parse it first: `parse_json({text})`" if holder.type is _T.STRING else "only a dynamic has parts"
        message = f"a value of type {holder.type.value} has no parts to get at"
        raise scope.context.fail(NOT_HERE, message, span, help)
    return conversions.named("_member", holder, conversions.box(key), gives=_T.DYNAMIC, span=span)


def _binary(node: syntax.Binary, scope: Scope) -> Expression:
    """Both operands, so that what is wrong with either is reported."""
    if isinstance(node.left, syntax.Star):
        return operations.any_column(node, scope)
    operands: list[Expression] = []
    for side in (node.left, node.right):
        try:
            operands.append(bind_expression(side, scope))
        except UnbindableError:
            continue
    if len(operands) < 2:
        raise UnbindableError
    left, right = operands
    return operations.binary(node, left, right, scope)


def _logical(node: syntax.Logical, scope: Scope) -> Expression:
    operands: list[Expression] = []
    failed = False
    for operand in node.operands:
        try:
            operands.append(bind_operand(operand, node, scope))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    joined = And if node.operator is syntax.LogicalOperator.AND else Or
    return joined(tuple(operands), node.span)


def bind_operand(operand: syntax.Expression, node: syntax.Logical, scope: Scope) -> Expression:
    """An operand of `and` or `or`: a bool, or a dynamic that is read as one."""
    value = bind_expression(operand, scope)
    if value.type is _T.DYNAMIC:
        return conversions.convert(value, _T.BOOL)
    if value.type is not _T.BOOL:
        message = f"an operand of `{node.operator.value}` must be of type bool, not {value.type.value}"
        raise scope.context.fail(NOT_A_CONDITION, message, operand.span, "compare it with something")
    return value


def _to_scalar(node: syntax.ToScalar, scope: Scope) -> Expression:
    if not gives_rows(node.value, scope.environment) and not names_rows(node.value, scope):
        return bind_expression(node.value, scope.over(None))
    stream = scope.context.table(node.value, scope.over(None))
    if not stream.visible:
        raise scope.context.fail(NOT_HERE, "`toscalar` needs a column", node.span, "add a column to the rows")
    return ScalarQuery(stream.relation, stream.visible[0].type, node.span)


def _table_as_value(node: syntax.Expression, scope: Scope) -> Expression:
    if isinstance(node, syntax.TypeOf):
        raise scope.context.fail(
            NOT_HERE, "`typeof` is not a value", node.span, "use it as an argument that asks for a type"
        )
    raise scope.context.fail(NOT_A_VALUE, "rows can't stand here", node.span, "take one value of them: `toscalar(…)`")
