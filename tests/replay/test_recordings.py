"""Both queries over the recordings, against a straightforward re-computation of what the queries say."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.events.recordings.mapped import Tally
from emulator.replay.corpus import load_material
from emulator.replay.measuring import Measurement, Part, measure
from emulator.replay.parts.recordings import SENSORS, parts_of_path
from emulator.replay.rulebook import compile_rule
from emulator.rules import Language, QueryName, load_detection

ROOT = Path(__file__).parents[2]
DETECTION = load_detection(ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares", ROOT)
TOOLS = {"psexec.exe", "psexec64.exe", "paexec.exe", "remcom.exe"}
SHARES = [r"(?<![a-z0-9])admin\$", r"(?<![a-z0-9])c\$", r"(?<![a-z0-9])ipc\$", r"\\\\"]
USE = r"(?<![^\W_])use(?![^\W_])"


def text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name, "")).lower()


def kql_alerts(table: str, row: Mapping[str, Any]) -> int:
    """How many rows the KQL query gives for a row within its time."""
    if table == "DeviceNetworkEvents":
        port = row.get("RemotePort") == 445 and row.get("ActionType") in ("ConnectionSuccess", "ConnectionFound")
        return int(port and text(row, "InitiatingProcessFileName") not in ("svchost.exe", "system"))
    if table != "DeviceProcessEvents":
        return 0
    name, line = text(row, "FileName"), text(row, "ProcessCommandLine")
    shares = any(re.search(share, line) for share in SHARES)
    return int(name in TOOLS) + int(name in ("net.exe", "net1.exe") and bool(re.search(USE, line)) and shares)


def cql_alerts(_: str, row: Mapping[str, Any]) -> int:
    """How many rows the CQL query gives for an event."""
    if row.get("#event_simpleName") not in ("ProcessRollup2", "NetworkConnectIP4"):
        return 0
    name, line = row.get("FileName"), row.get("CommandLine", "")
    if name is not None and re.search(r"(?i)^(psexec64?|paexec|remcom)\.exe$", name):
        return 1
    net = name is not None and re.search(r"(?i)^net1?\.exe$", name)
    if net and re.search(r"(?i)\buse\b", line) and re.search(r"(?i)(ADMIN\$|IPC\$|C\$)", line):
        return 1
    connection = row["#event_simpleName"] == "NetworkConnectIP4" and row.get("RemotePort") == "445"
    return int(connection and name not in ("svchost.exe", "System"))


COUNTED = {QueryName.KQL: kql_alerts, QueryName.CQL: cql_alerts}


def expected(part: Part, name: QueryName) -> int:
    return sum(COUNTED[name](event.table, event.row) for event in part.events(name.language) if event.at)


@pytest.fixture(scope="module")
def measured(recordings: Path) -> list[Measurement]:
    parts = parts_of_path(recordings / "normalized", load_material(ROOT), Tally())
    rules = [compile_rule(DETECTION, name, ROOT) for name in COUNTED]
    return [one for part in parts for one in measure(rules, part)]


@pytest.mark.once
@pytest.mark.untraced
def test_alerts_equal_a_recomputation(measured: list[Measurement]) -> None:
    wrong = [
        (one.part.name, one.rule.name, one.alerts)
        for one in measured
        if one.alerts != expected(one.part, one.rule.name)
    ]
    assert not wrong


@pytest.mark.once
@pytest.mark.untraced
def test_what_the_attacks_come_to(measured: list[Measurement]) -> None:
    attacks = [one for one in measured if DETECTION.attack.technique in one.part.techniques]
    seen = Counter(one.rule.name for one in attacks if one.alerts)
    assert len(attacks) == 2 * 37
    assert seen[QueryName.KQL] < seen[QueryName.CQL] < 37
    assert sum(bool(one.unmeasured) for one in measured) > 0


@pytest.mark.once
@pytest.mark.untraced
def test_events_are_counted_once(measured: list[Measurement]) -> None:
    for language in Language:
        events: Iterable[int] = {
            one.part.name: one.events for one in measured if one.rule.name.language is language
        }.values()
        assert sum(events) > 40_000 or language is Language.CQL
    assert set(SENSORS) == set(Language)
