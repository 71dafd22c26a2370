"""Functions of network addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from emulator.cql.binder.arguments import MISSING_ARGUMENT
from emulator.functions import VARYING, Library, MeaningError

LIBRARY = Library("cql", "networks")
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def address(text: str | None) -> Address | None:
    """The address that a text is, or None."""
    try:
        return None if text is None else ipaddress.ip_address(text)
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """The network that a text such as `10.0.0.0/8` is, or None; one address counts as a network."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _cidr_of(
    _: object, subnets: tuple[str, ...] | None, rows: object, column: str | None, negate: bool
) -> Callable[[str | None], bool] | None:
    if rows is VARYING or (rows is not None and column is None):
        return None
    texts = [*(subnets or ()), *_column(rows, column)]
    networks = [one for one in map(network, texts) if one is not None]

    def contains(text: str | None) -> bool:
        found = address(text)
        inside = found is not None and any(found in one for one in networks if one.version == found.version)
        return inside is not negate

    return contains


def _column(rows: object, column: str | None) -> list[str]:
    """The texts of a file's column."""
    if not isinstance(rows, Iterable) or column is None:
        return []
    return [row[column] for row in rows if isinstance(row, Mapping) and column in row]


@LIBRARY.filter(
    "cidr(field: field, subnet: texts = none, file: table = none, column: text = none, negate: bool = false) -> bool",
    doc="cidr",
    specialise=_cidr_of,
    examples="""
        cidr(ip, subnet="192.0.2.0/24") of ip=192.0.2.7 => true   [docs]
        cidr(ip, subnet=["192.0.2.0/24", "203.0.113.0/24"]) of ip=203.0.113.9 => true   [docs]
        cidr(ip, subnet=["0.0.0.0/0", "::/0"]) of ip=fe80::1 => true   [docs]
        cidr(ip, subnet="0.0.0.0/0") of ip=nothing => false   [docs]
        cidr(ip, subnet="10.0.0.0/8", negate=true) of => true   [docs]
    """,
)
def cidr(text: str | None, subnets: tuple[str, ...] | None, rows: object, column: str | None, negate: bool) -> bool:
    """True when the field is an address in one of the networks, which a file's column may hold."""
    contains = _cidr_of(None, subnets, rows, column, negate)
    if contains is None:
        message = "`cidr()` with a file needs the argument `column`"
        raise MeaningError(MISSING_ARGUMENT, message, "add it: cidr(file=…, column=…)")
    return contains(text)
