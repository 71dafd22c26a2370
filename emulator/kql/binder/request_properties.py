"""`set name = value`: the request properties that change what a query gives; the others only say how it is run."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope
from emulator.kql.binder.settings import WRONG_SETTING
from emulator.plan.expressions import Const, ContextValue, Expression, FromContext
from emulator.plan.relations import Limit, Relation
from emulator.source import Span
from emulator.types import ScalarType

PROPERTY_GAP = code(
    "KQL4024",
    "a request property that is not emulated",
    "The property would change which rows the query gives: a scope in time, cursors, or schemas in place of rows. "
    "Write it into the query, for example as a `where`.",
)
_T = ScalarType
_NOW, _MOST = "query_now", "query_take_max_records"
_REFUSED = frozenset(
    {
        "query_cursor_after_default",
        "query_cursor_before_or_at_default",
        "query_cursor_current",
        "query_cursor_scoped_tables",
        "query_datetimescope_column",
        "query_datetimescope_from",
        "query_datetimescope_to",
        "query_results_apply_getschema",
    }
)


def take_up(statement: syntax.SetOption, scope: Scope) -> None:
    """Note what a `set` statement says. A property that would change rows and is not emulated is reported."""
    name = statement.name
    if name.text in _REFUSED:
        help = "leave it out, and write the condition into the query"
        scope.context.reporter.error(PROPERTY_GAP, f"`{name.text}` is not emulated", name.span, help)
    elif statement.value is not None:
        scope.context.settings[name.text] = statement.value


def moment_of_run(span: Span, scope: Scope) -> Expression:
    """What `now()` is: the time of the run, or the one that `query_now` sets."""
    value = _value(_NOW, _T.DATETIME, "datetime(2026-03-01)", scope)
    return FromContext(ContextValue.NOW, _T.DATETIME, span) if value is None else value


def limited(relation: Relation, scope: Scope) -> Relation:
    """The rows that a result shows: at most as many as `query_take_max_records` says."""
    most = _value(_MOST, _T.LONG, "100", scope)
    return relation if most is None else Limit(relation, most, relation.row, most.span, noted=True)


def _value(name: str, kind: ScalarType, example: str, scope: Scope) -> Const | None:
    """The constant that a property is set to; None where it is not set."""
    written = scope.context.settings.get(name)
    if written is None:
        return None
    known = constant(scope.context.expression(written, scope.over(None)))
    if known is None or known.type is not kind:
        message = f"`{name}` takes a constant of type {kind.value}"
        raise scope.context.fail(WRONG_SETTING, message, written.span, f"write `set {name} = {example};`")
    return known
