"""Functions whose results are drawn, or turned on their side."""

from __future__ import annotations

import math
from collections.abc import Iterable

from emulator.cql import syntax
from emulator.cql.binder.aggregation import functions_of, grouped
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operate
from emulator.cql.binder.flow import Flow
from emulator.cql.library.grouping import count_call
from emulator.cql.library.intelligence import about_field
from emulator.cql.library.mathematics import tidy
from emulator.cql.library.sequences import applied
from emulator.cql.library.values import Value, number
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const, Field
from emulator.plan.relations import Limit
from emulator.plan.steps import Assign, Assignment, Rename
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "charts")
_EARTH = 6_371_009.0
"""Metres: the radius that the documented distance fits."""
_GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"


@LIBRARY.table("sankey(source: field, target: field, weight: functions = count) -> aggregate", doc="sankey")
def lower_sankey(flow: Flow, arguments: Arguments) -> None:
    """The weight of each pair of a source and a target."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("sankey", span)
        return
    given = functions_of(arguments["weight"]) if arguments.given("weight") else (count_call(span),)
    weights = tuple(_named(one, "weight", span) for one in given)
    grouped(flow, (arguments["source"], arguments["target"]), weights, None, span)
    names = ((arguments["source"], "source"), (arguments["target"], "target"))
    flow.add(*(Rename((pair,), span) for pair in names if pair[0] != pair[1]))
    flow.renamed(dict(names))


def _named(value: syntax.Value, name: str, span: Span) -> syntax.Value:
    """An aggregate whose result gets a name, unless it is no plain call."""
    return syntax.Assign(syntax.Word(name, span), value, span, span) if isinstance(value, syntax.Call) else value


@LIBRARY.table(
    "worldMap(ip: field = none, lat: field = none, lon: field = none, magnitude: functions = count,"
    " precision: number = 4) -> aggregate",
    doc="worldmap",
)
def lower_world_map(flow: Flow, arguments: Arguments) -> None:
    """The magnitude of each place, by geohash, with the place's coordinates."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("worldMap", span)
        return
    lat, lon = arguments["lat"], arguments["lon"]
    if arguments["ip"] is not None:
        arguments.values |= {"field": arguments["ip"], "as": "\0place"}
        about_field(flow, arguments, "ipLocation", ("lat", "lon"))
        lat, lon = "\0place.lat", "\0place.lon"
    if lat is None or lon is None:
        flow.context.error(WRONG_ARGUMENT, "`worldMap()` needs `ip`, or `lat` and `lon`", span, "write worldMap(ip=…)")
        return
    fields = [Field(name, ScalarType.TEXT, span) for name in (lat, lon)]
    place = operate("geohash", *fields, Const(arguments["precision"], ScalarType.VALUE, span), span=span)
    flow.add(Assign((Assignment("_geohash", place, span),), span, keep_on_null=True))
    given = functions_of(arguments["magnitude"]) if arguments.given("magnitude") else (count_call(span),)
    grouped(flow, ("_geohash",), given, None, span)


@LIBRARY.scalar("operator:geohash(lat: text, lon: text, precision: number) -> text", nulls=Nulls.TOTAL)
def geohash_of(lat: Value, lon: Value, precision: int) -> str | None:
    """The geohash of a place: halves of the longitudes and latitudes in turn, five to a letter."""
    y, x = number(lat), number(lon)
    if y is None or x is None or not (-90 <= y <= 90 and -180 <= x <= 180):
        return None
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    letters, bits = "", 0
    for step in range(int(precision) * 5):
        value, span = ((x, ranges[0]), (y, ranges[1]))[step % 2]
        middle = sum(span) / 2
        above = value >= middle
        span[0 if above else 1] = middle
        bits = bits << 1 | above
        if step % 5 == 4:
            letters, bits = letters + _GEOHASH[bits], 0
    return letters


@LIBRARY.scalar(
    "geohash(lat: field, lon: field, precision: number = 12, as: text = _geohash) -> text",
    nulls=Nulls.TOTAL,
    doc="geohash",
    examples="geohash(lat=a, lon=b) of a=51.507222 b=-0.1275 => gcpvj0e5m415   [docs]",
)
def geohash(lat: str | None, lon: str | None, precision: int) -> str | None:
    """The geohash of a place."""
    return geohash_of(lat, lon, min(precision, 12))


@LIBRARY.scalar(
    "geography:distance(lat1: field, lon1: field, lat2: field, lon2: field, as: text = _distance) -> number",
    nulls=Nulls.TOTAL,
    doc="geography-distance",
    examples="geography:distance(lat1=a, lon1=b, lat2=a, lon2=b) of a=51.5 b=-0.1 => 0   [reasoned]",
)
def distance(lat1: Value, lon1: Value, lat2: Value, lon2: Value) -> float | int | None:
    """Metres between two places along a ball, by the haversine formula."""
    found = [number(one) for one in (lat1, lon1, lat2, lon2)]
    if any(one is None for one in found):
        return None
    south, west, north, east = (math.radians(one) for one in found if one is not None)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return tidy(2 * _EARTH * math.asin(min(1.0, math.sqrt(half))))


@LIBRARY.table(
    "transpose(pivot: field = none, header: field = none, column: field = column, limit: number = 5) -> aggregate",
    doc="transpose",
)
def lower_transpose(flow: Flow, arguments: Arguments) -> None:
    """One event for each field, with the events as its fields."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("transpose", span)
        return
    pivot = arguments["pivot"]
    given = (pivot or arguments["header"], pivot or arguments["column"])
    kept = Limit(flow.relation(span), Const(int(arguments["limit"]), ScalarType.VALUE, span), OPEN, span, noted=True)
    flow.put(applied("transposed", kept, given, span), (given[1],))


@LIBRARY.table("operator:transposed(rows: any, header: any, column: any) -> aggregate")
def transposed(rows: Iterable[dict[str, str]], header: str | None, column: str) -> list[dict[str, str]]:
    """The rows on their side, fields in the order of their names."""
    kept = [{name: text for name, text in row.items() if name[:1] != "\0"} for row in rows]
    names = sorted({name for row in kept for name in row if name != header})
    titles = [row.get(header or "", f"row[{at}]") for at, row in enumerate(kept, start=1)]
    return [
        {column: name, **{title: row[name] for title, row in zip(titles, kept, strict=True) if name in row}}
        for name in names
    ]
