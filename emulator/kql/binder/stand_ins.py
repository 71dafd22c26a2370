"""Rows that only a workspace has, and what stands in for them: watchlists, external data, other databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from emulator.assumptions import EMPTY_STAND_INS
from emulator.diagnostics import code, did_you_mean
from emulator.functions import Kind
from emulator.kql import library, names, syntax
from emulator.kql.binder import conversions, external
from emulator.kql.binder.constants import constant
from emulator.kql.binder.graph_streams import refuse_stored
from emulator.kql.binder.patterns import bind_pattern, is_pattern
from emulator.kql.binder.rows_given import listed
from emulator.kql.binder.scope import Absent, Scope, Stream
from emulator.plan.expressions import Const
from emulator.plan.relations import Values
from emulator.regular import regular
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

MISSING_STAND_IN = code(
    "KQL2020",
    "a source that only a workspace has was not given",
    "The query reads a watchlist, external data or something else that lives in the product. Give its rows with the "
    "case or the run, or opt in to the assumption `empty-stand-ins`, under which it has no rows.",
)
UNKNOWN_ROWS = code(
    "KQL2008",
    "unknown function of rows",
    "No function of this name gives rows, and no `let` declares it.",
)
REMOTE_GAP = code(
    "KQL4012",
    "rows of another cluster",
    "The form reads rows from somewhere that the emulator can't stand in for.",
)
_T = ScalarType
_PLACES = frozenset({"adx", "app", "arg", "cluster", "database", "workspace"})
_ELSEWHERE = frozenset({"arg", "cluster", "database"})
"""Places whose tables need not be in the schema."""
_PARSERS = regular(r"_Im_\w+|_ASim_\w+|ASim\w+|v?im[A-Z]\w+")
"""Names of the parsers of the information model that Sentinel deploys."""
_WATCHLIST = (
    Column("_DTItemId", _T.STRING),
    Column("LastUpdatedTimeUTC", _T.DATETIME),
    Column("SearchKey", _T.STRING),
    Column("WatchlistItem", _T.DYNAMIC),
)


def bind_function(node: syntax.Call, scope: Scope) -> Stream:
    """A call that gives rows and that no `let` declares."""
    bind = _FUNCTIONS.get(node.name.text)
    if bind is not None:
        return bind(node, scope)
    name = node.name.text
    if name == "graph":
        refuse_stored(node, scope)
    if _PARSERS.fullmatch(name):
        return _without_columns(f"function:{name}", node.span, scope, f"the function `{name}`")
    known = [*_FUNCTIONS, *scope.environment]
    if library.lookup(name) or name in names.known(Kind.SCALAR):
        help = "write `print` before it, or use it in an expression"
        raise scope.context.fail(UNKNOWN_ROWS, f"`{name}` gives a value, not rows", node.span, help)
    otherwise = f"declare it with `let`, or give its text as the stand-in `function:{name}`"
    help = did_you_mean(name, known, otherwise)
    raise scope.context.fail(UNKNOWN_ROWS, f"unknown function `{name}`", node.name.span, help)


def names_rows(node: syntax.Expression, scope: Scope) -> bool:
    """True for what gives rows without being declared: a table, a call, a table of another database."""
    match node:
        case syntax.NameRef(name=name):
            return scope.environment.find(name) is None and scope.context.catalogue.table(name) is not None
        case syntax.Call(name=name):
            return name.text in _FUNCTIONS or name.text == "table" or is_pattern(name.text, scope)
        case syntax.Member(value=value):
            return _place(value) in _PLACES or is_pattern(_place(value), scope)
        case _:
            return False


def bind_remote(node: syntax.Member | syntax.MemberCall | syntax.ExternalData, scope: Scope) -> Stream:
    """`database("d").T` and its kin read the table of that name; `externaldata` is never fetched."""
    if isinstance(node, syntax.ExternalData):
        return _external(node, scope)
    if isinstance(node, syntax.Member):
        if isinstance(node.value, syntax.Call) and is_pattern(node.value.name.text, scope):
            return bind_pattern(node.value, node.name, scope)
        name, place = node.name.text, _place(node.value)
        if place in _ELSEWHERE and not _is_table(name, scope):
            stand = _without_columns if place == "arg" else _of_anybody
            return stand(f"{place}:{name}", node.span, scope, f"the table `{name}` of `{place}(…)`")
        return scope.context.table(syntax.NameRef(node.name.span, name), scope)
    return scope.context.table(node.call, scope)


def _place(node: syntax.Expression) -> str:
    """The function at the head of `cluster("c").database("d")`; empty for anything else."""
    while isinstance(node, syntax.Member | syntax.MemberCall):
        node = node.value
    return node.name.text if isinstance(node, syntax.Call) else ""


def _is_table(name: str, scope: Scope) -> bool:
    return scope.environment.find(name) is not None or scope.context.catalogue.table(name) is not None


def _external(node: syntax.ExternalData, scope: Scope) -> Stream:
    columns = external.declared(node, scope)
    rows: list[Mapping[str, object]] = []
    for address in external.addresses(node, scope):
        found = external.records(node, address, columns, scope)
        if found is None:
            stand_empty(f"externaldata:{address}", node.span, scope, "the file that `externaldata` reads")
        rows.extend(found or ())
    return _values(rows, columns, node.span)


def _watchlist(node: syntax.Call, scope: Scope) -> Stream:
    value = constant(scope.context.expression(node.arguments[0].value, scope.over(None))) if node.arguments else None
    if value is None or not isinstance(value.value, str):
        help = "write `_GetWatchlist('alias')`"
        raise scope.context.fail(UNKNOWN_ROWS, "a watchlist has a constant alias", node.span, help)
    key, what = f"watchlist:{value.value}", f"the watchlist `{value.value}`"
    if key in scope.context.given:
        return given_rows(key, _WATCHLIST, node.span, scope, what)
    return _unseen(key, _WATCHLIST, node.span, scope, what)


def given_rows(key: str, columns: Sequence[Column], span: Span, scope: Scope, what: str) -> Stream:
    """The rows that the caller gave under a key, or none under the assumption that stand-ins are empty."""
    rows = scope.context.given.get(key)
    if rows is None:
        stand_empty(key, span, scope, what)
        rows = ()
    return _values(listed(key, rows, span, scope), columns, span)


def stand_empty(key: str, span: Span, scope: Scope, what: str) -> None:
    """Note that a stand-in is taken to be empty; report that it is missing where that is not assumed."""
    if EMPTY_STAND_INS.name not in scope.context.assume:
        missing(key, span, scope, what)
    scope.context.rests_on(EMPTY_STAND_INS.name)


def _unseen(key: str, columns: Sequence[Column], span: Span, scope: Scope, what: str) -> Stream:
    """No rows, of a source whose columns are its owner's: it has those that the query names, as texts."""
    stand_empty(key, span, scope, what)
    known = {column.name for column in columns}
    more = (Column(name, kind) for name, kind in sorted(scope.context.invented.items()) if name not in known)
    return Stream(Values((), RowType((*columns, *more)), span), open=True)


def _without_columns(key: str, span: Span, scope: Scope, what: str) -> Stream:
    """No rows and no columns, of a source that alone says which it has: a query that names one needs the source."""
    rows = scope.context.given.get(key)
    if rows is not None:
        return _values(listed(key, rows, span, scope), (), span)
    stand_empty(key, span, scope, what)
    return Stream(Values((), RowType(()), span), absent=(Absent(key, what),))


def _of_anybody(key: str, span: Span, scope: Scope, what: str) -> Stream:
    """Rows of a table that the schema lacks: given, or none, with the columns that the query names."""
    rows = scope.context.given.get(key)
    if rows is None:
        return _unseen(key, (), span, scope, what)
    return _values(listed(key, rows, span, scope), (), span)


def missing(key: str, span: Span, scope: Scope, what: str) -> NoReturn:
    """Report that a stand-in was not given."""
    kind, _, name = key.partition(":")
    help = f'give its rows: `given={{"{key}": [{{…}}]}}`'
    if EMPTY_STAND_INS.name not in scope.context.assume:
        help += ", or opt in to the assumption `empty-stand-ins`"
    if kind == "function":
        help = f"put its text into `functions/{name}.kql` beside the rule, or give it as the stand-in `{key}`"
    raise scope.context.fail(MISSING_STAND_IN, f"{what} was not given", span, help)


def _values(records: Sequence[Mapping[str, object]], columns: Sequence[Column], span: Span) -> Stream:
    """Rows that the caller gave, with the columns that they have beside the known ones."""
    known = {column.name for column in columns}
    extra = dict.fromkeys(str(name) for row in records for name in row if name not in known)
    everything = (*columns, *(Column(name, _T.STRING) for name in extra))
    cells = tuple(tuple(_cell(row.get(column.name), column, span) for column in everything) for row in records)
    return Stream(Values(cells, RowType(everything), span))


def _cell(value: object, column: Column, span: Span) -> Const:
    """A value that came as text, number or JSON, as one of the column's type."""
    if value is None:
        return Const(column.type.null, column.type, span)
    if column.type is _T.DYNAMIC:
        return Const(value, _T.DYNAMIC, span)
    converted = constant(conversions.convert(Const(str(value), _T.STRING, span), column.type))
    assert converted is not None
    return converted


def _stored(node: syntax.Call, scope: Scope) -> Stream:
    """`external_table("t")` and its kin: rows that are given, or those of the table of that name."""
    value = constant(scope.context.expression(node.arguments[0].value, scope.over(None))) if node.arguments else None
    if value is None or not isinstance(value.value, str):
        help = f'write `{node.name.text}("name")`'
        raise scope.context.fail(UNKNOWN_ROWS, "a constant name is expected", node.span, help)
    name, key = value.value, f"{node.name.text}:{value.value}"
    if key not in scope.context.given and scope.context.catalogue.table(name) is not None:
        return scope.context.table(syntax.NameRef(node.span, name), scope)
    return _without_columns(key, node.span, scope, f"what `{node.name.text}` calls `{name}`")


_FUNCTIONS: dict[str, Callable[[syntax.Call, Scope], Stream]] = {
    "_GetWatchlist": _watchlist,
    "external_table": _stored,
    "materialized_view": _stored,
    "stored_query_result": _stored,
}
ROW_FUNCTIONS = frozenset({"table", *_FUNCTIONS, *_PLACES})
"""Functions that give rows without being declared."""
