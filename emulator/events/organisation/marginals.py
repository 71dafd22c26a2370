"""The rates and shares of an organisation's events, measured, to hold them against what its profile claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from emulator.events.activity import (
    KERNEL,
    Activity,
    ConnectionMade,
    Direction,
    FileCreated,
    ImageLoaded,
    LogonSucceeded,
    ProcessStarted,
    RegistryValueSet,
)

_TOOLS = frozenset({"psexec.exe", "psexec64.exe", "paexec.exe", "remcom.exe"})


def measure(activities: Iterable[Activity], host_days: int) -> dict[str, float]:
    """Every marginal that a profile can claim; a share of nothing is 0."""
    counts: Counter[str] = Counter()
    for activity in activities:
        if isinstance(activity, ProcessStarted):
            counts.update(_process(activity))
        elif isinstance(activity, ConnectionMade):
            counts.update(_connection(activity))
        else:
            counts[type(activity).__name__] += 1
    return {
        "processes_per_host_day": counts["process"] / host_days,
        "connections_per_host_day": counts["connection"] / host_days,
        "kernel_share_of_outbound_445": counts["kernel 445"] / max(1, counts["445"]),
        "web_share_of_outbound": counts["web"] / max(1, counts["outbound"]),
        "net_use_per_host_day": counts["net use"] / host_days,
        "psexec_per_thousand_host_days": 1000 * counts["psexec"] / host_days,
        "logons_per_host_day": counts[LogonSucceeded.__name__] / host_days,
        "files_per_host_day": counts[FileCreated.__name__] / host_days,
        "registry_per_host_day": counts[RegistryValueSet.__name__] / host_days,
        "loads_per_host_day": counts[ImageLoaded.__name__] / host_days,
    }


def _process(activity: ProcessStarted) -> list[str]:
    name, line = activity.process.base_name.lower(), activity.process.command_line or ""
    found = ["process"]
    if name in _TOOLS:
        found.append("psexec")
    if name in ("net.exe", "net1.exe") and " use " in line:
        found.append("net use")
    return found


def _connection(activity: ConnectionMade) -> list[str]:
    found = ["connection"]
    if activity.direction is Direction.OUTBOUND:
        found.append("outbound")
        if activity.remote.port in (80, 443) and activity.remote_name is not None:
            found.append("web")
        if activity.remote.port == 445:
            found.append("445")
            if activity.process is KERNEL:
                found.append("kernel 445")
    return found
