"""Identities that sensors give: chosen here as stable digests, so that the same thing has the same id everywhere.

No published rule derives them from other data (they are random numbers of the product), so each is an own choice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from emulator.events.activity import Host, Process
from emulator.events.instants import Ticks
from emulator.regular import regular

_VOLUME = regular(r"([A-Za-z]):(\\.*)", re.DOTALL)
_DEVICE = regular(r"\\device\\harddiskvolume\d+(\\.*)", re.DOTALL | re.IGNORECASE)
SYSTEM_VOLUME = r"\Device\HarddiskVolume3"
"""What a drive letter becomes; the number of a volume can't be known, 3 is usual on UEFI machines (own choice)."""


@lru_cache(maxsize=1 << 14)
def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def device_id(host: str) -> str:
    """Defender's DeviceId of a host name: 40 hexadecimal digits."""
    return _digest("defender device", host.lower())[:40]


def agent_id(host: str) -> str:
    """Falcon's `aid` of a host name: 32 hexadecimal digits."""
    return _digest("falcon agent", host.lower())[:32]


def process_number(guid: str) -> str:
    """Falcon's id of a process from its Sysmon ProcessGuid, braces and case ignored: a 63-bit number as text."""
    return str(int(_digest("falcon process", guid.strip("{}").lower())[:16], 16) >> 1)


@lru_cache(maxsize=1 << 14)
def process_number_without_guid(host: str, pid: int, started: Ticks | None) -> str:
    """Falcon's id of a process that only host, process id and start time identify."""
    return process_number(f"{host}|{pid}|{'' if started is None else started}")


def process_numbers_without_guid(hosts: Iterable[str], pids: Iterable[int], started: Iterable[Ticks]) -> list[str]:
    """The same of many processes that have started, at a tenth of the cost and without keeping any."""
    heads: dict[str, str] = {}
    found = []
    for host, pid, at in zip(hosts, pids, started, strict=True):
        head = heads.get(host)
        if head is None:
            head = heads[host] = f"falcon process\0{host.lstrip('{}').lower()}|"
        digest = hashlib.sha256(f"{head}{pid}|{at}".encode("utf-8", "surrogatepass")).digest()
        found.append(str(int.from_bytes(digest[:8], "big") >> 1))
    return found


def falcon_process_id(host: Host, process: Process) -> str:
    """Falcon's id of an activity's process, equal wherever the same process appears."""
    if process.guid is not None:
        return process_number(process.guid)
    return process_number_without_guid(host.name, process.pid, process.started)


@lru_cache(maxsize=1 << 12)
def device_path(path: str) -> str:
    r"""A path as the kernel names it: `C:\x` as `\Device\HarddiskVolume3\x`; a path without drive letter as it is."""
    found = _VOLUME.fullmatch(path)
    return path if found is None else f"{SYSTEM_VOLUME}{found[2]}"


_HIVES = (
    ("HKEY_LOCAL_MACHINE\\", r"\REGISTRY\MACHINE" + "\\"),
    ("HKEY_CURRENT_USER\\S-", r"\REGISTRY\USER" + "\\S-"),
    ("HKEY_USERS\\", r"\REGISTRY\USER" + "\\"),
)
"""Roots of the registry, as programs and as the kernel name them."""


def registry_path(key: str) -> str:
    r"""A registry key as the kernel names it: `HKEY_LOCAL_MACHINE\x` as `\REGISTRY\MACHINE\x`; others as they are."""
    for root, kernel in _HIVES:
        if key.upper().startswith(root):
            return kernel + key[len(root) :]
    return key


def drive_path(path: str) -> str | None:
    r"""A kernel path with the drive letter `C:` in place of its volume, whose letter can't be known (own choice).

    None for another kernel path; a path that is none (`System`) as it is.
    """
    found = _DEVICE.fullmatch(path)
    if found is not None:
        return f"C:{found[1]}"
    return None if path.lower().startswith("\\device\\") else path
