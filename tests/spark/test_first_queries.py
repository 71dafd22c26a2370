"""The first detection's queries give on Spark what the interpreter gives, over generated Parquet."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[2] / "detections" / "lateral_movement" / "T1021.002_smb_admin_shares"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = Limits(seconds=300)
FILES = ["psexec.exe", "PSEXEC64.exe", "net.exe", "Net1.EXE", "svchost.exe", "System", "chrome.exe", "remcom.exe"]
COMMANDS = [
    r"net use \\srv\ADMIN$",
    r"NET.EXE USE z: \\srv\c$ /y",
    "netuse C$",
    "use_it IPC$",
    "chrome --type=renderer",
    "",
]


def process(draw: random.Random) -> dict[str, Any]:
    return {
        "FileName": draw.choice(FILES),
        "ProcessCommandLine": draw.choice(COMMANDS),
        "InitiatingProcessFileName": draw.choice(FILES),
        "AccountName": draw.choice(["anna", None]),
    }


def connection(draw: random.Random) -> dict[str, Any]:
    return {
        "RemotePort": draw.choice([445, 443, None]),
        "ActionType": draw.choice(["ConnectionSuccess", "ConnectionFound", "ConnectionFailed"]),
        "InitiatingProcessFileName": draw.choice(FILES),
        "InitiatingProcessCommandLine": draw.choice(COMMANDS),
        "RemoteIP": "10.0.0.7",
        "RemoteUrl": draw.choice(["", None, "srv"]),
    }


def event(draw: random.Random) -> dict[str, Any]:
    return {
        "#event_simpleName": draw.choice(["ProcessRollup2", "NetworkConnectIP4", "DnsRequest"]),
        "FileName": draw.choice(FILES),
        "CommandLine": draw.choice(COMMANDS),
        "RemotePort": draw.choice(["445", "443", None]),
        "ComputerName": draw.choice(["pc-1", "pc-2"]),
        "UserName": draw.choice(["anna", None]),
        "@timestamp": int(NOW.timestamp() * 1000) - draw.randrange(86_400_000 * 2),
    }


def write(folder: Path, make: Any, seed: int) -> str:
    from pyarrow import Table, parquet

    draw = random.Random(seed)  # noqa: S311 - rows of a test
    folder.mkdir()
    for number in range(3):
        made = [make(draw) for _ in range(2000)]
        if make is not event:
            for row in made:
                row.update(Timestamp=NOW - timedelta(seconds=draw.randrange(2 * 86400)), DeviceName=draw.choice("ab"))
        parquet.write_table(Table.from_pylist(made), folder / f"part-{number}.parquet", row_group_size=500)
    return str(folder / "*.parquet")


def test_kql(spark: Spark, tmp_path: Path) -> None:
    tables = {
        "DeviceProcessEvents": write(tmp_path / "p", process, 1),
        "DeviceNetworkEvents": write(tmp_path / "n", connection, 2),
    }
    query = emulator.compile((FOLDER / "sentinel.kql").read_text("utf8"), language="kql")
    expected = query.run(tables, now=NOW, limits=LIMITS)
    found = query.run(tables, now=NOW, limits=LIMITS, engine=spark)
    assert found.rows == expected.rows
    assert found.read == expected.read
    assert len(expected.rows) > 100


@pytest.mark.parametrize("text", ["DeviceProcessEvents", "DeviceProcessEvents | where FileName =~ 'net.exe' | count"])
def test_columns_with_two_names(spark: Spark, tmp_path: Path, text: str) -> None:
    tables = {"DeviceProcessEvents": write(tmp_path / "p", process, 1)}
    query = emulator.compile(text, language="kql")
    expected = query.run(tables, now=NOW, limits=LIMITS)
    assert query.run(tables, now=NOW, limits=LIMITS, engine=spark).rows == expected.rows


@pytest.mark.parametrize("time_range", [None, (NOW - timedelta(days=1), NOW)], ids=["all", "a day"])
def test_cql(spark: Spark, tmp_path: Path, time_range: Any) -> None:
    tables = {"events": write(tmp_path / "e", event, 3)}
    query = emulator.compile(
        (FOLDER / "logscale.cql").read_text("utf8"), language="cql", assume=["infix-in", "bare-drop"]
    )
    expected = query.run(tables, now=NOW, limits=LIMITS, time_range=time_range)
    found = query.run(tables, now=NOW, limits=LIMITS, time_range=time_range, engine=spark)
    assert found.rows == expected.rows
    assert (found.read, found.notes) == (expected.read, expected.notes)
    assert len(expected.rows) > 100
