"""Where addresses are, by a database in MaxMind's format that the caller brings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, Meaning, MeaningError
from emulator.kql.library.addresses import V6_BITS, read_v6

if TYPE_CHECKING:
    from maxminddb import Reader

LIBRARY = Library("kql", "geo_databases")
NO_READER = code(
    "KQL4075",
    "a database of places needs the package `maxminddb`",
    "It is not installed with the rest. `pip install 'ruleproof[geoip]'` brings it.",
)
BAD_DATABASE = code(
    "KQL5072",
    "a database of places can't be read",
    "The file is not there, is damaged, or is no database in MaxMind's format such as GeoLite2-City.",
)
GEO_DATABASE = assumption(
    "geo-database",
    "kql",
    "geo_info_from_ip_address gives the English names and the most specific part of the country that the run's "
    "database has, and empty texts for what it lacks; which release the product looks into differs by day",
)
_HELP = "give a database in MaxMind's format, such as GeoLite2-City.mmdb"


def check(path: Path) -> None:
    """Make sure that a database can be read. Raises MeaningError."""
    _database(str(path))


def _database(path: str) -> Reader:
    try:
        state = os.stat(path)  # noqa: PTH116 - the path is text in a plan
    except (OSError, ValueError) as error:
        raise MeaningError(BAD_DATABASE, f"the database of places is out of reach: {error}", _HELP) from None
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _opened(path: str, changed: int, size: int) -> Reader:  # noqa: ARG001 - a database that changed is opened anew
    try:
        import maxminddb
    except ImportError:
        help = "run `pip install 'ruleproof[geoip]'`"
        raise MeaningError(NO_READER, "a database of places needs a package", help) from None
    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise MeaningError(BAD_DATABASE, f"the database of places can't be read: {error}", _HELP) from None


def _found(reader: Reader, ip: str) -> dict[str, object] | None:
    """The place of an address; null for what is no single address and what the database does not know."""
    network = read_v6(ip)
    if network is None or network.prefix < V6_BITS:
        return None
    from maxminddb import InvalidDatabaseError

    address = IPv6Address(network.number)
    try:
        record = reader.get(address.ipv4_mapped or address)
    except ValueError:  # An IPv6 address, and a database that has none.
        return None
    except InvalidDatabaseError as error:
        raise MeaningError(BAD_DATABASE, f"the database of places is damaged: {error}", _HELP) from None
    return _place(record) if isinstance(record, Mapping) else None


def _place(record: Mapping[str, object]) -> dict[str, object]:
    parts = record.get("subdivisions")
    part = parts[-1] if isinstance(parts, Sequence) and parts else None
    where = record.get("location")
    spot = where if isinstance(where, Mapping) else {}
    return {
        "country": _name(record.get("country")),
        "state": _name(part),
        "city": _name(record.get("city")),
        "latitude": spot.get("latitude"),
        "longitude": spot.get("longitude"),
    }


def _name(entry: object) -> str:
    names = entry.get("names") if isinstance(entry, Mapping) else None
    return str(names.get("en") or "") if isinstance(names, Mapping) else ""


def _in_database(_: object, path: object) -> Meaning:
    """The database is opened once for all rows."""
    reader = _database(str(path))
    return lambda ip: _found(reader, ip)


@LIBRARY.scalar(
    "_geo_database(ip: string, const path: string) -> dynamic", specialise=_in_database, assumes=(GEO_DATABASE.name,)
)
def geo_database(ip: str, path: str) -> dict[str, object] | None:
    """Country, state, city, latitude and longitude of an address."""
    return _found(_database(path), ip)
