"""Addresses: version, canonical text, and the kind that Defender writes beside them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


@lru_cache(maxsize=1 << 14)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text writes, a zone (`%12`) dropped; None when it writes none (`-`, a name)."""
    try:
        return ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None


def is_ipv6(text: str) -> bool:
    """True when the text writes an IPv6 address."""
    return isinstance(parse_address(text), IPv6Address)


@lru_cache(maxsize=1 << 14)
def address_kind(text: str) -> str | None:
    """Defender's RemoteIPType and LocalIPType, for the kinds that an address alone decides; else None."""
    address = parse_address(text)
    if address is None:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return "FourToSixMapping"
        if address.teredo is not None:
            return "Teredo"
    if address.is_loopback:
        return "Loopback"
    if address == IPv4Address("255.255.255.255"):
        return "Broadcast"
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return None
    return "Private" if address.is_private else "Public"
