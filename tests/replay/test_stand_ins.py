"""What a rule's folder gives in place of a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

import emulator
from emulator.replay.rulebook import stand_ins

FILES = {
    "functions/Parser.kql": "print ip = '192.0.2.1', city = tostring(geo_info_from_ip_address('192.0.2.1').city)",
    "external/list.txt": "192.0.2.1\n",
    "stand_ins/geo.csv": "network,country,state,city,latitude,longitude\n192.0.2.0/24,Here,,Town,1.5,2\n",
    "watchlists/vip.csv": "SearchKey,Note\n192.0.2.1,known\n",
}
QUERY = """
Parser
| where ip in (externaldata(a: string)['https://example.com/list.txt'])
| lookup (_GetWatchlist('vip') | project ip = SearchKey, Note) on ip
"""


def test_everything_in_the_folder_is_found(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf8")
    given = stand_ins(tmp_path, tmp_path)
    result = emulator.run(QUERY, language="kql", tables={}, given=given)
    assert list(result.rows) == [("192.0.2.1", "Town", "known")]


def test_a_database_of_places_is_found_inside_the_repository_alone(tmp_path: Path) -> None:
    rule, elsewhere = tmp_path / "repository" / "rule", tmp_path / "geo.mmdb"
    (rule / "stand_ins").mkdir(parents=True)
    elsewhere.write_bytes(b"")
    (rule / "stand_ins" / "geo.mmdb").write_bytes(b"")
    assert stand_ins(rule, rule.parent) == {"geo": (rule / "stand_ins" / "geo.mmdb").resolve()}
    (rule / "stand_ins" / "geo.mmdb").unlink()
    (rule / "stand_ins" / "geo.mmdb").symlink_to(elsewhere)
    with pytest.raises(emulator.QueryError, match="RUL1102"):
        stand_ins(rule, rule.parent)


SCHEMA = "ColumnName,ColumnType\nTimeGenerated,datetime\nHits_d,real\n"


def test_tables_are_described_for_a_rule_and_for_all(tmp_path: Path) -> None:
    rule = tmp_path / "rule"
    for folder, table, text in (
        (tmp_path, "Proxy_CL", SCHEMA),
        (rule, "Mail_CL", SCHEMA),
        (rule, "DeviceProcessEvents", "ColumnName,ColumnType\nAdditionalFields,dynamic\n"),
    ):
        (folder / "schemas").mkdir(parents=True, exist_ok=True)
        (folder / "schemas" / f"{table}.csv").write_text(text, "utf8")
    given = stand_ins(rule, tmp_path)
    query = "Proxy_CL | union Mail_CL | extend Extra = toscalar(DeviceProcessEvents | project AdditionalFields.a)"
    rows = {"Proxy_CL": [{"Hits_d": 2.5}], "SigninLogs": []}
    result = emulator.run(query, language="kql", tables=rows, given=given)
    assert [(one.name, one.type.value) for one in result.columns] == [
        ("TimeGenerated", "datetime"),
        ("Hits_d", "real"),
        ("Extra", "dynamic"),
    ]
    assert list(result.rows) == [(None, 2.5, None)]
    assert not emulator.run("SigninLogs", language="kql", tables={}, given=given).rows


@pytest.mark.parametrize("text", ["", "Column,Type\na,int\n", "ColumnName,ColumnType\na,number\n"])
def test_a_file_that_describes_no_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "T.csv").write_text(text, "utf8")
    with pytest.raises(emulator.QueryError, match="RUL1202"):
        stand_ins(tmp_path, tmp_path)
