"""`reduce`: texts in groups of one pattern."""

from __future__ import annotations

from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import names, syntax
from emulator.kql.binder import settings, steps
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library.reducing import Reducer
from emulator.plan.relations import TableFunction
from emulator.types import Column, RowType, ScalarType

NOT_TEXTS = code(
    "KQL3045",
    "`reduce` groups texts",
    "`reduce by` takes a value of type string: convert it, for example with `tostring(…)`.",
)
CLUSTERS = assumption(
    "reduce-clusters",
    "kql",
    "how `reduce` groups is not published beyond the paper it is based on: a word at a place is frequent when more "
    "than `threshold` of the rows have it there, numbers never are, rows with the same frequent words are a group, and "
    "those of smaller groups are `others`; the product may split a group, and does so with thresholds near 1",
)
_T = ScalarType
_ADDED = (("Pattern", _T.STRING), ("Count", _T.LONG), ("Representative", _T.STRING))
_DEFAULT_THRESHOLD = 0.1


def bind_reduce(node: syntax.Reduce, stream: Stream, scope: Scope) -> Stream:
    """One row for each group; with `kind = source` the rows as they are, each with its group."""
    scope.context.rests_on(CLUSTERS.name)
    given = settings.read([*node.parameters, *node.properties], {"kind", "threshold", "characters"}, scope)
    source = settings.word(given.get("kind"), {"source"}, "", scope) == "source"
    value = scope.context.expression(node.value.value, scope.over(stream))
    if value.type is not _T.STRING:
        help = f"convert it: `tostring({scope.context.source.slice(node.value.value.span)[:60]})`"
        raise scope.context.fail(NOT_TEXTS, f"this is of type {value.type.value}", node.value.span, help)
    meaning = Reducer(_threshold(given, scope), _characters(given, scope), source)
    function = Function("kql", "_reduce", Kind.TABLE, "_reduce(rows: rows) -> rows", meaning, Nulls.TOTAL)
    label = scope.context.fresh()
    kept = list(stream.columns) if source else []
    wide = steps.extended(stream.relation, [(label, value)], node.span)
    relation = steps.kept(wide, [*kept, Column(label, _T.STRING)], node.span)
    row = RowType((*kept, *_added(kept)))
    return replace(stream, relation=TableFunction(function, (relation,), (), row, node.span))


def _added(kept: list[Column]) -> list[Column]:
    """The columns of a group, with names that the rows do not have."""
    taken = {column.name for column in kept}
    return [Column(names.unique(name, taken), kind) for name, kind in _ADDED]


def _threshold(given: dict[str, syntax.Expression], scope: Scope) -> float:
    """The part of the rows that makes a word frequent."""
    value = _constant(given.get("threshold"), scope)
    if value is None:
        return _DEFAULT_THRESHOLD
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        span = given["threshold"].span
        raise scope.context.fail(settings.WRONG_SETTING, "a number from 0 to 1 is expected", span, "write `0.1`")
    return float(value)


def _characters(given: dict[str, syntax.Expression], scope: Scope) -> str:
    """The characters that part words; none where everything but letters and digits does."""
    value = _constant(given.get("characters"), scope)
    if value is None or isinstance(value, str):
        return value or ""
    span = given["characters"].span
    raise scope.context.fail(settings.WRONG_SETTING, "a text is expected", span, 'write `characters = "-_"`')


def _constant(node: syntax.Expression | None, scope: Scope) -> object:
    if node is None:
        return None
    known = constant(scope.context.expression(node, scope.over(None)))
    return None if known is None else known.value
