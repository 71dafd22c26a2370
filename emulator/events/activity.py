"""Activities: what happens on a host, told once and independent of the sensor that records it.

None means *not known*; a sensor then leaves the field out. Times are ticks (see `instants`).
"""

from __future__ import annotations

import enum
from dataclasses import field
from functools import lru_cache

from emulator.events.addresses import parse_address
from emulator.events.instants import Ticks
from emulator.nodes import record


class Integrity(enum.Enum):
    """Integrity level of a process by its relative identifier, which Windows and Falcon use as the number."""

    UNTRUSTED = 0
    LOW = 4096
    MEDIUM = 8192
    MEDIUM_PLUS = 8448
    HIGH = 12288
    SYSTEM = 16384
    PROTECTED = 20480


class Direction(enum.Enum):
    """Who opened the connection, seen from the host that records it."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Outcome(enum.Enum):
    """What became of a connection; FOUND was open already when the sensor looked."""

    SUCCESS = "success"
    FAILED = "failed"
    FOUND = "found"


class Transport(enum.Enum):
    """Transport protocol by its IANA number."""

    ICMP = 1
    TCP = 6
    UDP = 17


class LogonType(enum.Enum):
    """Windows logon type by its number in events 4624 and 4625."""

    INTERACTIVE = 2
    NETWORK = 3
    BATCH = 4
    SERVICE = 5
    UNLOCK = 7
    NETWORK_CLEARTEXT = 8
    NEW_CREDENTIALS = 9
    REMOTE_INTERACTIVE = 10
    CACHED_INTERACTIVE = 11


@record
class Host:
    """A machine by its full DNS name, or its bare name outside a domain."""

    name: str

    @property
    def label(self) -> str:
        """The name without its domain."""
        return self.name.partition(".")[0]


@record
class Account:
    """Who acts; `domain` is the NetBIOS domain, or the host for a local account."""

    name: str
    domain: str | None = None
    sid: str | None = None


SYSTEM_ACCOUNT = Account("SYSTEM", "NT AUTHORITY", "S-1-5-18")


@record
class Hashes:
    """Digests of a file in lower-case hexadecimal."""

    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None


@record
class VersionInfo:
    """What the version resource of an executable says."""

    original_name: str | None = None
    company: str | None = None
    product: str | None = None
    description: str | None = None


@record
class Process:
    """A process; the same values are the same process, whatever it does later.

    `image` is the full path with drive letter, or `System` for the kernel. `guid` tells two processes apart when
    process id and start time don't; with neither, sensors derive the identity from host, process id and start time.
    """

    image: str
    pid: int
    command_line: str | None = None
    account: Account | None = None
    integrity: Integrity | None = None
    logon_id: int | None = None
    started: Ticks | None = None
    hashes: Hashes = field(default_factory=Hashes)
    version: VersionInfo = field(default_factory=VersionInfo)
    parent: Process | None = None
    guid: str | None = None

    def __hash__(self) -> int:
        """Of what nearly always tells processes apart: rows are kept by process, and there are many rows."""
        return hash((self.image, self.pid, self.started))

    @property
    def base_name(self) -> str:
        """File name of the image."""
        return base_name(self.image)


KERNEL = Process(image="System", pid=4, account=SYSTEM_ACCOUNT, integrity=Integrity.SYSTEM, logon_id=0x3E7)
"""The kernel: owner of the connections that the SMB redirector opens and of the files that the SMB server writes."""


@record
class Endpoint:
    """An address, IPv4 or IPv6 as text, and a port."""

    address: str
    port: int | None = None


@record
class ProcessStarted:
    """A process began; `process.started` is this moment unless it says otherwise."""

    at: Ticks
    host: Host
    process: Process


@record
class ConnectionMade:
    """A connection was attempted, made, or found open; `host` is the `local` side.

    Raises ValueError when an address is none, or when one is IPv4 and the other IPv6.
    """

    at: Ticks
    host: Host
    process: Process
    local: Endpoint
    remote: Endpoint
    direction: Direction = Direction.OUTBOUND
    outcome: Outcome = Outcome.SUCCESS
    transport: Transport = Transport.TCP
    remote_name: str | None = None

    def __post_init__(self) -> None:
        versions = {_version(self.local.address), _version(self.remote.address)}
        if len(versions) != 1:
            raise ValueError(f"{self.local.address} and {self.remote.address} are not of one version of IP")


@record
class SmbRequest:
    """Who asked for a file operation over SMB, from where, on which share (`ADMIN$`)."""

    account: Account
    source: Endpoint
    share: str | None = None


@record
class FileCreated:
    """A file was written at `path` on `host`; `request` is set where another machine wrote it over SMB."""

    at: Ticks
    host: Host
    process: Process
    path: str
    hashes: Hashes = field(default_factory=Hashes)
    size: int | None = None
    request: SmbRequest | None = None


@record
class LogonSucceeded:
    """An account logged on to `host`, from `source` when it came over the network."""

    at: Ticks
    host: Host
    account: Account
    type: LogonType
    logon_id: int | None = None
    source: Endpoint | None = None
    source_name: str | None = None
    package: str | None = None
    local_admin: bool | None = None
    process: Process | None = None


@record
class LogonFailed:
    """A logon to `host` was refused; `status` and `sub_status` are NTSTATUS codes."""

    at: Ticks
    host: Host
    account: Account
    type: LogonType
    status: int
    sub_status: int | None = None
    source: Endpoint | None = None
    source_name: str | None = None
    package: str | None = None
    process: Process | None = None


@record
class ShareAccessed:
    """Another machine opened a share of `host`; `target` is the path inside it, None for the share itself."""

    at: Ticks
    host: Host
    share: str
    account: Account
    source: Endpoint
    target: str | None = None
    local_path: str | None = None
    access_mask: int = 1
    logon_id: int | None = None


@record
class ServiceInstalled:
    """A service was registered on `host` by `account`; `runs_as` is the account that it will run under."""

    at: Ticks
    host: Host
    name: str
    image_path: str
    account: Account
    runs_as: str = "LocalSystem"
    start_type: int = 3
    service_type: int = 16
    logon_id: int | None = None


@record
class RegistryValueSet:
    r"""A text was written to a value of the registry; `key` begins with a root such as `HKEY_LOCAL_MACHINE`.

    Keys of a user are below `HKEY_CURRENT_USER\SID`, as Defender writes them.
    """

    at: Ticks
    host: Host
    process: Process
    key: str
    name: str
    data: str


@record
class ImageLoaded:
    """A process loaded the module at `path`."""

    at: Ticks
    host: Host
    process: Process
    path: str
    hashes: Hashes = field(default_factory=Hashes)


Activity = (
    ProcessStarted
    | ConnectionMade
    | FileCreated
    | LogonSucceeded
    | LogonFailed
    | ShareAccessed
    | ServiceInstalled
    | RegistryValueSet
    | ImageLoaded
)


@lru_cache(maxsize=1 << 12)
def base_name(path: str) -> str:
    """The last part of a Windows path; the path itself when it has no separator."""
    return path.replace("/", "\\").rpartition("\\")[2]


@lru_cache(maxsize=1 << 14)
def _version(text: str) -> int:
    address = parse_address(text)
    if address is None:
        raise ValueError(f"{text!r} is no IP address")
    return address.version
