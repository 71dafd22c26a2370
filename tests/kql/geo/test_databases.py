"""Places of addresses from a database that the run brings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import emulator

FOLDER = Path(__file__).parent
TOKYO = {"country": "Japan", "state": "Tokyo", "city": "Tokyo", "latitude": 35.6895, "longitude": 139.6917}
FOUND = {
    "192.0.2.7": {
        "country": "Germany",
        "state": "Upper Bavaria",
        "city": "Munich",
        "latitude": 48.1375,
        "longitude": 11.5755,
    },
    "::ffff:192.0.2.7": "as 192.0.2.7",
    "198.51.100.1": {"country": "Norway", "state": "", "city": "", "latitude": 62.0, "longitude": 10.0},
    "203.0.113.1": {"country": "", "state": "", "city": "", "latitude": None, "longitude": None},
    "2001:db8::1": TOKYO,
    "198.51.100.200": None,
    "192.0.2.0/24": None,
    "10.0.0.1": None,
    "no address": None,
}


def where(ip: str, database: Path) -> object:
    query = f"print geo_info_from_ip_address('{ip}')"
    return emulator.run(query, language="kql", tables={}, given={"geo": database}).rows[0][0]


@pytest.mark.parametrize("ip", FOUND)
def test_what_is_found(ip: str) -> None:
    wanted = FOUND[ip] if FOUND[ip] != "as 192.0.2.7" else FOUND["192.0.2.7"]
    assert where(ip, FOLDER / "places.mmdb") == wanted


def test_a_database_of_ipv4_alone() -> None:
    assert where("2001:db8::1", FOLDER / "places4.mmdb") is None
    assert where("192.0.2.1", FOLDER / "places4.mmdb") is not None


def test_it_is_looked_up_row_by_row_and_named_as_an_assumption() -> None:
    given = {"geo": FOLDER / "places.mmdb"}
    query = "T | project tostring(geo_info_from_ip_address(ip).country)"
    tables = {"T": [{"ip": "192.0.2.1"}, {"ip": "2001:db8::1"}]}
    compiled = emulator.compile(query, language="kql", schemas={"T": {"ip": "string"}}, given=given)
    assert list(compiled.run(tables).rows) == [("Germany",), ("Japan",)]
    assert "geo-database" in compiled.plan.assumptions


@pytest.mark.parametrize("data", [b"", b"no database", (FOLDER / "places.mmdb").read_bytes()[:300]])
def test_no_database(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "geo.mmdb").write_bytes(data)
    with pytest.raises(emulator.QueryError, match="KQL5072"):
        where("192.0.2.1", tmp_path / "geo.mmdb")


def test_a_damaged_database(tmp_path: Path) -> None:
    data = (FOLDER / "places.mmdb").read_bytes()
    start = data.index(b"\0" * 16) + 16
    (tmp_path / "geo.mmdb").write_bytes(data[:start] + b"\xff" * 40 + data[start + 40 :])
    with pytest.raises(emulator.QueryError, match="KQL5072"):
        where("192.0.2.7", tmp_path / "geo.mmdb")


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(emulator.QueryError, match="KQL5072"):
        where("192.0.2.1", tmp_path / "none.mmdb")


def test_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    (tmp_path / "geo.mmdb").write_bytes(b"")
    with pytest.raises(emulator.QueryError, match=r"pip install 'ruleproof\[geoip\]'"):
        where("192.0.2.1", tmp_path / "geo.mmdb")
