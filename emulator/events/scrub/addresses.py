"""Addresses replaced so that networks stay networks: two addresses share as many leading bits after as before.

The bits of an address are flipped one after the other, each as a key and the bits in front of it say (prefix-preserving
anonymisation, as Xu, Fan, Ammar and Moon describe it). Where a range holds both special and ordinary addresses the bit
stays, so that a private address stays in its private range and a public one stays public.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from emulator.events.scrub.keyed import Keyed

_KEPT = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8")
"""Addresses that tell nobody's place: this host, groups, and what is reserved."""
_SPECIAL = (
    *("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
    *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("64:ff9b::/96", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fe80::/64"),
)


class Addresses:
    """Replaces addresses under a key."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed
        self.replace = lru_cache(maxsize=1 << 16)(self._replace)

    def _replace(self, text: str) -> str | None:
        """The address in place of one; None when the text writes none."""
        plain, percent, zone = text.partition("%")
        try:
            address = ip_address(plain)
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return f"::ffff:{self._flipped(address.ipv4_mapped)}{percent}{zone}"
        return f"{self._flipped(address)}{percent}{zone}"

    def _flipped(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        number, width = int(address), address.max_prefixlen
        if any(_holds(start, size, number, width) for start, size in _UNTOUCHED[width]):
            return address
        made = number
        for length in range(_fixed_bits(number, width), width):
            prefix = number >> (width - length)
            made ^= self._keyed.bit(f"address {width}", f"{length}:{prefix:x}") << (width - 1 - length)
        return type(address)(made)


def _ranges(texts: tuple[str, ...]) -> dict[int, list[tuple[int, int]]]:
    """First number and prefix length of each range, by the width of its addresses in bits."""
    networks = [ip_network(text) for text in texts]
    return {
        width: [(int(one.network_address), one.prefixlen) for one in networks if one.max_prefixlen == width]
        for width in (32, 128)
    }


_UNTOUCHED = _ranges(_KEPT)
_RANGES = _ranges(_KEPT + _SPECIAL)


def _holds(start: int, size: int, number: int, width: int) -> bool:
    """Whether a range that begins at a number and fixes so many bits holds another number."""
    return start >> (width - size) == number >> (width - size)


def _fixed_bits(number: int, width: int) -> int:
    """How many leading bits have to stay: up to where no special range lies inside what they leave open."""
    lengths = range(width)
    inside = _RANGES[width]
    return next(
        length
        for length in lengths
        if not any(size > length and _holds(number, length, start, width) for start, size in inside)
    )
