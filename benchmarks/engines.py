"""The engine `duckdb` beside SQL written by hand, and beside peers, over the same files in the same run.

    python benchmarks/engines.py [--folder FOLDER] [--rows 5000000] [--rounds 5] [--json FILE]

Makes the files of organisation_files.py unless they are there. Every query is run once to warm up, then in rounds, one
way after the other; all have to give the same rows. Prints medians on the clock and of the processor, and their ratios
to the SQL by hand, which is the fastest known to give these rows: in forms that let a scan decide most, its rows
fetched through Arrow as the engine's are. `duckdb-kql` takes part when it is installed (`pip install --no-deps
duckdb-kql antlr4-python3-runtime pytz`); it is no part of this project. eql_engine.py runs the Python EQL engine.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from organisation_files import NOW, make

import emulator
from emulator.clock import UNIX_EPOCH
from emulator.interpreter.context import Limits

ROOT = Path(__file__).parents[1]
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares"
LIMITS = Limits(seconds=600, memory=8 << 30)
SINCE = f"TIMESTAMPTZ '{NOW - timedelta(days=1):%Y-%m-%d %H:%M:%S}+00'"
TICKS = f'epoch_us("Timestamp") * 10 + {UNIX_EPOCH}'

AGGREGATION = """
DeviceProcessEvents
| where Timestamp > ago(24h)
| summarize Starts = count(), Ones = countif(AccountName startswith "s"), First = min(Timestamp),
    Last = max(Timestamp) by DeviceName, FileName
| where Starts > 100
"""
JOIN = """
DeviceNetworkEvents
| where Timestamp > ago(24h) and RemotePort == 3200 and ActionType == "ConnectionSuccess"
| join kind=inner (
    DeviceProcessEvents | where FileName =~ "saplogon.exe" | project DeviceName, AccountName, ProcessCommandLine
) on DeviceName
| project DeviceName, RemoteIP, AccountName, ProcessCommandLine
"""


@dataclass(frozen=True)
class Race:
    """A query in a language, and the same by hand."""

    name: str
    language: str
    text: str
    by_hand: Callable[[duckdb.DuckDBPyConnection, Mapping[str, Path]], list[tuple[Any, ...]]]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, in the way that costs least."""
    batches = connection.sql(query).to_arrow_reader(4096)
    return [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def _shares(column: str) -> str:
    """`has_any` of the administrative shares: a cheap look for their characters first."""
    pattern = r"(?i)(?:\A|[^a-z0-9])(?:admin|c|ipc)\$"
    looked = rf"contains({column}, '\\') OR regexp_matches({column}, '{pattern}')"
    return rf"CASE WHEN contains({column}, '$') OR contains({column}, '\') THEN {looked} ELSE false END"


def first_kql(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> list[tuple[Any, ...]]:
    """The first detection's KQL query: the two legs on processes in one scan."""
    use = r"(?i)(?:\A|[^a-z0-9])use(?:\z|[^a-z0-9])"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE started AS SELECT * FROM (
            SELECT "Timestamp", DeviceName, InitiatingProcessFileName, ProcessCommandLine, AccountName,
                lower(FileName) IN ('psexec.exe', 'psexec64.exe', 'paexec.exe', 'remcom.exe') AS tool,
                CASE WHEN lower(FileName) IN ('net.exe', 'net1.exe') THEN
                    CASE WHEN regexp_matches(ProcessCommandLine, '{use}')
                    THEN {_shares("ProcessCommandLine")} ELSE false END
                ELSE false END AS share
            FROM read_parquet('{files["DeviceProcessEvents"]}') WHERE "Timestamp" > {SINCE} AND CASE WHEN
                lower(FileName) IN ('psexec.exe', 'psexec64.exe', 'paexec.exe', 'remcom.exe', 'net.exe', 'net1.exe')
                THEN true ELSE false END) WHERE tool OR share"""
    )
    return _rows(
        connection,
        f"""SELECT {TICKS}, * EXCLUDE ("Timestamp") FROM (
            SELECT "Timestamp", DeviceName, InitiatingProcessFileName, InitiatingProcessCommandLine, RemoteIP,
                RemotePort, RemoteUrl, ActionType, NULL, NULL, NULL
            FROM read_parquet('{files["DeviceNetworkEvents"]}')
            WHERE "Timestamp" > {SINCE} AND RemotePort = 445 AND ActionType IN ('ConnectionSuccess', 'ConnectionFound')
                AND lower(InitiatingProcessFileName) NOT IN ('svchost.exe', 'system')
            UNION ALL SELECT "Timestamp", DeviceName, InitiatingProcessFileName, NULL, NULL, NULL, NULL, NULL,
                ProcessCommandLine, AccountName, 'PsExec' FROM started WHERE tool
            UNION ALL SELECT "Timestamp", DeviceName, InitiatingProcessFileName, NULL, NULL, NULL, NULL, NULL,
                ProcessCommandLine, AccountName, NULL FROM started WHERE share
        ) ORDER BY "Timestamp" DESC""",
    )


def first_cql(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> list[tuple[Any, ...]]:
    """The first detection's CQL query."""
    return _rows(
        connection,
        rf"""SELECT "@timestamp"::VARCHAR, ComputerName, UserName, FileName, CommandLine, RemoteAddressIP4, RemotePort,
            CASE branch WHEN 0 THEN 'PsExecExecution' WHEN 1 THEN 'NetUseAdminShare' ELSE 'SMB445Connection' END
        FROM (SELECT *, CASE
                WHEN lower(FileName) IN ('psexec6.exe', 'psexec64.exe', 'paexec.exe', 'remcom.exe') THEN 0
                WHEN lower(FileName) IN ('net.exe', 'net1.exe') AND contains(CommandLine, '$')
                    AND regexp_matches(CommandLine, '(?i)\buse\b')
                    AND regexp_matches(CommandLine, '(?i)(ADMIN\$|IPC\$|C\$)') THEN 1
                WHEN "#event_simpleName" = 'NetworkConnectIP4' AND RemotePort = '445'
                    AND FileName IS DISTINCT FROM 'svchost.exe' AND FileName IS DISTINCT FROM 'System'
                    THEN 2 END AS branch
            FROM read_parquet('{files["events"]}')
            WHERE CASE WHEN "#event_simpleName" IN ('ProcessRollup2', 'NetworkConnectIP4') THEN true ELSE false END)
        WHERE branch IS NOT NULL
        ORDER BY "@timestamp" DESC LIMIT 1000""",
    )


def aggregation(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> list[tuple[Any, ...]]:
    """Starts of programs by host."""
    low, high = (TICKS.replace('"Timestamp"', f'{kind}("Timestamp")') for kind in ("min", "max"))
    return _rows(
        connection,
        f"""SELECT DeviceName, FileName, count(*) AS starts, count(*) FILTER (starts_with(lower(AccountName), 's')),
            {low}, {high} FROM read_parquet('{files["DeviceProcessEvents"]}') WHERE "Timestamp" > {SINCE}
        GROUP BY DeviceName, FileName HAVING starts > 100""",
    )


def join(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> list[tuple[Any, ...]]:
    """Connections of hosts on which a tool was started."""
    return _rows(
        connection,
        f"""SELECT n.DeviceName, n.RemoteIP, p.AccountName, p.ProcessCommandLine
        FROM read_parquet('{files["DeviceNetworkEvents"]}') n
        JOIN read_parquet('{files["DeviceProcessEvents"]}') p ON n.DeviceName = p.DeviceName
        WHERE n."Timestamp" > {SINCE} AND n.RemotePort = 3200 AND n.ActionType = 'ConnectionSuccess'
            AND lower(p.FileName) = 'saplogon.exe'""",
    )


RACES = (
    Race("first detection, KQL", "kql", (RULE / "sentinel.kql").read_text("utf8"), first_kql),
    Race("first detection, CQL", "cql", (RULE / "logscale.cql").read_text("utf8"), first_cql),
    Race("aggregation, KQL", "kql", AGGREGATION, aggregation),
    Race("join, KQL", "kql", JOIN, join),
)


def ways(race: Race, files: Mapping[str, Path]) -> dict[str, Callable[[], list[tuple[Any, ...]]]]:
    """The ways to run a query: by hand, by this project, by peers that are installed."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    assume = ("infix-in", "bare-drop") if race.language == "cql" else ()
    query = emulator.compile(race.text, language=race.language, assume=assume)  # type: ignore[arg-type]  # kql or cql
    tables = dict(files) if race.language == "kql" else {"events": files["events"]}
    found: dict[str, Callable[[], list[tuple[Any, ...]]]] = {
        "by hand": lambda: race.by_hand(connection, files),
        "ruleproof": lambda: query.run(tables, engine="duckdb", now=NOW, limits=LIMITS).rows,
    }
    if race.language == "kql" and importlib.util.find_spec("duckdb_kql"):
        found["duckdb-kql"] = _duckdb_kql(race.text, files)
    return found


def _duckdb_kql(text: str, files: Mapping[str, Path]) -> Callable[[], list[tuple[Any, ...]]]:
    """The peer: its SQL over views of the same files."""
    import duckdb_kql

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    schema: dict[str, dict[str, str]] = {}
    for name, path in files.items():
        connection.execute(f"CREATE VIEW \"{name}\" AS SELECT * FROM read_parquet('{path}')")
        described = connection.execute(f'DESCRIBE "{name}"').fetchall()
        schema[name] = {row[0]: row[1] for row in described}
    return lambda: duckdb_kql.kql(connection, text, query_now=NOW).fetchall()


def plain(rows: list[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """Rows to compare: no value and an empty text are alike, times are ticks."""
    return Counter(tuple("" if cell is None else _cell(cell) for cell in row) for row in rows)


def _cell(cell: Any) -> Any:
    return int(cell.timestamp() * 1_000_000) * 10 + UNIX_EPOCH if hasattr(cell, "timestamp") else cell


def timed(way: Callable[[], list[tuple[Any, ...]]]) -> tuple[float, float, int]:
    """Seconds on the clock and of the processor, and the number of rows."""
    clock, processor = time.perf_counter(), time.process_time()
    rows = way()
    return time.perf_counter() - clock, time.process_time() - processor, len(rows)


def run(race: Race, files: Mapping[str, Path], rounds: int) -> dict[str, dict[str, float]]:
    """Median times of each way to run a query, by name; ways that give other rows are said to."""
    contenders = ways(race, files)
    wanted = plain(contenders["by hand"]())
    told: dict[str, dict[str, float]] = {}
    for name, way in list(contenders.items()):
        try:
            rows = plain(way())
        except Exception as error:  # noqa: BLE001 - a peer that can't run a query is told, whatever it raises
            print(f"  {name}: can't run it: {type(error).__name__}: {str(error).splitlines()[0][:100]}")
            del contenders[name]
            continue
        if rows != wanted and name == "ruleproof":
            more, less = (rows - wanted).most_common(2), (wanted - rows).most_common(2)
            raise SystemExit(f"{race.name}: other rows than by hand: {more} in place of {less}")
        if rows != wanted:
            print(f"  {name}: gives other rows ({rows.total():,}, by hand {wanted.total():,})")
    times: dict[str, list[tuple[float, float, int]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, way in contenders.items():
            times[name].append(timed(way))
    for name, measured in times.items():
        clock, processor, _ = (statistics.median(column) for column in zip(*measured, strict=True))
        told[name] = {"clock": clock, "processor": processor, "rows": measured[0][2]}
    return told


def main() -> None:
    """Run all races and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_files"))
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    files = make(given.folder, given.rows, seed=1)
    told = {}
    for race in RACES:
        print(race.name)
        told[race.name] = found = run(race, files, given.rounds)
        hand = found["by hand"]
        for name, one in found.items():
            clock, processor = one["clock"] / hand["clock"], one["processor"] / hand["processor"]
            times = f"{one['clock'] * 1000:7,.0f} ms, {one['processor'] * 1000:7,.0f} ms"
            print(f"  {name:12} {times}; {clock:.2f} x clock, {processor:.2f} x processor; {one['rows']:,.0f} rows")
    if given.json:
        given.json.write_text(json.dumps({"rows": given.rows, "races": told}, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()
