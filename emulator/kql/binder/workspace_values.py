"""Values that only a workspace knows, and what stands in for them: places of addresses, times of ingestion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import MeaningError
from emulator.kql import syntax
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.rows_given import WRONG_STAND_IN, listed
from emulator.kql.binder.scope import Scope
from emulator.kql.library import geo_databases, lookup
from emulator.kql.library.geo_places import FIELDS, Place, located, place
from emulator.plan.expressions import Call, Const, Expression, Field
from emulator.types import ScalarType

WRONG_GEO_CALL = code(
    "KQL3040",
    "a function of the workspace is called wrongly",
    "`geo_info_from_ip_address` takes one text; `ingestion_time` takes nothing.",
)
INGESTED_AT_ONCE = assumption(
    "ingested-at-once",
    "kql",
    "ingestion_time() of a record is the time that the record tells (TimeGenerated or Timestamp); it is null where "
    "rows have neither",
)
_T = ScalarType
_TIMES = ("TimeGenerated", "Timestamp")


def bind_ingestion_time(node: syntax.Call, scope: Scope) -> Expression:
    """`ingestion_time()`: when the record came in."""
    if node.arguments:
        raise scope.context.fail(
            WRONG_GEO_CALL, "`ingestion_time` takes no arguments", node.span, "write `ingestion_time()`"
        )
    scope.context.rests_on(INGESTED_AT_ONCE.name)
    for name in _TIMES:
        column = scope.rows.find(name) if scope.rows is not None else None
        if column is not None and column.type is _T.DATETIME:
            return Field(column.name, column.type, node.span)
    return Const(None, _T.DATETIME, node.span)


def bind_geo_info(node: syntax.Call, scope: Scope) -> Expression:
    """`geo_info_from_ip_address(ip)`: looks into what the run brings, else into the bundled ranges."""
    if len(node.arguments) != 1:
        raise scope.context.fail(
            WRONG_GEO_CALL, "it takes one address", node.span, "write `geo_info_from_ip_address(ip)`"
        )
    address = scope.context.expression(node.arguments[0].value, scope)
    name, *places = _places(node, scope)
    resolved = resolve(lookup(name), [address, *places], node.span)
    if resolved is None:
        message = f"`geo_info_from_ip_address` takes a text, not {address.type.value}"
        raise scope.context.fail(WRONG_GEO_CALL, message, address.span, "convert it: `tostring(…)`")
    scope.context.rests_on(*resolved.function.assumes)
    return Call(resolved.function, resolved.arguments, resolved.type, node.span)


def _places(node: syntax.Call, scope: Scope) -> tuple[str, *tuple[Const, ...]]:
    """The function that finds places, and where it looks for them."""
    match scope.context.given.get("geo"):
        case None:
            return ("geo_info_from_ip_address",)
        case Path() as path:
            try:
                geo_databases.check(path)
            except MeaningError as error:
                raise scope.context.fail(error.what, error.message, node.span, error.help) from None
            return "_geo_database", Const(str(path), _T.STRING, node.span)
        case rows:
            return "_geo_info", Const(_ranges(rows, node, scope), _T.DYNAMIC, node.span)


def _ranges(given: object, node: syntax.Call, scope: Scope) -> list[tuple[str, Place]]:
    """The ranges that the run brings: rows with `network` (CIDR) and the fields of a place."""
    ranges: list[tuple[str, Place]] = []
    for number, row in enumerate(listed("geo", given, node.span, scope), 1):
        network = row.get("network")
        if not isinstance(network, str):
            _refuse(number, "has no `network`", node, scope)
        try:
            found = (network, _place(row))
            located([found])
        except (ValueError, TypeError):
            _refuse(number, "is no range with a place", node, scope)
        ranges.append(found)
    return ranges


def _place(row: Mapping[str, object]) -> Place:
    """The place of a row of the stand-in; numbers may come as text. Raises ValueError or TypeError."""
    country, state, city = (str(row.get(name) or "") for name, kind in FIELDS.items() if kind is str)
    latitude, longitude = (float(str(row.get(name))) for name, kind in FIELDS.items() if kind is float)
    return place(country, state, city, latitude, longitude)


def _refuse(number: int, trouble: str, node: syntax.Call, scope: Scope) -> NoReturn:
    help = 'write rows such as {"network": "192.0.2.0/24", "country": …, "state": …, "city": …, "latitude": …, …}'
    raise scope.context.fail(WRONG_STAND_IN, f"row {number} of the stand-in `geo` {trouble}", node.span, help)
