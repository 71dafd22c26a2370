"""The engine `spark` on a standalone cluster of this machine: a master and workers of one core each, on loopback.

    python benchmarks/cluster.py [--rows 5000000] [--workers 1 2] [--rounds 3] [--only TEXT] [--data FOLDER]

Makes process, network and Falcon tables of that many rows each, once, in Parquet and JSON lines; starts a real cluster
(`spark://`) for each number of workers; and runs the first detection's queries, one whose condition SQL can't say, and
one that aggregates. What is printed is JSON: wall seconds, CPU seconds of the executors, rows that came to the driver,
and the driver's memory.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyspark
from pyarrow import parquet

import emulator
from emulator.columnar.spark import columns
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits, Run

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DETECTION = Path(__file__).parents[1] / "detections" / "lateral_movement" / "T1021.002_smb_admin_shares"
FILE_ROWS = 1_000_000
LIMITS = Limits(seconds=3600, memory=4 << 30)
PROGRAMS = ["chrome.exe", "svchost.exe", "msedge.exe", "code.exe", "teams.exe", "outlook.exe", "System", "net.exe"]
SHARES = [0.3, 0.25, 0.2, 0.1, 0.1, 0.0399, 0.01, 0.0001]
PORTS = [0.7, 0.15, 0.1, 0.0499, 0.0001]
COUNTING = (
    "DeviceProcessEvents | where FileName in~ ('net.exe', 'code.exe') | summarize count() by DeviceName, FileName"
)
WITHOUT_SQL = "DeviceProcessEvents | where hash_md5(strcat(FileName, ProcessCommandLine, DeviceName)) startswith '000'"


def some(draw: np.random.Generator, values: list[str], count: int, shares: list[float] | None = None) -> pa.Array:
    indices = pa.array(draw.choice(len(values), count, p=shares).astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(values)).dictionary_decode()


def times(draw: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
    """Microseconds within the day before NOW, in order."""
    return np.sort(draw.integers(0, 86_400_000_000, count)) + int(NOW.timestamp() * 1e6) - 86_400_000_000


def commands(draw: np.random.Generator, programs: pa.Array, count: int) -> pa.Array:
    """Command lines of about a hundred characters; one in a hundred thousand uses a share."""
    folder = [rf"C:\Program Files\Vendor {one}\Product\bin" for one in range(500)]
    more = [f"--type=renderer --lang=en-US --device-scale={one} --client-id={one * 7919:08x}" for one in range(5000)]
    made = pa.compute.binary_join_element_wise(
        some(draw, folder, count), "\\", programs, " ", some(draw, more, count), ""
    )
    rare = draw.random(count) < 1e-5
    return pa.compute.if_else(pa.array(rare), r"net use z: \\fs01\C$ /user:admin", made)


def process_rows(draw: np.random.Generator, count: int) -> pa.Table:
    files = some(draw, PROGRAMS, count, SHARES)
    return pa.table({
        "Timestamp": pa.array(times(draw, count), pa.timestamp("us", "UTC")),
        "DeviceName": some(draw, [f"pc-{one:05}" for one in range(5000)], count),
        "AccountName": some(draw, [f"user{one}" for one in range(4000)], count),
        "FileName": files,
        "ProcessCommandLine": commands(draw, files, count),
        "InitiatingProcessFileName": some(draw, PROGRAMS, count, SHARES),
        "ProcessId": pa.array(draw.integers(4, 60000, count)),
    })  # fmt: skip


def network_rows(draw: np.random.Generator, count: int) -> pa.Table:
    files = some(draw, PROGRAMS, count, SHARES)
    return pa.table({
        "Timestamp": pa.array(times(draw, count), pa.timestamp("us", "UTC")),
        "DeviceName": some(draw, [f"pc-{one:05}" for one in range(5000)], count),
        "RemotePort": pa.array(draw.choice([443, 80, 53, 3389, 445], count, p=PORTS), pa.int32()),
        "RemoteIP": some(draw, [f"10.{one >> 8}.{one & 255}.7" for one in range(20000)], count),
        "RemoteUrl": some(draw, [f"host{one}.example" for one in range(20000)], count),
        "ActionType": some(draw, ["ConnectionSuccess", "ConnectionFailed", "ConnectionFound"], count),
        "InitiatingProcessFileName": files,
        "InitiatingProcessCommandLine": commands(draw, files, count),
    })  # fmt: skip


def falcon_rows(draw: np.random.Generator, count: int) -> pa.Table:
    files = some(draw, PROGRAMS, count, SHARES)
    ports = draw.choice(["443", "80", "53", "3389", "445"], count, p=PORTS)
    return pa.table({
        "@timestamp": pa.array(times(draw, count) // 1000),
        "#event_simpleName": some(draw, ["ProcessRollup2", "NetworkConnectIP4", "DnsRequest"], count),
        "ComputerName": some(draw, [f"pc-{one:05}" for one in range(5000)], count),
        "UserName": some(draw, [f"user{one}" for one in range(4000)], count),
        "FileName": files,
        "CommandLine": commands(draw, files, count),
        "RemoteAddressIP4": some(draw, [f"10.{one >> 8}.{one & 255}.7" for one in range(20000)], count),
        "RemotePort": pa.array(ports),
    })  # fmt: skip


MADE = {"DeviceProcessEvents": process_rows, "DeviceNetworkEvents": network_rows, "events": falcon_rows}


def write(folder: Path, rows: int) -> None:
    """The tables, in files of a million rows; the lines hold a tenth of the Falcon events."""
    for place, (name, make) in enumerate(MADE.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(0, rows, FILE_ROWS):
            table = make(np.random.default_rng((place, number)), min(FILE_ROWS, rows - number))
            parquet.write_table(
                table, folder / name / f"{number:012}.parquet", compression="zstd", row_group_size=200_000
            )
    (folder / "lines").mkdir(exist_ok=True)
    made = falcon_rows(np.random.default_rng(9), rows // 10)
    with (folder / "lines" / "events.jsonl").open("w", encoding="utf8") as file:
        for batch in made.to_batches(max_chunksize=10_000):
            file.writelines(json.dumps(row) + "\n" for row in batch.to_pylist())
    (folder / "rows").write_text(str(rows), "utf8")


@contextlib.contextmanager
def cluster(workers: int, folder: Path) -> Iterator[tuple[str, list[psutil.Process]]]:
    """A master and workers of one core and 2 GiB each, on loopback; ended at the end."""
    home = Path(pyspark.__path__[0])
    settings = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_MASTER_OPTS": "-Dspark.ui.enabled=false",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> Path:
        log = folder / f"{len(started)}.log"
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
        with log.open("wb") as file:
            started.append(subprocess.Popen(command, env=settings, stdout=file, stderr=file))  # noqa: S603 - Spark's own
        return log

    try:
        log = start("master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        url = said(log, r"Starting Spark master at (spark://\S+)")
        address = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0", "--cores", "1", "--memory", "2g", url]
        for _ in range(workers):
            said(start("worker.Worker", *address), r"(Successfully registered) with master")
        yield url, [psutil.Process(one.pid) for one in started[1:]]
    finally:
        for one in reversed(started):
            one.terminate()
            one.wait(30)


def said(log: Path, pattern: str) -> str:
    """What a process says of itself, once it does."""
    for _ in range(600):
        if found := re.search(pattern, log.read_text("utf8", "replace")):
            return found[1]
        time.sleep(0.2)
    raise SystemExit(f"not said within two minutes: {pattern}\n{log.read_text('utf8', 'replace')[-2000:]}")


def processor_seconds(workers: list[psutil.Process]) -> float:
    """CPU seconds of the executors, which are the workers' children."""
    total = 0.0
    for worker in workers:
        for one in worker.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                used = one.cpu_times()
                total += used.user + used.system
    return total


def measured(
    name: str, query: emulator.Query, tables: dict[str, str], engine: Spark, workers: list[psutil.Process], rounds: int
) -> dict[str, Any]:
    """One query, after a run that warms up what it needs."""
    fetched: list[int] = []
    whole = columns.InColumns.survivors  # counts what comes to the driver

    def counted(self: columns.InColumns, run: Run) -> pa.Table:
        table = whole(self, run)
        fetched.append(table.num_rows)
        return table

    columns.InColumns.survivors = counted  # type: ignore[method-assign]  # counted for the run
    seconds, used = [], []
    result = query.run(tables, now=NOW, engine=engine, limits=LIMITS)
    for _ in range(rounds):
        fetched.clear()
        before, start = processor_seconds(workers), time.perf_counter()
        result = query.run(tables, now=NOW, engine=engine, limits=LIMITS)
        seconds.append(time.perf_counter() - start)
        used.append(processor_seconds(workers) - before)
    columns.InColumns.survivors = whole  # type: ignore[method-assign]  # counted for the run
    return {
        "query": name,
        "workers": len(workers),
        "rows read": sum(result.read.values()),
        "rows that came to the driver": sum(fetched),
        "rows of the result": len(result.rows),
        "seconds": round(median(seconds), 2),
        "executors' CPU seconds": round(median(used), 2),
    }


def queries() -> Iterator[tuple[str, emulator.Query, list[str]]]:
    kql = emulator.compile((DETECTION / "sentinel.kql").read_text("utf8"), language="kql")
    yield "first detection, KQL", kql, ["DeviceProcessEvents", "DeviceNetworkEvents"]
    text = (DETECTION / "logscale.cql").read_text("utf8")
    cql = emulator.compile(text, language="cql", assume=["infix-in", "bare-drop"])
    yield "first detection, CQL", cql, ["events"]
    yield "first detection, CQL, JSON lines", cql, ["lines"]
    yield "a condition without SQL, KQL", emulator.compile(WITHOUT_SQL, language="kql"), ["DeviceProcessEvents"]
    yield "counting, KQL", emulator.compile(COUNTING, language="kql"), ["DeviceProcessEvents"]


def of_workers(workers: int, data: Path, rounds: int, only: str) -> None:
    """All queries on a cluster of some workers; prints a line for each."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder, cluster(workers, Path(folder)) as (url, processes):
        engine = Spark(url, {"spark.executor.memory": "1g", "spark.cores.max": str(workers)})
        for name, query, tables in [one for one in queries() if only in one[0]]:
            given = {"events" if one == "lines" else one: str(data / one) for one in tables}
            print(json.dumps(measured(name, query, given, engine, processes, rounds)), flush=True)
        memory = psutil.Process().memory_info().rss >> 20
        print(json.dumps({"workers": workers, "driver's Python, MiB": memory}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="run the queries with this in their name")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "ruleproof-cluster")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the cluster ends, too
    marker = given.data / "rows"
    if not marker.exists() or marker.read_text("utf8") != str(given.rows):
        write(given.data, given.rows)
    if len(given.workers) == 1:
        of_workers(given.workers[0], given.data, given.rounds, given.only)
        return
    for workers in given.workers:  # Spark has one session for each process
        options = [
            "--rows",
            str(given.rows),
            "--rounds",
            str(given.rounds),
            "--data",
            str(given.data),
            "--only",
            given.only,
        ]
        subprocess.run([sys.executable, __file__, *options, "--workers", str(workers)], check=True)  # noqa: S603 - itself


if __name__ == "__main__":
    main()
