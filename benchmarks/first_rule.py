"""Events a second of the first detection's KQL query, beside the same rule as closures written by hand."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import emulator
from emulator.clock import TICKS_PER_DAY, from_datetime, to_datetime
from emulator.events.organisation import Organisation
from emulator.interpreter.tables import Prepared, prepare
from emulator.schema import BUILT_IN

ROOT = Path(__file__).parent.parent
QUERY = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares/sentinel.kql"
TABLES = ("DeviceNetworkEvents", "DeviceProcessEvents")
Row = tuple[Any, ...]


def rows_in_memory(events: int) -> tuple[dict[str, Prepared], datetime]:
    """About that many rows of both tables, with the values of their types, and the moment after the last."""
    organisation = Organisation.from_profile(ROOT / "corpus/profiles/office.yaml", 1, 200, 3650)
    given: dict[str, list[Mapping[str, object]]] = {name: [] for name in TABLES}
    last = 0
    for event in islice((one for one in organisation.events("defender") if one.table in given), min(events, 50_000)):
        given[event.table].append(event.row)
        last = event.at
    copies = max(1, events // max(1, sum(map(len, given.values()))))
    tables = {}
    for name, rows in given.items():
        row = BUILT_IN.table(name)
        assert row is not None
        made = prepare(rows, row)
        tables[name] = Prepared(made.names, list(made.rows) * copies)
    return tables, to_datetime(last)


def by_hand(tables: Mapping[str, Prepared], now: datetime) -> Callable[[], int]:
    """The three legs of the query as closures over tuples, as one would write them for this rule alone."""
    network, process = (tables[name] for name in TABLES)
    since = from_datetime(now) - TICKS_PER_DAY
    at, port, action, starter = _slots(
        network, "TimeGenerated", "RemotePort", "ActionType", "InitiatingProcessFileName"
    )
    process_at, name, line = _slots(process, "TimeGenerated", "FileName", "ProcessCommandLine")

    def smb(row: Row) -> bool:
        return (
            row[port] == 445
            and row[action] in {"ConnectionSuccess", "ConnectionFound"}
            and row[starter].lower() not in {"svchost.exe", "system"}
        )

    def tool(row: Row) -> bool:
        return row[name].lower() in {"psexec.exe", "psexec64.exe", "paexec.exe", "remcom.exe"}

    def net(row: Row) -> bool:
        folded = row[line].lower()
        return row[name].lower() in {"net.exe", "net1.exe"} and "use" in folded.split() and "\\\\" in folded

    def run() -> int:
        found = [row for row in network.rows if row[at] > since and smb(row)]
        found += [row for row in process.rows if row[process_at] > since and tool(row)]
        found += [row for row in process.rows if row[process_at] > since and net(row)]
        return len(found)

    return run


def _slots(table: Prepared, *names: str) -> list[int]:
    return [table.names.index(name) for name in names]


def seconds(action: Callable[[], object], rounds: int) -> float:
    """The median processor time of an action, after one that is not counted: other programs do not count."""
    action()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return statistics.median(times)


def small_run(query: emulator.Query, rows: Sequence[Row], prepared: Prepared, now: datetime) -> None:
    """What a run on 20 events costs, with and without rows to build a result of."""
    few = {"DeviceNetworkEvents": Prepared(prepared.names, list(rows[:20]))}
    none = {"DeviceNetworkEvents": Prepared(prepared.names, [])}
    many = 500
    for what, tables in (("20 events", few), ("no events", none)):
        cost = seconds(lambda tables=tables: [query.run(tables, now=now) for _ in range(many)], 5) / many
        print(f"Query.run on {what}: {cost * 1e6:.1f} µs")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    tables, now = rows_in_memory(options.events)
    query = emulator.compile(QUERY.read_text("utf8"), language="kql")
    network, process = (len(tables[name].rows) for name in TABLES)
    legs = network + 2 * process
    ours = seconds(lambda: query.run(tables, now=now), options.rounds)
    theirs = seconds(by_hand(tables, now), options.rounds)
    print(f"{network} network rows, {process} process rows read twice: {legs} events over the legs")
    print(f"interpreter   {legs / ours / 1e6:6.2f} million events/s")
    print(f"closures      {legs / theirs / 1e6:6.2f} million events/s")
    print(f"ratio         {theirs / ours:6.2f} (above 1: the interpreter is quicker)")
    small_run(query, tables["DeviceNetworkEvents"].rows, tables["DeviceNetworkEvents"], now)


if __name__ == "__main__":
    main()
