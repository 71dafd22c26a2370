"""Functions that ask sources outside the events: geography of addresses, names of hosts, threat intelligence.

The product has these sources itself; here a caller gives rows for them, as for lookup files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.lookups import file_rows
from emulator.cql.library.lookups import finder
from emulator.cql.library.networks import address
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.values import Event
from emulator.functions import Library
from emulator.plan.expressions import Const, Field, Not
from emulator.plan.steps import Extract, Filter
from emulator.types import ScalarType

LIBRARY = Library("cql", "intelligence")
Rows: TypeAlias = Sequence[Event]
_CONFIDENCE = ("unverified", "low", "medium", "high")


def about_field(flow: Flow, arguments: Arguments, source: str, columns: tuple[str, ...]) -> None:
    """Add columns of the row whose `network` holds the address of a field."""
    span = arguments.call.span
    rows = file_rows(flow.context, source, span)
    name = arguments["as"] or arguments["field"]
    how = (rows, columns, name)
    given = [Const(one, ScalarType.VALUE, span) for one in how]
    field = Field(arguments["field"], ScalarType.TEXT, span)
    flow.add(Extract(operator("about_address"), (field, *given), (), False, span))  # noqa: FBT003 - keeps the others


def _about_of(_: object, rows: Rows, columns: tuple[str, ...], name: str) -> Callable[..., dict[str, str] | None]:
    find = finder(rows, ("network",), "cidr", ignore_case=False)

    def about(text: str | None) -> dict[str, str] | None:
        found = next(iter(find((text,))), None)
        return None if found is None else {f"{name}.{one}": found[one] for one in columns if one in found}

    return about


@LIBRARY.assign(
    "operator:about_address(value: field, rows: any, columns: any, name: any) -> fields", specialise=_about_of
)
def about_address(text: str | None, rows: Rows, columns: tuple[str, ...], name: str) -> dict[str, str] | None:
    """What a source knows of an address."""
    return _about_of(None, rows, columns, name)(text)


@LIBRARY.table("ipLocation(field: field = ip, as: text = none) -> events", doc="iplocation")
def lower_ip_location(flow: Flow, arguments: Arguments) -> None:
    """Country, city and coordinates of an address, from rows with `network`, `country`, `city`, `lat`, `lon`."""
    about_field(flow, arguments, "ipLocation", ("country", "city", "lon", "lat"))


@LIBRARY.table("asn(field: field = ip, as: text = none) -> events", doc="asn")
def lower_asn(flow: Flow, arguments: Arguments) -> None:
    """The autonomous system of an address, from rows with `network`, `asn`, `org`."""
    about_field(flow, arguments, "asn", ("asn", "org"))


def _reverse_dns(flow: Flow, arguments: Arguments) -> None:
    span = arguments.call.span
    rows = file_rows(flow.context, "rdns", span)
    names = {row.get("ip", ""): row.get("hostname", "") for row in rows}
    given = [Const(one, ScalarType.VALUE, span) for one in (names, arguments["as"] or "hostname")]
    field = Field(arguments["field"], ScalarType.TEXT, span)
    flow.add(Extract(operator("host_name"), (field, *given), (), False, span))  # noqa: FBT003 - keeps the others


@LIBRARY.assign("operator:host_name(value: field, names: any, target: any) -> fields")
def host_name(text: str | None, names: dict[str, str], target: str) -> dict[str, str] | None:
    """The name of an address, where it is known."""
    return {target: names[text]} if text is not None and text in names else None


@LIBRARY.table(
    "rdns(field: field, server: text = none, as: text = hostname, limit: number = 5000) -> events", doc="rdns"
)
def lower_rdns(flow: Flow, arguments: Arguments) -> None:
    """The name of an address, from rows with `ip` and `hostname`."""
    _reverse_dns(flow, arguments)


@LIBRARY.table(
    "reverseDns(field: field, server: text = none, as: text = hostname, limit: number = 5000) -> events",
    doc="reversedns",
)
def lower_reverse_dns(flow: Flow, arguments: Arguments) -> None:
    """The name of an address, from rows with `ip` and `hostname`."""
    _reverse_dns(flow, arguments)


@LIBRARY.table(
    "ioc:lookup(field: fields, type: choice[ip_address|domain|url], confidenceThreshold:"
    " choice[unverified|low|medium|high] = high, include: choices[indicator|labels|last_updated|malicious_confidence|"
    "published_date|type] = none, prefix: text = ioc, strict: bool = false)"
    " -> filter",
    doc="ioc-lookup",
)
def lower_ioc_lookup(flow: Flow, arguments: Arguments) -> None:
    """Marks events with known indicators, from rows with `indicator`, `type`, `malicious_confidence` …"""
    span = arguments.call.span
    strict: bool = arguments["strict"]
    if arguments.negated and not strict:
        message = "`!ioc:lookup()` needs `strict=true`"
        flow.context.error(MODE_GAP, message, span, "add strict=true")
        return
    least = _CONFIDENCE.index(arguments["confidenceThreshold"])
    rows = [
        row
        for row in file_rows(flow.context, "ioc", span)
        if row.get("type", arguments["type"]) == arguments["type"]
        and row.get("malicious_confidence", "high") in _CONFIDENCE[least:]
    ]
    index: dict[str, list[Event]] = {}
    for row in rows:
        index.setdefault(_indicator(row.get("indicator", "")), []).append(row)
    values = operate("values", *(Field(name, ScalarType.TEXT, span) for name in arguments["field"]), span=span)
    given = [Const(one, ScalarType.VALUE, span) for one in (index, arguments["include"], arguments["prefix"])]
    if arguments.negated:
        known = operate("is_indicator", values, given[0], span=span, kind=ScalarType.BOOL)
        flow.add(Filter(Not(known, span), span))
    else:
        flow.add(Extract(operator("indicators"), (values, *given), (), strict, span))


def _indicator(text: str) -> str:
    """Texts compare without regard to case, addresses by value."""
    found = address(text)
    return text.lower() if found is None else str(found)


def _known(values: tuple[str | None, ...], index: dict[str, list[Event]]) -> list[Event]:
    return [row for value in values if value is not None for row in index.get(_indicator(value), ())]


@LIBRARY.filter("operator:is_indicator(values: any, index: any) -> bool")
def is_indicator(values: tuple[str | None, ...], index: dict[str, list[Event]]) -> bool:
    """True when one of the values is a known indicator."""
    return bool(_known(values, index))


@LIBRARY.assign("operator:indicators(values: any, index: any, include: any, prefix: any) -> fields")
def indicators(
    values: tuple[str | None, ...], index: dict[str, list[Event]], include: tuple[str, ...] | None, prefix: str
) -> dict[str, str] | None:
    """What is known of the values that are indicators, as an array; None when none is."""
    found = _known(values, index)
    if not found:
        return None
    fields = {
        f"{prefix}[{at}].{name}": text
        for at, row in enumerate(found)
        for name, text in row.items()
        if include is None or name in include
    }
    return {f"{prefix}.detected": "true", **fields}
