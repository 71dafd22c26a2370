"""The interpreter beside the Python EQL engine (`eql` on PyPI), over the same rows in memory in the same run.

    python benchmarks/eql_engine.py [--folder FOLDER] [--rows 200000] [--rounds 3]

The first detection's KQL query is said in EQL, which has regular expressions and no words (`has`): its three legs as
queries of the engine, over an event a row. Both get the first rows of the organisation's tables as dictionaries, and
have to find the same rows. `pip install --no-deps eql lark` brings the engine; it is no part of this project.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eql
import pyarrow.parquet as pq
from organisation_files import NOW, TABLES, make

import emulator
from emulator.interpreter.context import Limits

ROOT = Path(__file__).parents[1]
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares/sentinel.kql"
KINDS = {"DeviceNetworkEvents": "network", "DeviceProcessEvents": "process"}
QUERIES = (
    """network where RemotePort == 445 and ActionType in ("ConnectionSuccess", "ConnectionFound")
        and not InitiatingProcessFileName in ("svchost.exe", "System")""",
    """process where FileName in ("psexec.exe", "psexec64.exe", "paexec.exe", "remcom.exe")""",
    r"""process where FileName in ("net.exe", "net1.exe")
        and match(ProcessCommandLine, ?"(?i)(.*[^a-z0-9])?use([^a-z0-9].*)?$")
        and match(ProcessCommandLine, ?"(?i)(.*[^a-z0-9])?((admin|c|ipc)[$].*)$", ?".*[\\\\].*$")""",
)


def by_eql(events: list[eql.Event]) -> Counter[tuple[str, str]]:
    """The hosts and times of the rows that the queries find."""
    found: Counter[tuple[str, str]] = Counter()

    def tell(output: Any) -> None:
        for event in output.events:
            found[event.data["DeviceName"], event.data["Timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")] += 1

    engine = eql.PythonEngine()
    for query in QUERIES:
        engine.add_query(eql.parse_query(query))
    engine.add_output_hook(tell)
    engine.stream_events(events)
    return found


def by_interpreter(query: emulator.Query, tables: dict[str, Any]) -> Counter[tuple[str, str]]:
    """The same of the rule."""
    result = query.run(tables, now=NOW, limits=Limits(seconds=600, memory=4 << 30))
    document: Any = result.to_json()
    names = [column["name"] for column in document["columns"]]
    host, at = names.index("DeviceName"), names.index("Timestamp")
    return Counter((row[host], row[at][:26]) for row in document["rows"])


def main() -> None:
    """Run both in turn and print events a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_files"))
    parser.add_argument("--rows", type=int, default=200_000, help="rows of each of the two tables")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    files = make(given.folder, given.rows)
    tables = {name: pq.read_table(files[name]).slice(0, given.rows).to_pylist() for name in TABLES}
    events = [eql.Event(KINDS[name], 0, row) for name, rows in tables.items() for row in rows]
    query = emulator.compile(RULE.read_text("utf8"), language="kql")
    ways: dict[str, Callable[[], Counter[tuple[str, str]]]] = {
        "eql": lambda: by_eql(events),
        "ruleproof": lambda: by_interpreter(query, tables),
    }
    rows = {name: way() for name, way in ways.items()}
    assert rows["eql"] == rows["ruleproof"], (rows["eql"] - rows["ruleproof"], rows["ruleproof"] - rows["eql"])
    counts = {name: found.total() for name, found in rows.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            began = time.process_time()
            way()
            times[name].append(time.process_time() - began)
    found = {name: statistics.median(measured) for name, measured in times.items()}
    for name, seconds in found.items():
        rate = len(events) / seconds
        print(f"{name:10} {seconds:7.2f} s of the processor, {rate:12,.0f} events a second, {counts[name]:,} rows")
    print(f"eql takes {found['eql'] / found['ruleproof']:.1f} times as long")


if __name__ == "__main__":
    main()
