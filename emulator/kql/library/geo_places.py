"""Where addresses are: a small table of documentation ranges, or the ranges that the caller gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from emulator.assumptions import assumption
from emulator.functions import Library, Meaning
from emulator.kql.library.addresses import V6_BITS, masked, read_v6

LIBRARY = Library("kql", "geo_places")
DOCUMENTATION_RANGES = assumption(
    "documentation-ranges",
    "kql",
    "geo_info_from_ip_address places the address ranges that are reserved for documentation, and the networks of the "
    'addresses on its own page, and no others, unless the run brings ranges of its own (given["geo"])',
)
Place: TypeAlias = Mapping[str, object]
Tables: TypeAlias = dict[int, dict[int, Place]]
"""Places by length of prefix, then by the number of the range."""
FIELDS = {"country": str, "state": str, "city": str, "latitude": float, "longitude": float}


def place(country: str, state: str, city: str, latitude: float, longitude: float) -> Place:
    """What the function gives for an address, in the order in which the engine gives it."""
    return {"country": country, "state": state, "city": city, "latitude": latitude, "longitude": longitude}


RANGES: tuple[tuple[str, Place], ...] = (
    ("192.0.2.0/24", place("United States", "Washington", "Redmond", 47.6740, -122.1215)),
    ("198.51.100.0/24", place("Germany", "Hesse", "Frankfurt am Main", 50.1109, 8.6821)),
    ("203.0.113.0/24", place("Australia", "New South Wales", "Sydney", -33.8688, 151.2093)),
    ("2001:db8::/32", place("Netherlands", "North Holland", "Amsterdam", 52.3676, 4.9041)),
    # The networks of the two addresses that the function's page asks about, where GeoLite2 City of 2026-06-17 has them.
    ("20.53.128.0/17", place("Australia", "New South Wales", "Sydney", -33.8672, 151.1997)),
    ("2a03:2880:f12c::/48", place("United States", "Florida", "Miami", 25.7701, -80.1928)),
)


def located(ranges: Iterable[tuple[str, Place]]) -> Tables:
    """Ranges in CIDR notation, ready to be searched. Raises ValueError naming one that is no range."""
    tables: Tables = {}
    for text, where in ranges:
        network = read_v6(text)
        if network is None:
            raise ValueError(text)
        first = masked(network.number, network.prefix, V6_BITS)
        tables.setdefault(network.prefix, {})[first] = where
    return dict(sorted(tables.items(), reverse=True))


@lru_cache(maxsize=1)
def _bundled() -> Tables:
    return located(RANGES)


def find(tables: Tables, ip: str) -> dict[str, object] | None:
    """The place of the narrowest range that an address is in; null for what is in none, and for a range."""
    network = read_v6(ip)
    if network is None or network.prefix < V6_BITS:
        return None
    for prefix, known in tables.items():
        where = known.get(masked(network.number, prefix, V6_BITS))
        if where is not None:
            return dict(where)
    return None


@LIBRARY.scalar(
    "geo_info_from_ip_address(ip: string) -> dynamic",
    doc="geo-info-from-ip-address-function",
    assumes=(DOCUMENTATION_RANGES.name,),
    examples="""
    tostring(geo_info_from_ip_address("203.0.113.7").country) => "Australia"   [reasoned]
    tostring(geo_info_from_ip_address("2001:db8::1").city) => "Amsterdam"   [reasoned]
    tostring(geo_info_from_ip_address("20.53.203.50").city) => "Sydney"   [docs]
    tostring(geo_info_from_ip_address("2a03:2880:f12c:1::7").state) => "Florida"   [reasoned]
    isnull(geo_info_from_ip_address("20.53.127.255")) => true   [reasoned]
    isnull(geo_info_from_ip_address("10.0.0.1")) => true   [reasoned]
    isnull(geo_info_from_ip_address("no address")) => true   [reasoned]
    """,
)
def geo_info_from_ip_address(ip: str) -> dict[str, object] | None:
    """Country, state, city, latitude and longitude of an address."""
    return find(_bundled(), ip)


def _within(_: object, ranges: object) -> Meaning:
    """The ranges are made ready once for all rows."""
    assert isinstance(ranges, list)
    tables = located(ranges)
    return lambda ip: find(tables, ip)


@LIBRARY.scalar("_geo_info(ip: string, const ranges: dynamic) -> dynamic", specialise=_within)
def geo_info(ip: str, ranges: list[tuple[str, Place]]) -> dict[str, object] | None:
    """The same with ranges that the caller gave."""
    return find(located(ranges), ip)
