"""Tables that a query looks values up in: lookup files that a caller gave, and tables that the query defines itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.assumptions import EMPTY_STAND_INS
from emulator.cql.binder.context import Context
from emulator.diagnostics import code
from emulator.plan.expressions import Const, Expression, ListQuery
from emulator.source import Span
from emulator.types import ScalarType

MISSING_FILE = code(
    "CQL5004",
    "a lookup file that nobody gave",
    'The query reads a file of the repository. Give it with the run as `given={"lookup:name.csv": rows}` (a list of '
    "mappings, or the text of a CSV or JSON file), or put it beside the rule as `lookups/name.csv`. Under the "
    "assumption `empty-stand-ins` it stands empty.",
)
Rows = tuple[Mapping[str, str], ...]


def table(context: Context, name: str, span: Span) -> Expression:
    """The rows of a defined table or lookup file, as an expression that is the same for the whole run."""
    defined = context.tables.get(name)
    if defined is not None:
        return ListQuery(defined, span)
    return Const(file_rows(context, name, span), ScalarType.VALUE, span)


def file_rows(context: Context, name: str, span: Span) -> Rows:
    """The rows of a lookup file; none after an error was reported, or where it stands empty."""
    given = context.given.get(f"lookup:{name}")
    if given is None:
        if not context.allows(EMPTY_STAND_INS):
            help = f'give it with the run: given={{"lookup:{name}": "column,…\\nvalue,…"}}, or as lookups/{name}'
            context.error(MISSING_FILE, f"the lookup file `{name}` was not given", span, help)
        return ()
    if isinstance(given, str):
        return _json_rows(given) if given.lstrip()[:1] in ("[", "{") else _csv_rows(given)
    return tuple(map(_texts, _mappings(given)))


def _mappings(given: object) -> Iterable[Mapping[str, Any]]:
    return (row for row in given if isinstance(row, Mapping)) if isinstance(given, Iterable) else ()


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): _text(value) for name, value in row.items() if value is not None}


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _csv_rows(text: str) -> Rows:
    """The first line names the columns; white space belongs to names and values."""
    lines = csv.reader(io.StringIO(text, newline=""))
    names = next(lines, [])
    return tuple(dict(zip(names, line, strict=False)) for line in lines if line)


def _json_rows(text: str) -> Rows:
    """An array of objects, or an object of objects whose keys stand in a column without a name."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if isinstance(document, dict):
        return tuple({"": key, **_texts(value)} for key, value in document.items() if isinstance(value, dict))
    return tuple(map(_texts, _mappings(document)))
