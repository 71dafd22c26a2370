"""Functions of IPv4 and IPv6 addresses and ranges: reading, writing, comparing.

Two addresses are compared by as many leading bits as the shortest prefix has: that of either, or the one given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.functions import VARYING, Library, Meaning
from emulator.kql.library.addresses import V4_BITS, V6_BITS, Network, masked, read_v4, read_v6, write_v4, write_v6
from emulator.kql.library.matching import flatten

LIBRARY = Library("kql", "network")
Read = Callable[[str], Network | None]
_PRIVATE = tuple(read_v4(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


@LIBRARY.scalar(
    "parse_ipv4(ip: string) -> long",
    doc="parse-ipv4-function",
    examples="""
    parse_ipv4("192.168.1.1") => 3232235777   [docs]
    parse_ipv4("192.168.1.1/24") => 3232235776   [docs]
    parse_ipv4("192.168.1.256") => long(null)   [docs]
    parse_ipv4("10.0.0.1/33") => long(null)   [reasoned]
    parse_ipv4("fe80::1") => long(null)   [reasoned]
    """,
)
def parse_ipv4(ip: str) -> int | None:
    """The number of an IPv4 address, cut to its prefix."""
    network = read_v4(ip)
    return None if network is None else network.first(network.prefix)


@LIBRARY.scalar(
    "parse_ipv4_mask(ip: string, prefix: long) -> long",
    doc="parse-ipv4-mask-function",
    examples="""
    parse_ipv4_mask("127.0.0.1", 24) => 2130706432   [docs]
    parse_ipv4_mask("127.0.0.1", 33) => long(null)   [docs]
    """,
)
def parse_ipv4_mask(ip: str, prefix: int) -> int | None:
    """The number of an IPv4 address, cut to a prefix and its own."""
    network = read_v4(ip)
    if network is None or not 0 <= prefix <= V4_BITS:
        return None
    return network.first(min(prefix, network.prefix))


@LIBRARY.scalar(
    "parse_ipv6(ip: string) -> string",
    doc="parse-ipv6-function",
    examples="""
    parse_ipv6("192.168.255.255") => "0000:0000:0000:0000:0000:ffff:c0a8:ffff"   [docs]
    parse_ipv6("192.168.255.255/24") => "0000:0000:0000:0000:0000:ffff:c0a8:ff00"   [docs]
    parse_ipv6("fe80::1%eth0") => ""   [reasoned]
    parse_ipv6("fe80::1/x") => ""   [reasoned]
    parse_ipv6("fe80") => ""   [docs]
    """,
)
def parse_ipv6(ip: str) -> str:
    """The full form of an address, cut to its prefix; empty for other texts."""
    network = read_v6(ip)
    return "" if network is None else write_v6(network.first(network.prefix))


@LIBRARY.scalar(
    "parse_ipv6_mask(ip: string, prefix: long) -> string",
    doc="parse-ipv6-mask-function",
    examples="""
    parse_ipv6_mask("192.168.255.255", 120) => "0000:0000:0000:0000:0000:ffff:c0a8:ff00"   [docs]
    parse_ipv6_mask("fe80::85d:e82c:9446:7994/120", 124) => "fe80:0000:0000:0000:085d:e82c:9446:7900"   [docs]
    parse_ipv6_mask("::192.168.255.255/24", 128) => "0000:0000:0000:0000:0000:0000:c0a8:ff00"   [recorded]
    parse_ipv6_mask("fe80::1", 129) => ""   [docs]
    """,
)
def parse_ipv6_mask(ip: str, prefix: int) -> str:
    """The full form of an address, cut to a prefix and its own."""
    network = read_v6(ip)
    if network is None or not 0 <= prefix <= V6_BITS:
        return ""
    return write_v6(network.first(min(prefix, network.prefix)))


def _order(left: Network | None, right: Network | None, prefix: int) -> int | None:
    """-1, 0 or 1 by the leading bits that count for both; null when one is no address."""
    if left is None or right is None:
        return None
    bits = min(left.prefix, right.prefix, prefix)
    first, second = left.first(bits), right.first(bits)
    return (first > second) - (first < second)


@LIBRARY.scalar(
    "ipv4_compare(left: string, right: string, prefix: long = 32) -> long",
    doc="ipv4-compare-function",
    examples="""
    ipv4_compare("192.168.1.1/24", "192.168.1.255") => 0   [docs]
    ipv4_compare("192.168.1.1", "192.168.1.255") => -1   [docs]
    ipv4_compare("192.168.1.1", "192.168.1.0", 31) => 0   [docs]
    ipv4_compare("192.168.1.1", "here") => long(null)   [docs]
    ipv4_compare("192.168.1.1", "192.168.1.1", 33) => long(null)   [reasoned]
    """,
)
def ipv4_compare(left: str, right: str, prefix: int) -> int | None:
    """-1, 0 or 1 as the first address comes before, is equal to or comes after the second."""
    return _order(read_v4(left), read_v4(right), prefix) if 0 <= prefix <= V4_BITS else None


@LIBRARY.scalar(
    "ipv4_is_match(left: string, right: string, prefix: long = 32) -> bool",
    doc="ipv4-is-match-function",
    examples="""
    ipv4_is_match("192.168.1.1", "192.168.1.255/24") => true   [docs]
    ipv4_is_match("192.168.1.1", "192.168.1.0") => false   [docs]
    ipv4_is_match("x", "192.168.1.0") => bool(null)   [docs]
    """,
)
def ipv4_is_match(left: str, right: str, prefix: int) -> bool | None:
    """True when both addresses are equal as far as their prefixes go."""
    order = ipv4_compare(left, right, prefix)
    return None if order is None else order == 0


def _order_v6(left: str, right: str, prefix: int) -> int | None:
    """The order of IPv6 addresses; a prefix for two IPv4 addresses counts their own bits."""
    both_v4 = read_v4(left) is not None and read_v4(right) is not None
    bits = prefix + V6_BITS - V4_BITS if both_v4 and prefix <= V4_BITS else prefix
    return _order(_mapped(read_v6(left)), _mapped(read_v6(right)), bits) if 0 <= prefix <= V6_BITS else None


def _mapped(network: Network | None) -> Network | None:
    """`::a.b.c.d` counts as the mapped address `::ffff:a.b.c.d` in comparisons."""
    if network is None or not 1 < network.number >> 16 <= 0xFFFF:
        return network
    return Network(network.number | 0xFFFF << V4_BITS, network.prefix, is_v4=False)


@LIBRARY.scalar(
    "ipv6_compare(left: string, right: string, prefix: long = 128) -> long",
    doc="ipv6-compare-function",
    examples="""
    ipv6_compare("fe80::85d:e82c:9446:7994/120", "fe80::85d:e82c:9446:7998") => 0   [docs]
    ipv6_compare("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7998") => -1   [docs]
    ipv6_compare("192.168.1.1", "::ffff:c0a8:0101") => 0   [docs]
    ipv6_compare("192.168.1.1", "192.168.2.1", 24) => -1   [docs]
    ipv6_compare("::192.168.1.1/30", "192.168.1.255/24", 127) => 0   [recorded]
    ipv6_compare("x", "::1") => long(null)   [docs]
    ipv6_compare("::1", "::1", 129) => long(null)   [reasoned]
    """,
)
def ipv6_compare(left: str, right: str, prefix: int) -> int | None:
    """-1, 0 or 1 as the first address comes before, is equal to or comes after the second."""
    return _order_v6(left, right, prefix)


@LIBRARY.scalar(
    "ipv6_is_match(left: string, right: string, prefix: long = 128) -> bool",
    doc="ipv6-is-match-function",
    examples="""
    ipv6_is_match("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995", 127) => true   [docs]
    ipv6_is_match("fe80::1", "fe80::2") => false   [docs]
    ipv6_is_match("fe80::1", "") => bool(null)   [docs]
    """,
)
def ipv6_is_match(left: str, right: str, prefix: int) -> bool | None:
    """True when both addresses are equal as far as their prefixes go."""
    order = _order_v6(left, right, prefix)
    return None if order is None else order == 0


@LIBRARY.scalar(
    "ipv4_is_private(ip: string) -> bool",
    doc="ipv4-is-private-function",
    examples="""
    ipv4_is_private("192.168.1.1/24") => true   [docs]
    ipv4_is_private("172.31.255.255") => true   [docs]
    ipv4_is_private("202.1.2.3") => false   [docs]
    ipv4_is_private("127.0.0.1") => false   [docs]
    ipv4_is_private("::1") => bool(null)   [docs]
    """,
)
def ipv4_is_private(ip: str) -> bool | None:
    """True for the address ranges that RFC 1918 sets aside for private networks."""
    network = read_v4(ip)
    return None if network is None else any(_order(network, private, V4_BITS) == 0 for private in _PRIVATE)


@LIBRARY.scalar(
    "ipv4_netmask_suffix(ip: string) -> long",
    doc="ipv4-netmask-suffix-function",
    examples="""
    ipv4_netmask_suffix("192.168.1.1/24") => 24   [docs]
    ipv4_netmask_suffix("10.1.2.3") => 32   [docs]
    ipv4_netmask_suffix("?") => long(null)   [docs]
    """,
)
def ipv4_netmask_suffix(ip: str) -> int | None:
    """The length of an address's prefix."""
    network = read_v4(ip)
    return None if network is None else network.prefix


def _in_any(network: Network | None, ranges: Iterable[Network | None]) -> bool | None:
    """True when a range holds the address; null for what is no address, and without a hit for ranges that are none."""
    if network is None:
        return None
    unknown = False
    for one in ranges:
        order = _order(network, one, V6_BITS)
        if order == 0:
            return True
        unknown = unknown or order is None
    return None if unknown else False


def _read_all(items: Iterable[object], read: Read) -> list[Network | None]:
    return [read(item) if isinstance(item, str) else None for item in flatten(items)]


def _declare_ranges(version: str, read: Read, examples: str) -> None:
    """`ipv4_is_in_range`, `ipv4_is_in_any_range` and those of IPv6."""

    def in_range(ip: str, *ranges: object) -> bool | None:
        return _in_any(read(ip), _read_all(ranges, read))

    def special(ip: object, *ranges: object) -> Meaning | None:
        if ip is not VARYING or VARYING in ranges:
            return None
        known = _read_all(ranges, read)
        return lambda varying: _in_any(read(varying), known)

    page = f"{version}-is-in-range-function"
    LIBRARY.scalar(
        f"{version}_is_in_range(ip: string, ip_range: string) -> bool", doc=page, specialise=special, examples=examples
    )(in_range)
    page = f"{version}-is-in-any-range-function"
    many = examples.replace("_in_range", "_in_any_range")
    for ranges in ("ranges: dynamic", "first: string, ...more: string"):
        LIBRARY.scalar(
            f"{version}_is_in_any_range(ip: string, {ranges}) -> bool", doc=page, specialise=special, examples=many
        )(in_range)
        many = ""


_declare_ranges(
    "ipv4",
    read_v4,
    """
    ipv4_is_in_range("192.168.1.1", "192.168.1.255/24") => true   [docs]
    ipv4_is_in_range("192.168.2.1", "192.168.1.255/24") => false   [docs]
    ipv4_is_in_range("192.168.1.1", "here") => bool(null)   [docs]
    ipv4_is_in_range("fe80::1", "10.0.0.0/8") => bool(null)   [docs]
    """,
)
_declare_ranges(
    "ipv6",
    read_v6,
    """
    ipv6_is_in_range("a5e:f127::c755:abcd", "a5e:f127::c755:0000/112") => true   [docs]
    ipv6_is_in_range("a5e:f127::c755:abcd", "0:0:0:0:0:ffff:c0a8:ac/60") => false   [docs]
    """,
)


def _cut(network: Network | None, prefix: int) -> Network | None:
    if network is None or not 0 <= prefix <= V4_BITS:
        return None
    bits = min(prefix, network.prefix)
    return Network(network.first(bits), bits, is_v4=True)


def _of_number(number: int) -> Network | None:
    return Network(number, V4_BITS, is_v4=True) if 0 <= number < 1 << V4_BITS else None


def _declare_format(name: str, write: Callable[[Network], str], examples: str) -> None:
    page = f"{name.replace('_', '-')}-function"

    def of_number(number: int, prefix: int) -> str:
        network = _cut(_of_number(number), prefix)
        return "" if network is None else write(network)

    def of_text(ip: str, prefix: int) -> str:
        network = _cut(read_v4(ip), prefix)
        return "" if network is None else write(network)

    LIBRARY.scalar(f"{name}(ip: integer, prefix: long = 32) -> string", doc=page, examples=examples)(of_number)
    LIBRARY.scalar(f"{name}(ip: text, prefix: long = 32) -> string", doc=page)(of_text)


_declare_format(
    "format_ipv4",
    lambda network: write_v4(network.number),
    """
    format_ipv4("192.168.1.1", 24) => "192.168.1.0"   [docs]
    format_ipv4("192.168.1.1/24", 32) => "192.168.1.0"   [docs]
    format_ipv4("192.168.1.1/24", -1) => ""   [docs]
    format_ipv4(3232235777) => "192.168.1.1"   [docs]
    format_ipv4(-1) => ""   [reasoned]
    """,
)
_declare_format(
    "format_ipv4_mask",
    lambda network: f"{write_v4(network.number)}/{network.prefix}",
    """
    format_ipv4_mask("192.168.1.1/24", 32) => "192.168.1.0/24"   [docs]
    format_ipv4_mask("192.168.1.1", 24) => "192.168.1.0/24"   [docs]
    format_ipv4_mask("x", 24) => ""   [docs]
    """,
)


@LIBRARY.scalar(
    "ipv4_range_to_cidr_list(first: string, last: string) -> dynamic",
    doc="ipv4-range-to-cidr-list-function",
    examples="""
    ipv4_range_to_cidr_list("1.1.128.0", "1.1.137.255") => dynamic(["1.1.128.0/21", "1.1.136.0/23"])   [docs]
    ipv4_range_to_cidr_list("1.1.1.2", "1.1.1.1") => dynamic([])   [reasoned]
    ipv4_range_to_cidr_list("1.1.1.2", "?") => dynamic(null)   [reasoned]
    """,
)
def ipv4_range_to_cidr_list(first: str, last: str) -> list[str] | None:
    """The fewest ranges with a prefix that make up a range of addresses."""
    start, end = parse_ipv4(first), parse_ipv4(last)
    if start is None or end is None:
        return None
    ranges: list[str] = []
    while start <= end:
        prefix = V4_BITS
        while prefix and masked(start, prefix - 1, V4_BITS) == start and start + (1 << V4_BITS - prefix + 1) - 1 <= end:
            prefix -= 1
        ranges.append(f"{write_v4(start)}/{prefix}")
        start += 1 << V4_BITS - prefix
    return ranges
