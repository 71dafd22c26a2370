"""What the log sources of Sigma's Windows rules record: the Sysmon event, and its fields on an ordinary day.

Each source has several days, so that a rule which excludes the values of one still finds an event.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.events.sigma.conditions import Fields
from emulator.nodes import record

SYSMON = "Microsoft-Windows-Sysmon"
_TIME = "2026-03-02 09:00:00.000"


@record
class LogSource:
    """A Sysmon event that shows what a category of rules is about, with the usual values of its fields."""

    event_id: int
    usual: tuple[Fields, ...]


def _day(common: Fields, *days: Fields) -> tuple[Fields, ...]:
    return tuple({**common, **day} for day in days)


_PROCESS = (
    {
        "ProcessGuid": "{a0000000-0000-0001-0000-000000000001}",
        "ProcessId": "4711",
        "Image": "C:\\Program Files\\Vendor\\program.exe",
        "User": "CONTOSO\\alice",
    },
    {
        "ProcessGuid": "{a0000000-0000-0001-0000-000000000001}",
        "ProcessId": "6502",
        "Image": "D:\\Tools\\runner.exe",
        "User": "FABRIKAM\\bob",
    },
)
_CREATED: tuple[Fields, ...] = (
    {
        **_PROCESS[0],
        "FileVersion": "1.0.0.0",
        "Description": "Program",
        "Product": "Vendor Suite",
        "Company": "Vendor",
        "OriginalFileName": "program.exe",
        "CommandLine": "program.exe",
        "CurrentDirectory": "C:\\Users\\alice\\",
        "LogonGuid": "{a0000000-0000-0002-0000-000000000001}",
        "LogonId": "0x4c3a2",
        "TerminalSessionId": "1",
        "IntegrityLevel": "Medium",
        "Hashes": "SHA1=DA39A3EE5E6B4B0D3255BFEF95601890AFD80709,MD5=D41D8CD98F00B204E9800998ECF8427E,"
        "SHA256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855,IMPHASH=00000000000000000000000000000000",
        "ParentProcessGuid": "{a0000000-0000-0001-0000-000000000002}",
        "ParentProcessId": "1024",
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ParentCommandLine": "C:\\Windows\\explorer.exe",
        "ParentUser": "CONTOSO\\alice",
    },
    {
        **_PROCESS[1],
        "FileVersion": "7.2",
        "Description": "Task Runner",
        "Product": "Runner",
        "Company": "Fabrikam",
        "OriginalFileName": "runner.exe",
        "CommandLine": '"D:\\Tools\\runner.exe" --once',
        "CurrentDirectory": "D:\\Work\\",
        "LogonGuid": "{a0000000-0000-0002-0000-000000000002}",
        "LogonId": "0x8d001",
        "TerminalSessionId": "2",
        "IntegrityLevel": "High",
        "Hashes": "SHA1=0BEEC7B5EA3F0FDBC95D0DD47F3C5BC275DA8A33,MD5=ACBD18DB4CC2F85CEDEF654FCCC4A4D8,"
        "SHA256=2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE,IMPHASH=11111111111111111111111111111111",
        "ParentProcessGuid": "{a0000000-0000-0001-0000-000000000003}",
        "ParentProcessId": "2048",
        "ParentImage": "D:\\Tools\\scheduler.exe",
        "ParentCommandLine": "scheduler.exe --service",
        "ParentUser": "FABRIKAM\\deploy",
    },
    {"Image": "payload.dat", "CommandLine": "payload.dat", "ParentImage": "C:\\Windows\\explorer.exe"},
)

LOG_SOURCES: Mapping[str, LogSource] = {
    "process_creation": LogSource(1, _CREATED),
    "network_connection": LogSource(
        3,
        _day(
            {
                "Protocol": "tcp",
                "Initiated": "true",
                "SourceIsIpv6": "false",
                "SourceIp": "10.0.0.5",
                "SourceHostname": "ws01.contoso.example",
                "SourcePort": "50123",
                "DestinationIsIpv6": "false",
            },
            {
                **_PROCESS[0],
                "DestinationIp": "192.0.2.10",
                "DestinationHostname": "server.contoso.example",
                "DestinationPort": "8443",
            },
            {
                **_PROCESS[1],
                "DestinationIp": "198.51.100.7",
                "DestinationHostname": "files.fabrikam.example",
                "DestinationPort": "4443",
            },
        ),
    ),
    "image_load": LogSource(
        7,
        _day(
            {"Signed": "true", "Signature": "Vendor", "SignatureStatus": "Valid"},
            {**_PROCESS[0], "ImageLoaded": "C:\\Program Files\\Vendor\\library.dll"},
            {**_PROCESS[1], "ImageLoaded": "D:\\Tools\\helper.dll"},
        ),
    ),
    "file_event": LogSource(
        11,
        _day(
            {"CreationUtcTime": _TIME},
            {**_PROCESS[0], "TargetFilename": "C:\\Users\\alice\\Documents\\program.exe"},
            {**_PROCESS[1], "TargetFilename": "D:\\Work\\script.ps1"},
        ),
    ),
    "dns_query": LogSource(
        22,
        _day(
            {"QueryStatus": "0", "QueryResults": "192.0.2.10;"},
            {**_PROCESS[0], "QueryName": "server.contoso.example"},
            {**_PROCESS[1], "QueryName": "files.fabrikam.example"},
        ),
    ),
}
"""By the category of Sigma's taxonomy."""

TIME: Fields = {"UtcTime": _TIME}
COMPUTER = "ws01.contoso.example"
