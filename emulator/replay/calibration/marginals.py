"""The marginals that are compared, each a KQL query, so that anybody can ask a workspace of their own the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from emulator.nodes import record
from emulator.query import Query, compile

OTHER = "other"
"""The key of everything that a reference does not list."""


@record
class Marginal:
    """How events share out among keys: by table that can tell, a query that gives the columns Key and Count.

    The first table that holds something tells. `turns` marks keys on a dial, whose zero recordings do not share.
    """

    name: str
    title: str
    queries: Mapping[str, str]
    turns: int = 0


def _by(table: str, key: str, condition: str = "true") -> str:
    return f"{table} | where {condition} | summarize Count = count() by Key = {key}"


_STARTED = "EventID == 4688"
_LAST = r'tolower(tostring(split({}, "\\")[-1]))'
_OUTBOUND = 'ActionType != "InboundConnectionAccepted"'
_ACCOUNT = (
    'case({0} endswith "$" or {0} =~ "SYSTEM", "system", '
    '{0} in~ ("LOCAL SERVICE", "NETWORK SERVICE"), tolower({0}), "people and services")'
)
_PORT = 'iff(RemotePort >= 49152, "49152 and above", tostring(RemotePort))'

MARGINALS = (
    Marginal(
        "programs",
        "programs that start",
        {
            "DeviceProcessEvents": _by("DeviceProcessEvents", "tolower(FileName)"),
            "SecurityEvent": _by("SecurityEvent", _LAST.format("NewProcessName"), _STARTED),
        },
    ),
    Marginal(
        "parents",
        "programs that start others",
        {
            "DeviceProcessEvents": _by("DeviceProcessEvents", "tolower(InitiatingProcessFileName)"),
            "SecurityEvent": _by("SecurityEvent", _LAST.format("ParentProcessName"), _STARTED),
        },
    ),
    Marginal(
        "accounts",
        "accounts that programs start under",
        {
            "DeviceProcessEvents": _by("DeviceProcessEvents", _ACCOUNT.format("AccountName")),
            "SecurityEvent": _by("SecurityEvent", _ACCOUNT.format("SubjectUserName"), _STARTED),
        },
    ),
    Marginal(
        "integrity",
        "integrity levels of programs that start",
        {"DeviceProcessEvents": _by("DeviceProcessEvents", "tolower(ProcessIntegrityLevel)")},
    ),
    Marginal(
        "hours",
        "hours of the day at which programs start",
        {
            "DeviceProcessEvents": _by("DeviceProcessEvents", "tostring(hourofday(Timestamp))"),
            "SecurityEvent": _by("SecurityEvent", "tostring(hourofday(TimeGenerated))", _STARTED),
        },
        turns=24,
    ),
    Marginal(
        "callers",
        "programs that connect",
        {"DeviceNetworkEvents": _by("DeviceNetworkEvents", "tolower(InitiatingProcessFileName)", _OUTBOUND)},
    ),
    Marginal(
        "ports",
        "ports that programs connect to",
        {"DeviceNetworkEvents": _by("DeviceNetworkEvents", _PORT, _OUTBOUND)},
    ),
    Marginal(
        "file_sharing",
        "programs that connect to port 445",
        {
            "DeviceNetworkEvents": _by(
                "DeviceNetworkEvents", "tolower(InitiatingProcessFileName)", f"{_OUTBOUND} and RemotePort == 445"
            )
        },
    ),
    Marginal(
        "logons",
        "types of logons",
        {"DeviceLogonEvents": _by("DeviceLogonEvents", "tolower(LogonType)", 'ActionType == "LogonSuccess"')},
    ),
    Marginal(
        "files",
        "endings of files that are written",
        {"DeviceFileEvents": _by("DeviceFileEvents", r'tolower(extract(@"(\.[^.\\]+)$", 1, FileName))')},
    ),
)
"""In the order of reports."""

TIMES = {
    "DeviceProcessEvents": "Timestamp",
    "DeviceNetworkEvents": "Timestamp",
    "DeviceFileEvents": "Timestamp",
    "DeviceLogonEvents": "Timestamp",
    "DeviceRegistryEvents": "Timestamp",
    "DeviceImageLoadEvents": "Timestamp",
    "DeviceEvents": "Timestamp",
    "SecurityEvent": "TimeGenerated",
}
"""The tables whose events are counted by host, with the column of their time."""


def rate_query(table: str) -> str:
    """Events of a table by host: how many, the first and the last time, and in how many hours there were some."""
    host, time = ("Computer" if table == "SecurityEvent" else "DeviceName"), TIMES[table]
    seen = f"First = min({time}), Last = max({time}), Hours = count_distinct(bin({time}, 1h))"
    return f"{table} | summarize Count = count(), {seen} by Host = tolower({host})"


@lru_cache(maxsize=64)
def compiled(text: str) -> Query:
    """A marginal's query, ready to run."""
    return compile(text, language="kql")
