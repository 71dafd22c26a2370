"""How long `ruleproof check` takes for one rule of 100 lines, the start of the process included.

    python benchmarks/start.py [--runs 10]

Writes a repository with one KQL detection into a temporary folder and checks it in processes of their own. Prints the
least and the median time: on the clock, and of the processor (user and system), which a busy machine does not distort.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_DETECTION = """\
id: 8a0f6c52-0d0e-4d29-9c0f-6a52f5a4a0c1
title: Encoded commands that reach out to rare addresses
description: For measuring.
attack:
  tactic: Execution
  technique: T1059.001
  name: PowerShell
  reference: https://attack.mitre.org/techniques/T1059/001/
severity: high
confidence: low
schedule: {frequency: 1h, lookback: 24h}
queries:
  kql:
    file: sentinel.kql
    title: Encoded commands
    product: Microsoft Defender XDR
    page: none
    summary: Programs that were started with encoded commands, and the rare addresses that they reached.
    data_sources: [Process]
    tables: [DeviceProcessEvents, DeviceNetworkEvents]
"""
_START = """\
let lookback = 24h;
let known_tools = dynamic(["backup.exe", "inventory.exe", "deploy.exe"]);
let commands = DeviceProcessEvents
| where Timestamp > ago(lookback)
| where FileName in~ ("powershell.exe", "pwsh.exe", "cmd.exe")
| where not(InitiatingProcessFileName in~ (known_tools))
| extend Encoded = extract(@"(?i)-e(?:nc)?\\s+([A-Za-z0-9+/=]{20,})", 1, ProcessCommandLine)
"""
_STEP = """\
| extend Word{n} = tostring(split(ProcessCommandLine, " ")[{n}])
| where Word{n} !has "trusted{n}" and strlen(Word{n}) between (0 .. 4000)
"""
_END = """\
| project Timestamp, DeviceId, DeviceName, AccountName, ProcessCommandLine, Encoded;
commands
| join kind=inner (
    DeviceNetworkEvents
    | where Timestamp > ago(lookback) and RemoteIPType == "Public"
    | summarize Devices = dcount(DeviceId), First = min(Timestamp) by RemoteIP, DeviceId
    | where Devices < 3
) on DeviceId
| summarize arg_max(Timestamp, *), Commands = make_set(ProcessCommandLine, 50) by DeviceName, AccountName
| extend Hour = bin(Timestamp, 1h), Score = iff(isempty(Encoded), 1, 2)
| sort by Score desc
"""
_LINES = 100


def rule() -> str:
    """A rule of 100 lines."""
    missing = _LINES - len((_START + _END).splitlines())
    steps = "".join(_STEP.format(n=number) for number in range(missing // 2))
    return "// For measuring.\n" * (missing % 2) + _START + steps + _END


def write_repository(root: Path) -> Path:
    """Write a repository with that rule; the folder of its detection."""
    folder = root / "detections" / "execution" / "T1059.001_encoded_commands"
    folder.mkdir(parents=True)
    (folder / "detection.yaml").write_text(_DETECTION, "utf8")
    (folder / "sentinel.kql").write_text(rule(), "utf8")
    return folder


def main() -> None:
    """Check the rule in several processes and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    ruleproof = Path(sys.executable).with_name("ruleproof")
    with tempfile.TemporaryDirectory() as root:
        folder = write_repository(Path(root))
        clock, processor = [], []
        for _ in range(runs + 1):  # the first run writes compiled modules and is not counted
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            found = subprocess.run([ruleproof, "check", str(folder)], capture_output=True, text=True)  # noqa: S603 - our own command
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            clock.append(time.perf_counter() - start)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(found.stdout.strip().splitlines()[-1] if found.stdout else found.stderr)
    for name, times in (("clock", clock[1:]), ("processor", processor[1:])):
        print(f"{name}: least {min(times):.3f} s, median {statistics.median(times):.3f} s of {runs} runs")


if __name__ == "__main__":
    main()
