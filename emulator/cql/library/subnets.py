"""The subnet of an address."""

from __future__ import annotations

import ipaddress

from emulator.cql.library.networks import address
from emulator.functions import Library

LIBRARY = Library("cql", "subnets")


@LIBRARY.scalar(
    "subnet(field: field, bits: between[0|32], as: text = _subnet) -> text",
    doc="subnet",
    examples="""
        subnet(ip, bits=23) of ip=10.0.15.200 => 10.0.14.0/23   [docs]
        subnet(ip, bits=0) of ip=10.0.15.200 => 0.0.0.0/0   [reasoned]
        subnet(ip, bits=32) of ip=10.0.15.200 => 10.0.15.200/32   [reasoned]
        subnet(ip, bits=23) of ip=fe80::1 => null   [reasoned]
        subnet(ip, bits=23) of ip=nothing => null   [reasoned]
        subnet(ip, bits=23) of => null   [reasoned]
    """,
)
def subnet(text: str, bits: int) -> str | None:
    """The network with a prefix of so many bits that an IPv4 address lies in."""
    found = address(text)
    if not isinstance(found, ipaddress.IPv4Address):
        return None
    return str(ipaddress.IPv4Network((found, bits), strict=False))
