"""How the time of replays grows with rules and with rows, over the events of a synthetic organisation, as a picture.

    python benchmarks/growth.py [--folder FOLDER] [--rows 5000000] [--rounds 3] [--json FILE] [--svg FILE]
    python benchmarks/growth.py --from FILE --svg FILE

Rules are the first detection's, each with programs, a port and people of its own, so that they are different texts
and most of them fire. All run in one pass (`emulator.many`), over all rows; beside them one rule alone, on the engine
`duckdb`. Then the first detection's queries run over the first 2 % to 100 % of the rows. Times are medians, on the
clock and of the processor, of rounds in which everything is run in turn. `--from` draws a picture of figures that
`--json` wrote (the extra `pictures`).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from organisation_files import NOW, head, make, organisation

import emulator
from emulator.interpreter.context import Limits
from emulator.many import run_many

ROOT = Path(__file__).parents[1]
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares"
LIMITS = Limits(seconds=1200.0, memory=6 << 30)
COUNTS = (1, 10, 50, 200, 1000)
PARTS = (0.02, 0.1, 0.2, 0.5, 1.0)
TOOLS = ('"psexec.exe"', '"psexec64.exe"', '"paexec.exe"', '"remcom.exe"')
SHARES = ('"ADMIN$"', '"C$"', '"IPC$"', '"\\\\\\\\"')


def rules(count: int, people: list[str]) -> dict[str, emulator.Query]:
    """Rules of the first detection's shape: `net use` of the homes of some people, some tools, and a port."""
    text = (RULE / "sentinel.kql").read_text("utf8")
    made = {}
    for number in range(count):
        chosen = random.Random(number)  # noqa: S311 - the same rules each time
        changed = text.replace("445", str(20_000 + number))
        for tool in TOOLS:
            changed = changed.replace(tool, f'"tool{chosen.randrange(10_000)}.exe"')
        for share, person in zip(SHARES, chosen.sample(people, len(SHARES)), strict=True):
            changed = changed.replace(share, f'"{person}"')
        made[f"rule {number}"] = emulator.compile(changed, language="kql")
    return made


def timed(action: Callable[[], Any]) -> tuple[float, float]:
    """Seconds that it takes on the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - clock, time.process_time() - processor


def medians(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, dict[str, float]]:
    """The medians of each way's times, all of them run in turn; the first one runs once more before, to warm up."""
    next(iter(ways.values()))()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(timed(way))
    told = {}
    for name, measured in times.items():
        clock, processor = (statistics.median(column) for column in zip(*measured, strict=True))
        told[name] = {"clock": clock, "processor": processor}
    return told


def grow_rules(files: dict[str, Path], people: list[str], rounds: int) -> dict[str, Any]:
    """Seconds by the number of rules in one pass, and of one rule alone."""
    tables: dict[str, Any] = {name: files[name] for name in ("DeviceNetworkEvents", "DeviceProcessEvents")}
    asked = rules(max(COUNTS), people)
    first = asked["rule 0"]
    ways: dict[str, Callable[[], Any]] = {
        "alone": lambda: first.run(tables, now=NOW, limits=LIMITS, engine="duckdb"),
    }
    for count in COUNTS:
        some = dict(list(asked.items())[:count])
        ways[str(count)] = lambda some=some: run_many(some, tables, now=NOW, limits=LIMITS)
    found: dict[str, Any] = {}
    ways[str(max(COUNTS))] = lambda: found.update(
        (name, result.rows) for name, result in run_many(asked, tables, now=NOW, limits=LIMITS).items()
    )
    told = medians(ways, rounds)
    assert found["rule 0"] == first.run(tables, now=NOW, limits=LIMITS, engine="duckdb").rows
    fired = sum(bool(found[name]) for name in asked)
    return {"alone": told.pop("alone"), "pass": told, "fired": fired, "alerts": sum(len(found[n]) for n in asked)}


def grow_rows(files: dict[str, Path], rows: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Seconds of the first detection's queries by the rows of a table."""
    kql = emulator.compile((RULE / "sentinel.kql").read_text("utf8"), language="kql")
    cql = emulator.compile((RULE / "logscale.cql").read_text("utf8"), language="cql", assume=("infix-in", "bare-drop"))
    told: dict[str, dict[str, Any]] = {"KQL": {}, "CQL": {}}
    for part in PARTS:
        number = int(rows * part)
        some = files if number == rows else head(files, number)
        tables: dict[str, Any] = {name: some[name] for name in ("DeviceNetworkEvents", "DeviceProcessEvents")}
        stream: dict[str, Any] = {"events": some["events"]}
        ways: dict[str, Callable[[], Any]] = {
            "KQL": lambda tables=tables: kql.run(tables, now=NOW, limits=LIMITS, engine="duckdb"),
            "CQL": lambda stream=stream: cql.run(stream, now=NOW, limits=LIMITS, engine="duckdb"),
        }
        for name, measured in medians(ways, rounds).items():
            told[name][str(number)] = measured
    return told


def draw(told: dict[str, Any], place: Path) -> None:
    """Two pictures side by side: time by rules, and time by rows."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "ruleproof", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    counts = [int(count) for count in told["rules"]["pass"]]
    alone = told["rules"]["alone"]["processor"]
    left.loglog(counts, [alone * count for count in counts], "--", color="0.6", label="one after the other")
    left.loglog(counts, [one["processor"] for one in told["rules"]["pass"].values()], "o-", label="in one pass")
    left.set(xlabel="rules", ylabel="seconds of the processor", title=f"{told['rows'] / 1e6:g} million rows a table")
    for (name, measured), mark in zip(told["by rows"].items(), "os", strict=True):
        times = [one["processor"] for one in measured.values()]
        right.loglog([int(rows) for rows in measured], times, f"{mark}-", label=f"first rule, {name}")
    right.set(xlabel="rows a table (the stream has twice as many)", ylabel="seconds of the processor", title="one rule")
    for axes in (left, right):
        axes.grid(visible=True, which="major", linewidth=0.4)
        axes.legend(frameon=False)
    figure.savefig(place, metadata={"Date": None})


def _told(times: dict[str, float]) -> str:
    return f"{times['clock']:8.3f} s ({times['processor']:8.3f} s of the processor)"


def main() -> None:
    """Measure or read figures, print them, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_files"))
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--from", dest="read", type=Path)
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args()
    if given.read is not None:
        told = json.loads(given.read.read_text("utf8"))
    else:
        files = make(given.folder, given.rows)
        computers = organisation(given.rows, 1).computers
        people = sorted({one.person.name for one in computers if one.person is not None and one.person.name.isalnum()})
        told = {
            "rows": given.rows,
            "rules": grow_rules(files, people, given.rounds),
            "by rows": grow_rows(files, given.rows, given.rounds),
        }
    alone = told["rules"]["alone"]
    print(f"one rule alone {_told(alone)}; {told['rules']['fired']} of {max(COUNTS)} rules fire")
    for count, one in told["rules"]["pass"].items():
        print(
            f"{count:>5} rules in one pass {_told(one)}, {one['processor'] / alone['processor']:6.2f} times one alone"
        )
    for name, measured in told["by rows"].items():
        for rows, one in measured.items():
            print(f"{name} {int(rows):>10,} rows {_told(one)}")
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", "utf8")
    if given.svg:
        draw(told, given.svg)


if __name__ == "__main__":
    main()
