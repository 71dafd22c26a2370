"""`mv-expand`: one row for each item of an array or bag."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import names, syntax
from emulator.kql.binder import conversions, functions, settings, steps
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Bound, Names, bind_target
from emulator.kql.library import lookup
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.steps import Expand
from emulator.types import Column, ScalarType

NOT_EXPANDABLE = code(
    "KQL3026",
    "only a dynamic can be expanded",
    "`mv-expand` and `mv-apply` make a row of each item of an array or bag, which is a value of type dynamic. Split or "
    "parse a string first: `split(…)`, `parse_json(…)`.",
)
_T = ScalarType
_LEGACY_LIMIT = 128
_NO_LIMIT = 2**31 - 1


def bind_mv_expand(node: syntax.MvExpand, stream: Stream, scope: Scope) -> Stream:
    """Several values are expanded side by side; `to typeof(…)` converts the items."""
    given = settings.read(node.parameters, {"bagexpansion", "kind", "with_itemindex"}, scope)
    kind = settings.word(given.get("bagexpansion") or given.get("kind"), {"bag", "array"}, "bag", scope)
    limit: Expression = Const(_LEGACY_LIMIT if node.legacy else _NO_LIMIT, _T.LONG, node.keyword)
    if node.limit is not None:
        limit = row_count(node.limit, scope)
    index = settings.name(given["with_itemindex"], scope) if "with_itemindex" in given else ""
    return expand(node.items, stream, scope, node, (kind == "array", limit, index))


def expand(
    items: tuple[syntax.ExpandItem, ...],
    stream: Stream,
    scope: Scope,
    node: syntax.MvExpand | syntax.MvApply,
    how: tuple[bool, Expression, str],
) -> Stream:
    """The rows with one item of each value; `how` is whether bags give arrays, the limit, and the index column."""
    as_arrays, limit, index = how
    reserved = frozenset(column.name for column in stream.columns)
    taken = Names(scope.context, replaces=True, reserved=reserved)
    bound = [(_value(item, stream, scope, taken), item) for item in items if item.target is not None]
    targets = [Column(one.name, _T.DYNAMIC) for one, _ in bound]
    span = node.span
    if index:
        targets.append(Column(names.unique(index, taken.taken), _T.LONG))
    settings_given = (Const(as_arrays, _T.BOOL, span), limit, Const(bool(index), _T.BOOL, span))
    values = tuple(one.value for one, _ in bound if one.value is not None)
    (function,) = lookup("_mv_expand")
    step = Expand(function, (*settings_given, *values), tuple(targets), span)
    placeholders: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, span)) for one in targets]
    relation = steps.after(stream.relation, [step], steps.assigned(stream.columns, placeholders), span)
    casts = [
        (one.name, conversions.convert(Field(one.name, _T.DYNAMIC, span), functions.declared_type(kind, scope)))
        for one, item in bound
        if item.type is not None and isinstance(kind := item.type.type, syntax.TypeName)
    ]
    relation = steps.extended(relation, [(name, value) for name, value in casts if value.type is not _T.DYNAMIC], span)
    return replace(stream, relation=relation)


def _value(item: syntax.ExpandItem, stream: Stream, scope: Scope, taken: Names) -> Bound:
    assert item.target is not None
    bound = bind_target(item.target, scope.over(stream), taken)
    if bound.value is not None and bound.value.type is not _T.DYNAMIC:
        text = scope.context.source.slice(item.target.value.span)
        kind = bound.value.type.value
        help = f'split or parse it first, such as `split({text}, ",")`'
        raise scope.context.fail(NOT_EXPANDABLE, f"this is of type {kind}", item.target.value.span, help)
    return bound
