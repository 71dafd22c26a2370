"""Functions that look at events as a whole: how large they are, what they hold, what they share."""

from __future__ import annotations

import base64
import ipaddress
import struct
from collections import Counter
from collections.abc import Iterable

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.flow import Flow
from emulator.cql.library.sequences import applied
from emulator.cql.library.values import Event, Value, number
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const
from emulator.plan.relations import Limit
from emulator.types import ScalarType

LIBRARY = Library("cql", "inspection")

EVERY_FIELD = assumption(
    "fieldstats-every-field",
    "cql",
    "`fieldstats()` tells of every field, tags and metadata as well, by type and name, and counts distinct values "
    "exactly: the documentation says neither which fields nor in which order, and its sample is an estimate",
)
_PROTOCOLS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "icmp6": 58, "ipv6-icmp": 58, "sctp": 132}
_ICMP = {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 10: 9, 9: 10, 17: 18, 18: 17}
_ICMP6 = {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 144: 145, 145: 144}
_PORTS = frozenset({6, 17, 132})


@LIBRARY.scalar(
    "eventFieldCount(as: text = _eventFieldCount, event: event) -> number", nulls=Nulls.TOTAL, doc="eventfieldcount"
)
def event_field_count(event: Event) -> int:
    """How many fields an event has."""
    return sum(name[:1] != "\0" for name in event)


FIELDSET = assumption(
    "fieldset-column",
    "cql",
    "`fieldset()` gives its names in the column `field`, which the documentation does not name",
)


@LIBRARY.table("fieldset() -> aggregate", doc="fieldset")
def lower_fieldset(flow: Flow, arguments: Arguments) -> None:
    """The names of all fields of all events, one a row."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("fieldset", span)
        return
    flow.context.rest_on(FIELDSET)
    flow.put(applied("field_names", flow.relation(span), (), span), ("field",))


@LIBRARY.table("operator:field_names(rows: any) -> aggregate")
def field_names(rows: Iterable[Event]) -> list[dict[str, str]]:
    """A row for each name, the last in the order of the alphabet first, as in the documented results."""
    names = {name for row in rows for name in row if name[:1] != "\0"}
    return [{"field": name} for name in sorted(names, reverse=True)]


@LIBRARY.table("fieldstats(limit: between[1|10000] = 200) -> aggregate", doc="fieldstats")
def lower_fieldstats(flow: Flow, arguments: Arguments) -> None:
    """How many events have each field, and with how many distinct values, for events of each type."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("fieldstats", span)
        return
    flow.context.rest_on(EVERY_FIELD)
    rows = applied("field_statistics", flow.relation(span), (), span)
    limit = Const(arguments["limit"], ScalarType.LONG, span)
    flow.put(Limit(rows, limit, rows.row, span, noted=True), ("#type", "field", "_count", "distinct"))


@LIBRARY.table("operator:field_statistics(rows: any) -> aggregate")
def field_statistics(rows: Iterable[Event]) -> list[dict[str, str]]:
    """A row for each name of a field and type of event."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        kind = row.get("#type", "")
        for name, text in row.items():
            if name[:1] != "\0":
                found.setdefault((kind, name), Counter())[text] += 1
    return [
        {
            **({"#type": kind} if kind else {}),
            "field": name,
            "_count": str(values.total()),
            "distinct": str(len(values)),
        }
        for (kind, name), values in sorted(found.items())
    ]


@LIBRARY.scalar(
    "communityId(proto: field, sourceip: field, destinationip: field, sourceport: field = none,"
    " destinationport: field = none, icmptype: field = none, icmpcode: field = none, seed: number = 0,"
    " as: text = _community_id) -> text",
    nulls=Nulls.TOTAL,
    doc="communityid",
    examples='communityId(proto=p, sourceip=s, destinationip=d) of p=tcp s=x d=66.35.250.204 => ""   [docs]',
)
def community_id(
    proto: Value,
    source: Value,
    destination: Value,
    source_port: Value,
    destination_port: Value,
    icmp_type: Value,
    icmp_code: Value,
    seed: int,
) -> str:
    """The standard hash of a network flow, version 1; the empty text for what is no flow."""
    protocol = number(proto) if number(proto) is not None else _PROTOCOLS.get(str(proto).lower())
    try:
        ends = [ipaddress.ip_address(str(one)).packed for one in (source, destination)]
    except ValueError:
        return ""
    if not isinstance(protocol, int) or not 0 <= protocol <= 255:
        return ""
    ports: list[float | int | None] = [number(source_port), number(destination_port)]
    one_way = False
    if protocol in (1, 58):
        kind, code = number(icmp_type), number(icmp_code)
        known = (_ICMP if protocol == 1 else _ICMP6).get(int(kind or 0))
        ports, one_way = [kind, code if known is None else known], known is None
    flow = [(end, port) for end, port in zip(ends, ports, strict=True)]
    if not one_way and (flow[1][0], flow[1][1] or 0) < (flow[0][0], flow[0][1] or 0):
        flow.reverse()
    packed = struct.pack("!H", int(seed)) + flow[0][0] + flow[1][0] + struct.pack("!BB", protocol, 0)
    if protocol in _PORTS | {1, 58} and None not in (flow[0][1], flow[1][1]):
        given = [int(port or 0) for _, port in flow]
        if not all(0 <= port <= 65535 for port in given):
            return ""
        packed += struct.pack("!HH", *given)
    import hashlib  # only queries that need it pay for it

    digest = hashlib.sha1(packed, usedforsecurity=False).digest()
    return "1:" + base64.b64encode(digest).decode("ascii")
