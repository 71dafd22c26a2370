"""What a rule's folder gives in place of a workspace."""

from __future__ import annotations

from pathlib import Path

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
