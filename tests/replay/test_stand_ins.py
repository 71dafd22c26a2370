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
