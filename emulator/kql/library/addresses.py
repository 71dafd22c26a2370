"""IP addresses as numbers with the length of their prefix. What is no address is None.

An IPv4 address among IPv6 ones is its mapped address, `::ffff:a.b.c.d`, and its prefix 96 longer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from emulator.nodes import record
from emulator.regular import regular

V4_BITS = 32
V6_BITS = 128
MAPPED = 0xFFFF << V4_BITS
_V4 = regular(r"\s*(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:/(\d{1,3}))?\s*", re.ASCII)
_DOTTED_TAIL = regular(r".*:\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_PREFIX = regular(r"\d{1,3}", re.ASCII)


@record
class Network:
    """An address as a number, how many of its leading bits count, and whether it is written as IPv4."""

    number: int
    prefix: int
    is_v4: bool

    def first(self, prefix: int) -> int:
        """The number with all but its leading bits cleared."""
        bits = V4_BITS if self.is_v4 else V6_BITS
        return masked(self.number, prefix, bits)


def masked(number: int, prefix: int, bits: int) -> int:
    """The number of so many bits with all but the leading ones cleared."""
    return number >> (bits - prefix) << (bits - prefix)


@lru_cache(maxsize=4096)
def read_v4(text: str) -> Network | None:
    """`a.b.c.d` or `a.b.c.d/prefix`."""
    match = _V4.fullmatch(text)
    if match is None:
        return None
    *octets, prefix = match.groups()
    values = [int(octet) for octet in octets]
    length = V4_BITS if prefix is None else int(prefix)
    if max(values) > 255 or length > V4_BITS:
        return None
    return Network(int.from_bytes(bytes(values), "big"), length, is_v4=True)


@lru_cache(maxsize=4096)
def read_v6(text: str) -> Network | None:
    """An IPv6 address with or without a prefix, or an IPv4 address as its mapped one."""
    plain = read_v4(text)
    if plain is not None:
        return Network(MAPPED | plain.number, plain.prefix + V6_BITS - V4_BITS, is_v4=False)
    address, slash, suffix = text.strip().partition("/")
    if slash and not _PREFIX.fullmatch(suffix):
        return None
    try:
        number = int(IPv6Address(address))
    except AddressValueError:
        return None
    prefix = int(suffix) if slash else V6_BITS
    if slash and prefix <= V4_BITS and _DOTTED_TAIL.fullmatch(address):
        prefix += V6_BITS - V4_BITS
    return Network(number, prefix, is_v4=False) if prefix <= V6_BITS and "%" not in address else None


def write_v4(number: int) -> str:
    """`a.b.c.d`."""
    return ".".join(map(str, number.to_bytes(4, "big")))


def write_v6(number: int) -> str:
    """Eight groups of four hexadecimal digits."""
    digits = f"{number:032x}"
    return ":".join(digits[at : at + 4] for at in range(0, 32, 4))
