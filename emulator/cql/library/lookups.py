"""Functions that look events up in tables: lookup files, and tables that the query defines."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeAlias

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import MISSING_ARGUMENT, WRONG_ARGUMENT, Arguments
from emulator.cql.binder.calls import values_of
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.lookups import table
from emulator.cql.binder.subqueries import ONE_STREAM, interval, subquery
from emulator.cql.library.networks import address, network
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.values import Event, array_name
from emulator.cql.pattern_wildcards import wildcard
from emulator.functions import Library
from emulator.plan.expressions import Const, Expression, Field, Not
from emulator.plan.relations import Limit, Segment, TableFunction
from emulator.plan.steps import Expand, Extract, Filter, Keep
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "lookups")
Rows: TypeAlias = Sequence[Event]
Find: TypeAlias = Callable[[tuple[str | None, ...]], list[Event]]

GLOB_ORDER = assumption(
    "glob-order",
    "cql",
    "`match(mode=glob)` tries the keys in the order of their characters: the documentation says so of several matches",
)
ARRAY_OF_ROWS = assumption(
    "matchasarray-rows",
    "cql",
    "`matchAsArray()` has the latest row first, takes one unless `nrows` says more, and drops events without a match "
    "unless `strict=false`, as `match()` does; its array is called `_now` unless `asArray` says another name",
)
_MOST_MATCHES = 500
_MOST_TABLES = 10


def finder(rows: Rows, columns: tuple[str, ...], mode: str, ignore_case: bool) -> Find:
    """A function from values to the rows whose columns match them, the last row first."""
    match mode:
        case "cidr":
            return _cidr_finder(rows, columns[0])
        case "glob":
            return _glob_finder(rows, columns, ignore_case)
        case _:
            return _text_finder(rows, columns, ignore_case)


def _text_finder(rows: Rows, columns: tuple[str, ...], ignore_case: bool) -> Find:
    index: dict[tuple[str, ...], list[Event]] = {}
    for row in reversed(rows):
        key = tuple(row.get(column, "") for column in columns)
        index.setdefault(tuple(part.lower() for part in key) if ignore_case else key, []).append(row)

    def find(values: tuple[str | None, ...]) -> list[Event]:
        key = tuple((part or "").lower() if ignore_case else part or "" for part in values)
        return [] if None in values else index.get(key, [])

    return find


def _glob_finder(rows: Rows, columns: tuple[str, ...], ignore_case: bool) -> Find:
    ordered = sorted(rows, key=lambda row: [row.get(column, "") for column in columns])
    tests = [(row, [wildcard(f"*{row.get(column, '')}*", ignore_case) for column in columns]) for row in ordered]

    def find(values: tuple[str | None, ...]) -> list[Event]:
        if None in values:
            return []
        return [
            row for row, parts in tests if all(test(value or "") for test, value in zip(parts, values, strict=True))
        ]

    return find


def _cidr_finder(rows: Rows, column: str) -> Find:
    networks = [(found, row) for row in rows if (found := network(row.get(column, ""))) is not None]
    networks.sort(key=lambda one: one[0].prefixlen, reverse=True)

    def find(values: tuple[str | None, ...]) -> list[Event]:
        at = address(values[0])
        return [] if at is None else [row for one, row in networks if one.version == at.version and _holds(one, at)]

    return find


def _holds(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, at: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> bool:
    return at in one


def _matches_of(_: object, rows: Rows, columns: tuple[str, ...], *how: object) -> Callable[..., list[dict[str, str]]]:
    include, mode, ignore_case, most, strict = how
    find = finder(rows, columns, str(mode), bool(ignore_case))
    limit = most if isinstance(most, int) else _MOST_MATCHES

    def matches(values: tuple[str | None, ...]) -> list[dict[str, str]]:
        found = [_taken(row, columns, include) for row in find(values)[:limit]]
        return found or ([] if strict else [{}])

    return matches


def _taken(row: Event, columns: tuple[str, ...], include: object) -> dict[str, str]:
    """The columns of a row that the event gets: those asked for, or all but the keys."""
    if isinstance(include, tuple):
        return {name: row[name] for name in include if name in row}
    return {name: value for name, value in row.items() if name not in columns and name[:1] != "\0"}


@LIBRARY.assign(
    "operator:matches(values: any, rows: any, columns: any, include: any, mode: any, ignoreCase: any, nrows: any,"
    " strict: any) -> fields",
    specialise=_matches_of,
)
def matches(values: tuple[str | None, ...], rows: Rows, columns: tuple[str, ...], *how: object) -> list[dict[str, str]]:
    """The fields of each row that matches; without strictness nothing to add where none does."""
    return _matches_of(None, rows, columns, *how)(values)


def _first_of(_: object, *how: object) -> Callable[..., dict[str, str] | None]:
    every = _matches_of(None, *how)  # type: ignore[arg-type]  # the plan hands over what the binder put in
    return lambda values: next(iter(every(values)), None)


@LIBRARY.assign(
    "operator:first_match(values: any, rows: any, columns: any, include: any, mode: any, ignoreCase: any, nrows: any,"
    " strict: any) -> fields",
    specialise=_first_of,
)
def first_match(values: tuple[str | None, ...], *how: object) -> dict[str, str] | None:
    """The fields of the row that matches, or None."""
    return _first_of(None, *how)(values)


def _exists_of(_: object, *how: object) -> Callable[..., bool]:
    every = _matches_of(None, *how)  # type: ignore[arg-type]  # as above
    return lambda values: bool(every(values))


@LIBRARY.filter(
    "operator:has_match(values: any, rows: any, columns: any, include: any, mode: any, ignoreCase: any, nrows: any,"
    " strict: any) -> bool",
    specialise=_exists_of,
)
def has_match(values: tuple[str | None, ...], *how: object) -> bool:
    """True when a row matches."""
    return _exists_of(None, *how)(values)


@LIBRARY.table(
    "match(file: table = none, table: table = none, field: fields, column: texts = none, include: texts = none,"
    " mode: choice[string|glob|cidr] = string, glob: bool = false, ignoreCase: bool = false, strict: bool = true,"
    " nrows: limit = 1) -> filter",
    doc="match",
)
def lower_match(flow: Flow, arguments: Arguments) -> None:
    """Keeps events whose fields are in a table, and adds the other columns of the rows that match."""
    span = arguments.call.span
    rows = _rows_of(flow, arguments)
    if rows is None:
        return
    fields: tuple[str, ...] = arguments["field"]
    columns = _columns(flow, arguments, fields)
    mode = "glob" if arguments["glob"] else arguments["mode"]
    if mode == "cidr" and len(fields) > 1:
        message = "`match(mode=cidr)` of several fields is not documented"
        flow.context.error(MODE_GAP, message, arguments.span("field"), "match one field, and filter by the others")
        return
    if mode == "glob":
        flow.context.rest_on(GLOB_ORDER)
    how = (columns, arguments["include"], mode, arguments["ignoreCase"], arguments["nrows"], arguments["strict"])
    values = values_of([Field(name, ScalarType.TEXT, span) for name in fields], span)
    given = (values, rows, *(Const(one, ScalarType.VALUE, span) for one in how))
    if arguments.negated:
        flow.add(Filter(Not(operate("has_match", *given, span=span, kind=ScalarType.BOOL), span), span))
    elif arguments["nrows"] == 1:
        flow.add(Extract(operator("first_match"), given, (), True, span))  # noqa: FBT003 - required
    else:
        flow.add(Expand(operator("matches"), given, (), span))


def _rows_of(flow: Flow, arguments: Arguments) -> Expression | None:
    """The rows of the file or table that a call names; None after an error, which too many rows are too."""
    name, span = arguments.call.name, arguments.call.span
    rows: Expression | None = arguments["file"] or arguments["table"]
    if rows is None:
        help = f"add it: {name}(file=…, field=…)"
        flow.context.error(MISSING_ARGUMENT, f"`{name}()` needs the argument `file`", span, help)
    elif (arguments["nrows"] or 0) > _MOST_MATCHES:
        message = f"`nrows` is {_MOST_MATCHES} at most"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("nrows"), "write nrows=max")
        return None
    return rows


def _columns(flow: Flow, arguments: Arguments, fields: tuple[str, ...]) -> tuple[str, ...]:
    columns: tuple[str, ...] = arguments["column"] or fields
    if len(columns) != len(fields):
        message = "`field` and `column` of `match()` need the same number of names"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("column"), "name one column for each field")
        return fields
    return columns


@LIBRARY.table(
    "matchAsArray(file: table = none, table: table = none, field: fields, column: texts = none, include: texts = none,"
    " ignoreCase: bool = false, strict: bool = true, nrows: limit = 1, asArray: text = _now) -> events",
    doc="matchasarray",
)
def lower_match_as_array(flow: Flow, arguments: Arguments) -> None:
    """Keeps events whose fields are in a table, and adds the other columns of the rows that match as an array."""
    span = arguments.call.span
    rows = _rows_of(flow, arguments)
    if rows is None:
        return
    flow.context.rest_on(ARRAY_OF_ROWS)
    fields: tuple[str, ...] = arguments["field"]
    columns = _columns(flow, arguments, fields)
    how = (columns, arguments["include"], "string", arguments["ignoreCase"], arguments["nrows"], arguments["strict"])
    values = values_of([Field(name, ScalarType.TEXT, span) for name in fields], span)
    constants = (Const(one, ScalarType.VALUE, span) for one in (array_name(arguments["asArray"]), *how))
    flow.add(Extract(operator("matches_as_array"), (values, rows, *constants), (), True, span))  # noqa: FBT003 - required


def _array_of(_: object, rows: Rows, array: str, *how: object) -> Callable[..., dict[str, str] | None]:
    every = _matches_of(None, rows, *how)  # type: ignore[arg-type]  # as above

    def matches(values: tuple[str | None, ...]) -> dict[str, str] | None:
        found = every(values)
        items = {f"{array}[{at}].{name}": text for at, row in enumerate(found) for name, text in row.items()}
        return items if found else None

    return matches


@LIBRARY.assign(
    "operator:matches_as_array(values: any, rows: any, array: any, columns: any, include: any, mode: any,"
    " ignoreCase: any, nrows: any, strict: any) -> fields",
    specialise=_array_of,
)
def matches_as_array(values: tuple[str | None, ...], rows: Rows, array: str, *how: object) -> dict[str, str] | None:
    """The fields of all rows that match, as an array of objects; None when none does."""
    return _array_of(None, rows, array, *how)(values)


@LIBRARY.table(
    "defineTable(query: query, name: text, include: texts = none, start: text = none, end: text = none,"
    " view: text = none, repo: text = none) -> events",
    doc="definetable",
)
def lower_define_table(flow: Flow, arguments: Arguments) -> None:
    """Names the result of a query, for `match(table=…)` and `readFile()`."""
    span = arguments.call.span
    if len(flow.context.tables) >= _MOST_TABLES:
        help = f"define {_MOST_TABLES} tables at most"
        flow.context.error(WRONG_ARGUMENT, f"this is table {_MOST_TABLES + 1} of the query", span, help)
        return
    found = subquery(flow.context, arguments["query"], span, interval(flow.context, arguments))
    if found is None:
        return
    flow.context.rest_on(ONE_STREAM)
    relation = found.relation(span)
    if arguments["include"] and "*" not in arguments["include"]:
        relation = Segment(relation, (Keep(arguments["include"], span),), OPEN, span)
    flow.context.tables[arguments["name"]] = relation


@LIBRARY.table(
    "readFile(file: fields = none, table: fields = none, include: texts = none, limit: limit = none) -> aggregate",
    doc="readfile",
)
def lower_read_file(flow: Flow, arguments: Arguments) -> None:
    """The rows of files or defined tables, in place of all events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("readFile", span)
        return
    name = "table" if arguments["file"] is None else "file"
    if arguments[name] is None:
        message = "`readFile()` needs the argument `file`"
        flow.context.error(MISSING_ARGUMENT, message, span, "add it: readFile(file=…)")
        return
    tables = tuple(table(flow.context, one, arguments.span(name)) for one in arguments[name])
    given = (Const(arguments["include"], ScalarType.VALUE, span), *tables)
    flow.put(TableFunction(operator("table_rows"), (), given, OPEN, span), arguments["include"] or ())
    if arguments["limit"] is not None:
        count = Const(arguments["limit"], ScalarType.VALUE, span)
        flow.put(Limit(flow.relation(span), count, OPEN, span, noted=True), flow.columns)


@LIBRARY.table("operator:table_rows(include: any, ...tables: any) -> aggregate")
def table_rows(include: tuple[str, ...] | None, *tables: Rows) -> list[dict[str, str]]:
    """The rows of some tables, one after the other, with the columns asked for."""
    rows = [row for one in tables for row in one]
    return [{name: value for name, value in row.items() if not include or name in include} for row in rows]
