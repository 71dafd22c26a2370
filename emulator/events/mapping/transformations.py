"""The closed set of named transformations that a mapping file may apply to a recorded value.

Each takes the value as text and gives the target's value, or None when the text doesn't tell it: None means missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.events import instants
from emulator.events.activity import Integrity, LogonType, Transport, base_name
from emulator.events.addresses import address_kind, is_ipv6, parse_address
from emulator.events.sensors import defender, identity
from emulator.regular import regular

Result = str | int | None
Transformation = Callable[[str], Result]

_DECLARED: dict[str, Transformation] = {}
_HASH = regular(r"\b(MD5|SHA1|SHA256)=([0-9A-Fa-f]+)")
_INTEGER = regular(r"0[xX][0-9A-Fa-f]{1,16}|[0-9]{1,19}")
_LABEL = regular(r"S-1-16-(\d+)")
_SECONDS = regular(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_SHARE = regular(r"\\\\[^\\]+\\(.+)", re.DOTALL)
_SYSMON_INTEGRITY = {
    "untrusted": Integrity.UNTRUSTED,
    "low": Integrity.LOW,
    "medium": Integrity.MEDIUM,
    "mediumplus": Integrity.MEDIUM_PLUS,
    "high": Integrity.HIGH,
    "system": Integrity.SYSTEM,
    "protectedprocess": Integrity.PROTECTED,
}


def transformations() -> dict[str, Transformation]:
    """Every transformation by the name that mapping files use."""
    return dict(_DECLARED)


def _declare(function: Transformation) -> Transformation:
    _DECLARED[function.__name__] = function
    return function


@_declare
def lower(value: str) -> Result:
    """In lower case, as Defender writes names of devices and accounts."""
    return value.lower()


@_declare
def instant(value: str) -> Result:
    """A time as Defender writes it: seven digits and `Z`."""
    ticks = instants.parse_instant(value)
    return None if ticks is None else instants.iso(ticks)


@_declare
def epoch_milliseconds(value: str) -> Result:
    """A time as Falcon's `timestamp`."""
    ticks = instants.parse_instant(value)
    return None if ticks is None else instants.epoch_milliseconds(ticks)


@_declare
def epoch_seconds(value: str) -> Result:
    """A time as Falcon's `ProcessStartTime`."""
    ticks = instants.parse_instant(value)
    return None if ticks is None else instants.epoch_seconds(ticks)


@_declare
def instant_of_epoch(value: str) -> Result:
    """A time as Defender writes it, from Falcon's `ProcessStartTime` (seconds since 1970 with a fraction)."""
    found = _SECONDS.fullmatch(value)
    if found is None:
        return None
    ticks = instants.EPOCH + int(found[1]) * instants.TICKS_PER_SECOND + int((found[2] or "0").ljust(7, "0")[:7])
    return instants.iso(ticks) if ticks <= instants.LAST else None


@_declare
def integer(value: str) -> Result:
    """A whole number, written in decimal or as `0x…`."""
    if _INTEGER.fullmatch(value) is None:
        return None
    number = int(value, 16 if value[:2].lower() == "0x" else 10)
    return number if number < 1 << 63 else None


@_declare
def positive(value: str) -> Result:
    """A whole number above zero: a process id or port of 0 stands for none."""
    number = integer(value)
    return number if isinstance(number, int) and number > 0 else None


@_declare
def port(value: str) -> Result:
    """A port number."""
    number = integer(value)
    return number if isinstance(number, int) and number <= 65_535 else None


@_declare
def decimal(value: str) -> Result:
    """A whole number as decimal text, as Falcon writes numbers."""
    number = integer(value)
    return None if number is None else str(number)


@_declare
def basename(value: str) -> Result:
    """The file name of a path."""
    return base_name(value) or None


@_declare
def folder_path(value: str) -> Result:
    """A full path in lower case; a bare name (`System`) is no path."""
    return value.lower() if "\\" in value else None


@_declare
def drive_path(value: str) -> Result:
    """A kernel path with a drive letter."""
    return identity.drive_path(value)


@_declare
def device_path(value: str) -> Result:
    """A path with the kernel's volume in place of the drive letter."""
    return identity.device_path(value)


@_declare
def directory(value: str) -> Result:
    """A path without its file name, the last separator kept."""
    return value[: len(value) - len(base_name(value))] or None


@_declare
def host_label(value: str) -> Result:
    """A host's name without its domain."""
    return value.partition(".")[0] or None


@_declare
def device_id(value: str) -> Result:
    """Defender's id for a host name."""
    return identity.device_id(value)


@_declare
def agent_id(value: str) -> Result:
    """Falcon's id for a host name."""
    return identity.agent_id(value)


@_declare
def process_number(value: str) -> Result:
    """Falcon's id for a process key: a ProcessGuid, or joined values that identify the process."""
    return identity.process_number(value)


@_declare
def user_name(value: str) -> Result:
    r"""The name in `DOMAIN\name`."""
    return value.rpartition("\\")[2] or None


@_declare
def user_domain(value: str) -> Result:
    r"""The domain in `DOMAIN\name`."""
    return value.rpartition("\\")[0] or None


@_declare
def md5(value: str) -> Result:
    """The MD5 in Sysmon's list of digests."""
    return _digest("MD5", value)


@_declare
def sha1(value: str) -> Result:
    """The SHA-1 in Sysmon's list of digests."""
    return _digest("SHA1", value)


@_declare
def sha256(value: str) -> Result:
    """The SHA-256 in Sysmon's list of digests."""
    return _digest("SHA256", value)


@_declare
def integrity_name(value: str) -> Result:
    """Sysmon's integrity level as Defender names it."""
    level = _SYSMON_INTEGRITY.get(value.lower())
    return None if level is None else defender.INTEGRITY.get(level)


@_declare
def integrity_number(value: str) -> Result:
    """Sysmon's integrity level as Falcon's number."""
    level = _SYSMON_INTEGRITY.get(value.lower())
    return None if level is None else str(level.value)


@_declare
def integrity_of_number(value: str) -> Result:
    """Falcon's number of an integrity level as Defender names it."""
    level = next((level for level in Integrity if str(level.value) == value), None)
    return None if level is None else defender.INTEGRITY.get(level)


@_declare
def label_integrity_name(value: str) -> Result:
    """A mandatory label (`S-1-16-12288`) as Defender names it."""
    return integrity_of_number(str(label_integrity_number(value)))


@_declare
def label_integrity_number(value: str) -> Result:
    """The number in a mandatory label."""
    found = _LABEL.fullmatch(value)
    return None if found is None else found[1]


@_declare
def address(value: str) -> Result:
    """An IP address in its canonical form."""
    found = parse_address(value)
    return None if found is None else str(found)


@_declare
def ipv4(value: str) -> Result:
    """An IPv4 address."""
    return None if is_ipv6(value) else address(value)


@_declare
def ipv6(value: str) -> Result:
    """An IPv6 address in its canonical form."""
    return address(value) if is_ipv6(value) else None


@_declare
def ip_kind(value: str) -> Result:
    """The kind of an address as Defender names it."""
    return address_kind(value)


@_declare
def host_name(value: str) -> Result:
    """A name that is no address."""
    return None if parse_address(value) is not None else value


@_declare
def protocol_name(value: str) -> Result:
    """A transport, by name or number, as Defender names it."""
    found = _transport(value)
    return None if found is None else defender.PROTOCOLS[found]


@_declare
def protocol_number(value: str) -> Result:
    """A transport, by name or number, as its number."""
    found = _transport(value)
    return decimal(value) if found is None else str(found.value)


@_declare
def logon_type_name(value: str) -> Result:
    """A logon type as Defender names it."""
    number = integer(value)
    found = next((kind for kind in LogonType if kind.value == number), None)
    return None if found is None else defender.LOGON_TYPES.get(found)


@_declare
def logon_type_number(value: str) -> Result:
    """A logon type that Defender names, as its number."""
    return next((str(kind.value) for kind, name in defender.LOGON_TYPES.items() if name == value), None)


@_declare
def failure_reason(value: str) -> Result:
    """The sub-status of a refused logon as Defender names it."""
    number = integer(value)
    return defender.FAILURE_REASONS.get(number) if isinstance(number, int) else None


@_declare
def share_name(value: str) -> Result:
    r"""The share in `\\*\ADMIN$`."""
    found = _SHARE.fullmatch(value)
    return value if found is None else found[1]


@_declare
def service_binary(value: str) -> Result:
    """The executable at the start of a service's command line."""
    return defender.service_binary(value)


def _digest(kind: str, value: str) -> Result:
    return next((found[2].lower() for found in _HASH.finditer(value) if found[1] == kind), None)


def _transport(value: str) -> Transport | None:
    number = integer(value)
    return next((kind for kind in Transport if kind.name == value.upper() or kind.value == number), None)
