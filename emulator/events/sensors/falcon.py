"""Activities as Falcon events: raw FDR fields, and what NG-SIEM adds to them.

Key sets are those of real FDR lines, as far as an activity tells their values; every value is text.
Both variants carry `#event_simpleName` and `@timestamp`, which ingestion into LogScale sets in either case.
"""

from __future__ import annotations

from typing import assert_never

from emulator.events.activity import (
    Activity,
    ConnectionMade,
    Direction,
    Endpoint,
    FileCreated,
    Host,
    ImageLoaded,
    LogonFailed,
    LogonSucceeded,
    Outcome,
    Process,
    ProcessStarted,
    RegistryValueSet,
    ServiceInstalled,
    ShareAccessed,
    base_name,
)
from emulator.events.addresses import is_ipv6
from emulator.events.instants import Ticks, epoch_milliseconds, epoch_seconds
from emulator.events.sensors.event import FALCON_STREAM, Sensor, SensorEvent, known
from emulator.events.sensors.identity import agent_id, device_path, falcon_process_id, registry_path

Fields = dict[str, str | None]

EXECUTABLES = frozenset({"exe", "dll", "sys", "com", "scr", "cpl", "ocx"})
SCRIPTS = frozenset({"ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf", "hta", "bat", "cmd", "py"})
"""Extensions that stand for the content, which decides in the product (own choice)."""
AUTOSTARTS = (r"\currentversion\run", r"\currentversion\winlogon", r"\currentcontrolset\services")
"""Parts of the keys whose values start programs, in lower case."""
_REG_SZ = "1"


def render_falcon(activity: Activity, sensor: Sensor) -> list[SensorEvent]:
    """The event of an activity, or none where Falcon has no event for it (see `silence`)."""
    name = event_name(activity)
    if name is None:
        return []
    fields = _fields(activity)
    if sensor is Sensor.FALCON_NG_SIEM:
        fields |= _enrichment(activity)
    else:
        fields["event_simpleName"] = name
    common = _common(name, activity.at, activity.host)
    return [SensorEvent(sensor, FALCON_STREAM, activity.at, known(common | fields))]


def event_name(activity: Activity) -> str | None:
    """The `event_simpleName` of an activity; None where Falcon records none."""
    match activity:
        case ProcessStarted():
            return "ProcessRollup2"
        case ConnectionMade():
            return _connection_name(activity)
        case FileCreated():
            return written_event(activity.path)
        case LogonSucceeded():
            return "UserLogon"
        case LogonFailed():
            return "UserLogonFailed2"
        case ShareAccessed():
            return "SmbServerShareOpenedEtw" if activity.target is None else None
        case ServiceInstalled():
            return "CreateService"
        case RegistryValueSet():
            return "AsepValueUpdate" if starts_programs(activity.key) else None
        case ImageLoaded():
            return "ClassifiedModuleLoad"
        case _:
            assert_never(activity)


def written_event(path: str) -> str | None:
    """The `event_simpleName` for a file written at a path, by its extension; None for a kind that isn't recorded."""
    extension = base_name(path).rpartition(".")[2].lower()
    return "PeFileWritten" if extension in EXECUTABLES else "NewScriptWritten" if extension in SCRIPTS else None


def starts_programs(key: str) -> bool:
    """True for a registry key whose values start programs, as far as it is one of `AUTOSTARTS` (own choice)."""
    folded = key.lower()
    return any(part in folded for part in AUTOSTARTS)


def silence(activity: Activity) -> str | None:
    """Why Falcon records nothing of an activity, for people; None where it records something."""
    if event_name(activity) is not None:
        return None
    match activity:
        case ConnectionMade(outcome=Outcome.FOUND):
            return "Falcon raises its event when a connection is attempted, not when one is found open"
        case ConnectionMade():
            return "Falcon has no event for an inbound connection that was not accepted"
        case RegistryValueSet():
            return "Falcon records values that start programs, not this one"
        case FileCreated():
            return "Falcon records written executables and scripts, not this kind of file"
        case _:
            return "Falcon records that a share was opened, not the files inside it"


def _connection_name(activity: ConnectionMade) -> str | None:
    version = "IP6" if is_ipv6(activity.remote.address) else "IP4"
    if activity.outcome is Outcome.FOUND:
        return None
    if activity.direction is Direction.OUTBOUND:
        return f"NetworkConnect{version}"
    return f"NetworkReceiveAccept{version}" if activity.outcome is Outcome.SUCCESS else None


def _common(name: str, at: Ticks, host: Host) -> Fields:
    moment = epoch_milliseconds(at)
    return {
        "#event_simpleName": name,
        "@timestamp": moment,
        "timestamp": moment,
        "event_platform": "Win",
        "aid": agent_id(host.name),
    }


def _fields(activity: Activity) -> Fields:
    match activity:
        case ProcessStarted():
            return _process_started(activity)
        case ConnectionMade():
            return _connection(activity)
        case FileCreated():
            return _file(activity)
        case LogonSucceeded() | LogonFailed():
            return _logon(activity)
        case ShareAccessed():
            return {
                "SmbShareName": activity.share,
                "UserName": activity.account.name,
                "DomainName": activity.account.domain,
                **_remote_address(activity.source),
            }
        case ServiceInstalled():
            return {
                "ServiceDisplayName": activity.name,
                "ServiceImagePath": activity.image_path,
                "UserName": activity.account.name,
                "AuthenticationId": _number(activity.logon_id),
            }
        case RegistryValueSet():
            return {
                "RegObjectName": registry_path(activity.key),
                "RegValueName": activity.name,
                "RegStringValue": activity.data,
                "RegType": _REG_SZ,
                "AuthenticationId": _number(activity.process.logon_id),
                **_process_context(activity.at, activity.host, activity.process),
            }
        case ImageLoaded():
            return {
                "ImageFileName": device_path(activity.path),
                "TargetProcessId": falcon_process_id(activity.host, activity.process),
                "TargetImageFileName": device_path(activity.process.image),
                "MD5HashData": activity.hashes.md5,
                "SHA256HashData": activity.hashes.sha256,
                **_process_context(activity.at, activity.host, activity.process),
            }
        case _:
            assert_never(activity)


def _process_started(activity: ProcessStarted) -> Fields:
    process, parent = activity.process, activity.process.parent
    started = activity.at if process.started is None else process.started
    parent_id = None if parent is None else falcon_process_id(activity.host, parent)
    return {
        "ImageFileName": device_path(process.image),
        "CommandLine": process.command_line,
        "TargetProcessId": falcon_process_id(activity.host, process),
        "RawProcessId": str(process.pid),
        "ParentProcessId": parent_id,
        "SourceProcessId": parent_id,
        "ParentBaseFileName": None if parent is None else parent.base_name,
        "ParentAuthenticationId": None if parent is None else _number(parent.logon_id),
        "AuthenticationId": _number(process.logon_id),
        "UserSid": None if process.account is None else process.account.sid,
        "IntegrityLevel": None if process.integrity is None else str(process.integrity.value),
        "ProcessStartTime": epoch_seconds(started),
        "MD5HashData": process.hashes.md5,
        "SHA1HashData": process.hashes.sha1,
        "SHA256HashData": process.hashes.sha256,
    }


def _connection(activity: ConnectionMade) -> Fields:
    version = "IP6" if is_ipv6(activity.remote.address) else "IP4"
    return {
        f"LocalAddress{version}": activity.local.address,
        "LocalPort": _number(activity.local.port),
        f"RemoteAddress{version}": activity.remote.address,
        "RemotePort": _number(activity.remote.port),
        "Protocol": str(activity.transport.value),
        "ConnectionDirection": "0" if activity.direction is Direction.OUTBOUND else "1",
        **_context(activity.at, activity.host, activity.process),
    }


def _file(activity: FileCreated) -> Fields:
    return {
        "TargetFileName": device_path(activity.path),
        "SHA256HashData": activity.hashes.sha256,
        "Size": _number(activity.size),
        "AuthenticationId": _number(activity.process.logon_id),
        "UserName": None if activity.process.account is None else activity.process.account.name,
        **_context(activity.at, activity.host, activity.process),
    }


def _logon(activity: LogonSucceeded | LogonFailed) -> Fields:
    fields: Fields = {
        "UserName": activity.account.name,
        "LogonDomain": activity.account.domain,
        "LogonType": str(activity.type.value),
        "ClientComputerName": activity.source_name,
        **_remote_address(activity.source),
    }
    if isinstance(activity, LogonFailed):
        return fields | {"Status": str(activity.status), "SubStatus": _number(activity.sub_status)}
    return fields | {
        "UserSid": activity.account.sid,
        "AuthenticationId": _number(activity.logon_id),
        "AuthenticationPackage": activity.package,
        "LogonTime": epoch_seconds(activity.at),
        "UserIsAdmin": None if activity.local_admin is None else str(int(activity.local_admin)),
    }


def _context(at: Ticks, host: Host, process: Process) -> Fields:
    return {"ContextBaseFileName": process.base_name, **_process_context(at, host, process)}


def _process_context(at: Ticks, host: Host, process: Process) -> Fields:
    return {"ContextProcessId": falcon_process_id(host, process), "ContextTimeStamp": epoch_seconds(at)}


def _remote_address(source: Endpoint | None) -> Fields:
    if source is None:
        return {}
    return {"RemoteAddressIP6" if is_ipv6(source.address) else "RemoteAddressIP4": source.address}


def _enrichment(activity: Activity) -> Fields:
    """What NG-SIEM adds: the host's name on all events; the file of a process or module; the user on a process."""
    fields: Fields = {"ComputerName": activity.host.label}
    if isinstance(activity, ImageLoaded):
        return fields | _file_of(activity.path)
    if not isinstance(activity, ProcessStarted):
        return fields
    process = activity.process
    parent = process.parent
    return fields | {
        **_file_of(process.image),
        "UserName": None if process.account is None else process.account.name,
        "ParentImageFileName": None if parent is None else device_path(parent.image),
    }


def _file_of(image: str) -> Fields:
    path, name = device_path(image), base_name(image)
    return {"FileName": name, "FilePath": path[: len(path) - len(base_name(path))] or None}


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
