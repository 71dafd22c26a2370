"""Activities as Defender's tables record them.

Where Defender has no table for an activity, the row goes to the table that Sentinel's Windows connector fills.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import assert_never

from emulator.events.activity import (
    Account,
    Activity,
    ConnectionMade,
    Direction,
    FileCreated,
    Host,
    ImageLoaded,
    Integrity,
    LogonFailed,
    LogonSucceeded,
    LogonType,
    Outcome,
    Process,
    ProcessStarted,
    RegistryValueSet,
    ServiceInstalled,
    ShareAccessed,
    Transport,
    base_name,
)
from emulator.events.addresses import address_kind
from emulator.events.instants import Ticks, iso
from emulator.events.sensors.event import Row, Sensor, SensorEvent, Value, known
from emulator.events.sensors.identity import device_id
from emulator.regular import regular

INTEGRITY: dict[Integrity, str] = {
    Integrity.UNTRUSTED: "Untrusted",
    Integrity.LOW: "Low",
    Integrity.MEDIUM: "Medium",
    Integrity.HIGH: "High",
    Integrity.SYSTEM: "System",
}
"""Defender's names; levels that are not here have none that was seen."""

LOGON_TYPES: dict[LogonType, str] = {
    LogonType.INTERACTIVE: "Interactive",
    LogonType.NETWORK: "Network",
    LogonType.BATCH: "Batch",
    LogonType.SERVICE: "Service",
    LogonType.UNLOCK: "Unlock",
    LogonType.REMOTE_INTERACTIVE: "RemoteInteractive",
}
"""Defender's names; types that are not here have none that was seen."""

PROTOCOLS: dict[Transport, str] = {Transport.TCP: "Tcp", Transport.UDP: "Udp", Transport.ICMP: "Icmp"}

FAILURE_REASONS: dict[int, str] = dict.fromkeys((0xC000006A, 0xC0000064), "InvalidUserNameOrPassword")
"""By sub-status: wrong password, no such user."""

CONNECTION_ACTIONS: dict[tuple[Direction, Outcome], str] = {
    (Direction.OUTBOUND, Outcome.SUCCESS): "ConnectionSuccess",
    (Direction.OUTBOUND, Outcome.FAILED): "ConnectionFailed",
    (Direction.OUTBOUND, Outcome.FOUND): "ConnectionFound",
    (Direction.INBOUND, Outcome.SUCCESS): "InboundConnectionAccepted",
    (Direction.INBOUND, Outcome.FAILED): "InboundConnectionAttempt",
    (Direction.INBOUND, Outcome.FOUND): "ConnectionFound",
}

_EXECUTABLE = regular(r'"([^"]+)"|(.+?\.(?:exe|sys|com|bat|cmd))(?=\s|$)', re.IGNORECASE | re.DOTALL)


def render_defender(activity: Activity) -> list[SensorEvent]:
    """The rows of an activity, one for each table that records it."""
    match activity:
        case ProcessStarted():
            return [_event("DeviceProcessEvents", activity.at, activity.host, _process_started(activity))]
        case ConnectionMade():
            return [_event("DeviceNetworkEvents", activity.at, activity.host, _connection(activity))]
        case FileCreated():
            return [_event("DeviceFileEvents", activity.at, activity.host, _file(activity))]
        case LogonSucceeded() | LogonFailed():
            return [_event("DeviceLogonEvents", activity.at, activity.host, _logon(activity))]
        case ServiceInstalled():
            return [_event("DeviceEvents", activity.at, activity.host, _service(activity))]
        case RegistryValueSet():
            return [_event("DeviceRegistryEvents", activity.at, activity.host, _registry(activity))]
        case ImageLoaded():
            return [_event("DeviceImageLoadEvents", activity.at, activity.host, _load(activity))]
        case ShareAccessed():
            return [SensorEvent(Sensor.DEFENDER, "SecurityEvent", activity.at, _share(activity))]
        case _:
            assert_never(activity)


def _event(table: str, at: Ticks, host: Host, fields: dict[str, Value | None]) -> SensorEvent:
    moment = iso(at)
    common: Row = {
        "Timestamp": moment,
        "TimeGenerated": moment,
        "Type": table,
        "DeviceId": device_id(host.name),
        "DeviceName": host.name.lower(),
    }
    return SensorEvent(Sensor.DEFENDER, table, at, common | known(fields))


def _process_started(activity: ProcessStarted) -> dict[str, Value | None]:
    process = activity.process
    started = activity.at if process.started is None else process.started
    return {
        "ActionType": "ProcessCreated",
        "FileName": process.base_name,
        "FolderPath": process.image,
        "ProcessId": process.pid,
        "ProcessCommandLine": process.command_line,
        "ProcessCreationTime": iso(started),
        "ProcessIntegrityLevel": _integrity(process),
        "LogonId": process.logon_id,
        "MD5": process.hashes.md5,
        "SHA1": process.hashes.sha1,
        "SHA256": process.hashes.sha256,
        "ProcessVersionInfoOriginalFileName": process.version.original_name,
        "ProcessVersionInfoCompanyName": process.version.company,
        "ProcessVersionInfoProductName": process.version.product,
        "ProcessVersionInfoFileDescription": process.version.description,
        **_account(process.account),
        **(_initiating(process.parent) | _initiating_logon(process.parent)),
    }


def _connection(activity: ConnectionMade) -> dict[str, Value | None]:
    return {
        "ActionType": CONNECTION_ACTIONS[activity.direction, activity.outcome],
        "LocalIP": activity.local.address,
        "LocalPort": activity.local.port,
        "LocalIPType": address_kind(activity.local.address),
        "RemoteIP": activity.remote.address,
        "RemotePort": activity.remote.port,
        "RemoteIPType": address_kind(activity.remote.address),
        "RemoteUrl": activity.remote_name,
        "Protocol": PROTOCOLS[activity.transport],
        **_initiating(activity.process),
        "InitiatingProcessIntegrityLevel": _integrity(activity.process),
    }


def _file(activity: FileCreated) -> dict[str, Value | None]:
    request = activity.request
    return {
        "ActionType": "FileCreated",
        "FileName": base_name(activity.path),
        "FolderPath": activity.path,
        "FileSize": activity.size,
        "MD5": activity.hashes.md5,
        "SHA1": activity.hashes.sha1,
        "SHA256": activity.hashes.sha256,
        "RequestProtocol": None if request is None else "SMB",
        "RequestAccountName": None if request is None else request.account.name.lower(),
        "RequestAccountDomain": None if request is None else _lower(request.account.domain),
        "RequestAccountSid": None if request is None else request.account.sid,
        "RequestSourceIP": None if request is None else request.source.address,
        "RequestSourcePort": None if request is None else request.source.port,
        "ShareName": None if request is None else request.share,
        **_initiating(activity.process),
        "InitiatingProcessIntegrityLevel": _integrity(activity.process),
    }


def _logon(activity: LogonSucceeded | LogonFailed) -> dict[str, Value | None]:
    source = activity.source
    fields: dict[str, Value | None] = {
        "LogonType": LOGON_TYPES.get(activity.type),
        "Protocol": activity.package,
        "RemoteIP": None if source is None else source.address,
        "RemoteIPType": None if source is None else address_kind(source.address),
        "RemotePort": None if source is None else source.port,
        "RemoteDeviceName": activity.source_name,
        **_account(activity.account),
        **_initiating(activity.process),
    }
    if isinstance(activity, LogonSucceeded):
        return {
            "ActionType": "LogonSuccess",
            "LogonId": activity.logon_id,
            "IsLocalAdmin": activity.local_admin,
            **fields,
        }
    reason = None if activity.sub_status is None else FAILURE_REASONS.get(activity.sub_status)
    return {"ActionType": "LogonFailed", "FailureReason": reason, **fields}


def _service(activity: ServiceInstalled) -> dict[str, Value | None]:
    binary = service_binary(activity.image_path)
    return {
        "ActionType": "ServiceInstalled",
        "FileName": None if binary is None else base_name(binary),
        "FolderPath": binary,
        "LogonId": activity.logon_id,
        "AdditionalFields": {
            "ServiceName": activity.name,
            "ServiceAccount": activity.runs_as,
            "ServiceStartType": activity.start_type,
            "ServiceType": activity.service_type,
        },
        **_account(activity.account),
    }


def _registry(activity: RegistryValueSet) -> dict[str, Value | None]:
    return {
        "ActionType": "RegistryValueSet",
        "RegistryKey": activity.key,
        "RegistryValueName": activity.name,
        "RegistryValueData": activity.data,
        "RegistryValueType": "String",
        **_initiating(activity.process),
        "InitiatingProcessIntegrityLevel": _integrity(activity.process),
    }


def _load(activity: ImageLoaded) -> dict[str, Value | None]:
    return {
        "ActionType": "ImageLoaded",
        "FileName": base_name(activity.path),
        "FolderPath": activity.path,
        "MD5": activity.hashes.md5,
        "SHA1": activity.hashes.sha1,
        "SHA256": activity.hashes.sha256,
        **_initiating(activity.process),
        "InitiatingProcessIntegrityLevel": _integrity(activity.process),
    }


def service_binary(command: str) -> str | None:
    """The executable at the start of a service's command line, as it is written there; None when it can't be told."""
    found = _EXECUTABLE.match(command)
    return None if found is None else found[1] or found[2]


def _share(activity: ShareAccessed) -> Row:
    account = activity.account
    qualified = account.name if account.domain is None else f"{account.domain}\\{account.name}"
    return known(
        {
            "TimeGenerated": iso(activity.at),
            "Type": "SecurityEvent",
            "EventSourceName": "Microsoft-Windows-Security-Auditing",
            "Channel": "Security",
            "EventID": 5140 if activity.target is None else 5145,
            "Computer": activity.host.name,
            "Account": qualified,
            "SubjectAccount": qualified,
            "SubjectUserName": account.name,
            "SubjectDomainName": account.domain,
            "SubjectUserSid": account.sid,
            "SubjectLogonId": None if activity.logon_id is None else hex(activity.logon_id),
            "ObjectType": "File",
            "IpAddress": activity.source.address,
            "IpPort": None if activity.source.port is None else str(activity.source.port),
            "ShareName": rf"\\*\{activity.share}",
            "ShareLocalPath": activity.local_path,
            "RelativeTargetName": activity.target,
            "AccessMask": hex(activity.access_mask),
        }
    )


def _account(account: Account | None) -> dict[str, Value | None]:
    if account is None:
        return {}
    return {
        "AccountName": account.name.lower(),
        "AccountDomain": _lower(account.domain),
        "AccountSid": account.sid,
    }


@lru_cache(maxsize=1 << 12)
def _initiating(process: Process | None) -> Row:
    """The columns of the acting process that all Device tables share: made once for all that one process does."""
    if process is None:
        return {}
    account, parent = process.account, process.parent
    fields: dict[str, Value | None] = {
        "InitiatingProcessFileName": process.base_name,
        "InitiatingProcessFolderPath": process.image.lower() if "\\" in process.image else None,
        "InitiatingProcessId": process.pid,
        "InitiatingProcessCommandLine": process.command_line,
        "InitiatingProcessCreationTime": None if process.started is None else iso(process.started),
        "InitiatingProcessAccountName": None if account is None else account.name.lower(),
        "InitiatingProcessAccountDomain": None if account is None else _lower(account.domain),
        "InitiatingProcessAccountSid": None if account is None else account.sid,
        "InitiatingProcessMD5": process.hashes.md5,
        "InitiatingProcessSHA1": process.hashes.sha1,
        "InitiatingProcessSHA256": process.hashes.sha256,
        "InitiatingProcessVersionInfoOriginalFileName": process.version.original_name,
        "InitiatingProcessVersionInfoCompanyName": process.version.company,
        "InitiatingProcessVersionInfoProductName": process.version.product,
        "InitiatingProcessVersionInfoFileDescription": process.version.description,
        "InitiatingProcessParentFileName": None if parent is None else parent.base_name,
        "InitiatingProcessParentId": None if parent is None else parent.pid,
        "InitiatingProcessParentCreationTime": None
        if parent is None or parent.started is None
        else iso(parent.started),
    }
    return known(fields)


def _initiating_logon(process: Process | None) -> dict[str, Value | None]:
    """The columns of the acting process that only DeviceProcessEvents has."""
    if process is None:
        return {}
    return {
        "InitiatingProcessLogonId": process.logon_id,
        "InitiatingProcessIntegrityLevel": _integrity(process),
    }


def _integrity(process: Process) -> str | None:
    return None if process.integrity is None else INTEGRITY.get(process.integrity)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
