"""Happenings as the rows of Defender's tables: the same as `render_defender` gives for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from emulator.events.activity import KERNEL, Account, Host, Outcome, ServiceInstalled, base_name
from emulator.events.addresses import address_kind
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.files.effects import EffectTexts, Ends, ports
from emulator.events.organisation.files.people import People
from emulator.events.organisation.files.processes import Processes, ProcessTexts
from emulator.events.organisation.files.texts import Array, Names, constant, instants, last_part, masked
from emulator.events.organisation.happenings import Effects, Happenings
from emulator.events.organisation.layout import NOBODY
from emulator.events.organisation.living import Living
from emulator.events.organisation.profile import Contact, Effect, Visit
from emulator.events.sensors.defender import (
    CONNECTION_ACTIONS,
    INTEGRITY,
    LOGON_TYPES,
    PROTOCOLS,
    render_defender,
    service_binary,
)
from emulator.events.sensors.identity import device_id

Columns = dict[str, Array]
TABLES = (
    "DeviceProcessEvents",
    "DeviceNetworkEvents",
    "DeviceFileEvents",
    "DeviceLogonEvents",
    "DeviceRegistryEvents",
    "DeviceImageLoadEvents",
    "DeviceEvents",
)
"""The tables that an organisation fills."""


class DefenderTables:
    """Makes columns. What is said of computers, programs and effects is looked up by their numbers."""

    def __init__(self, living: Living, processes: ProcessTexts, effects: EffectTexts) -> None:
        self.layout = layout = living.layout
        self.processes = processes
        self.effects = effects
        computers = layout.inventory.computers
        self.device_id = Names(device_id(one.host.name) for one in computers)
        self.device_name = Names(one.host.name.lower() for one in computers)
        self.label = Names(one.host.label for one in computers)
        self.ends = Ends(layout)
        self.kinds = Names(map(address_kind, self.ends.addresses))
        self.sites = Names(one.name for one in layout.inventory.sites)
        self.file_name, self.path = processes.images(base_name), processes.images(str)
        self.folder = processes.images(lambda path: path.lower() if "\\" in path else None)
        self.integrity = processes.programs(self._integrity)
        self.account = [(name, processes.accounts(kind)) for name, kind in _ACCOUNT]
        self.action, self.protocol = effects.names(_action), effects.names(_protocol)
        self.logon_type, self.package = effects.names(_logon_type), effects.names(_package)
        self.people = People(layout)
        self.who = [(name, self.people.names(kind)) for name, kind in _ACCOUNT]

    def _integrity(self, program: int) -> str | None:
        known = KERNEL if program == self.layout.kernel else self.layout.programs[program]
        return None if known.integrity is None else INTEGRITY.get(known.integrity)

    def tables(self, found: Happenings) -> dict[str, tuple[Integers, Columns]]:
        """The times and the columns of each table, in time order."""
        acting = self.processes.acting(found.acts)
        made = (
            (found.acts.at[found.starts], self._processes(found, acting)),
            (found.connections.at, self._connections(found, acting)),
            (found.files.at, self._files(found, acting)),
            (found.visits.at, self._logons(found, acting)),
            (found.registry.at, self._registry(found, acting)),
            (found.loads.at, self._loads(found, acting)),
            (found.services.at, self._services(found, acting)),
        )
        return dict(zip(TABLES, made, strict=True))

    def _common(self, table: str, at: Integers, computer: Integers) -> Columns:
        moment = instants(at)
        return {
            "Timestamp": moment,
            "TimeGenerated": moment,
            "Type": constant(table, len(at)),
            "DeviceId": self.device_id.of(computer),
            "DeviceName": self.device_name.of(computer),
        }

    def _processes(self, found: Happenings, acting: Processes) -> Columns:
        at, process = found.acts.at[found.starts], acting.taken(found.starts)
        parent, there = self.processes.parents(process, found.day)
        return {
            **self._common("DeviceProcessEvents", at, process.computer),
            "ActionType": constant("ProcessCreated", len(at)),
            "FileName": self.file_name.of(process),
            "FolderPath": self.path.of(process),
            "ProcessId": pa.array(process.pid),
            "ProcessCommandLine": self.processes.command_lines(process),
            "ProcessCreationTime": instants(process.started),
            "ProcessIntegrityLevel": self.integrity.of(process.program),
            **{f"Account{name}": known.of(process) for name, known in self.account},
            **self._initiating(parent, there, found.day),
        }

    def _initiating(self, process: Processes, there: Flags, day: int, *, integrity: bool = True) -> Columns:
        parent, known_parent = self.processes.parents(process, day)
        known_parent &= there
        lines = self.processes.command_lines(process)
        return {
            "InitiatingProcessFileName": self.file_name.of(process, there),
            "InitiatingProcessFolderPath": self.folder.of(process, there),
            "InitiatingProcessId": pa.array(process.pid, mask=~there),
            "InitiatingProcessCommandLine": masked(lines, there),
            "InitiatingProcessCreationTime": instants(process.started, there & (process.started != NOBODY)),
            **{f"InitiatingProcessAccount{name}": known.of(process, there) for name, known in self.account},
            "InitiatingProcessParentFileName": self.file_name.of(parent, known_parent),
            "InitiatingProcessParentId": pa.array(parent.pid, mask=~known_parent),
            "InitiatingProcessParentCreationTime": instants(parent.started, known_parent),
            **({"InitiatingProcessIntegrityLevel": self.integrity.of(process.program, there)} if integrity else {}),
        }

    def _caused(self, rows: Effects, acting: Processes, day: int) -> Columns:
        """The columns of the process that did something."""
        process = acting.taken(rows.act)
        process = self.processes.with_kernel(process, self.layout.effect_by_kernel[rows.effect])
        return self._initiating(process, np.ones(len(rows.at), dtype=bool), day)

    def _connections(self, found: Happenings, acting: Processes) -> Columns:
        rows = found.connections
        computer = found.acts.computer[rows.act]
        here = self.ends.here(computer, rows.six)
        there, outside = self.ends.there(rows)
        local, remote = ports(self.layout.effects, rows)
        return {
            **self._common("DeviceNetworkEvents", rows.at, computer),
            "ActionType": self.action.of(rows.effect),
            "LocalIP": self.ends.names.of(here),
            "LocalPort": pa.array(local.astype(np.int32)),
            "LocalIPType": self.kinds.of(here),
            "RemoteIP": self.ends.names.of(there),
            "RemotePort": pa.array(remote.astype(np.int32)),
            "RemoteIPType": self.kinds.of(there),
            "RemoteUrl": self.sites.of(np.where(outside, rows.peer, 0), outside),
            "Protocol": self.protocol.of(rows.effect),
            **self._caused(rows, acting, found.day),
        }

    def _files(self, found: Happenings, acting: Processes) -> Columns:
        path = self.effects.of("path", found.files, found.acts)
        return {
            **self._common("DeviceFileEvents", found.files.at, found.acts.computer[found.files.act]),
            "ActionType": constant("FileCreated", len(path)),
            "FileName": last_part(path),
            "FolderPath": path,
            **self._caused(found.files, acting, found.day),
        }

    def _loads(self, found: Happenings, acting: Processes) -> Columns:
        path = self.effects.of("path", found.loads, found.acts)
        return {
            **self._common("DeviceImageLoadEvents", found.loads.at, found.acts.computer[found.loads.act]),
            "ActionType": constant("ImageLoaded", len(path)),
            "FileName": last_part(path),
            "FolderPath": path,
            **self._caused(found.loads, acting, found.day),
        }

    def _registry(self, found: Happenings, acting: Processes) -> Columns:
        rows = found.registry
        texts = {"RegistryKey": "key", "RegistryValueName": "name", "RegistryValueData": "data"}
        return {
            **self._common("DeviceRegistryEvents", rows.at, found.acts.computer[rows.act]),
            "ActionType": constant("RegistryValueSet", len(rows.at)),
            **{column: self.effects.of(name, rows, found.acts) for column, name in texts.items()},
            "RegistryValueType": constant("String", len(rows.at)),
            **self._caused(rows, acting, found.day),
        }

    def _services(self, found: Happenings, acting: Processes) -> Columns:
        rows = found.services
        names, commands = (self.effects.of(key, rows, found.acts).to_pylist() for key in ("name", "image_path"))
        binaries = [service_binary(command) for command in commands]
        process = acting.taken(rows.act)
        return {
            **self._common("DeviceEvents", rows.at, process.computer),
            "ActionType": constant("ServiceInstalled", len(rows.at)),
            "FileName": pa.array([None if one is None else base_name(one) for one in binaries], pa.string()),
            "FolderPath": pa.array(binaries, pa.string()),
            "AdditionalFields": _json([_service_fields(name) for name in names]),
            **{f"Account{name}": known.of(process) for name, known in self.account},
        }

    def _logons(self, found: Happenings, acting: Processes) -> Columns:
        rows = found.visits
        computer = found.acts.computer[rows.act]
        who, remote = self.people.of(rows, computer)
        local = ~remote & (rows.effect != self.layout.opening)
        there = self.ends.here(rows.peer, rows.six)
        return {
            **self._common("DeviceLogonEvents", rows.at, computer),
            "ActionType": constant("LogonSuccess", len(rows.at)),
            "LogonType": self.logon_type.of(rows.effect),
            "Protocol": self.package.of(rows.effect),
            "RemoteIP": self.ends.names.of(there, remote),
            "RemoteIPType": self.kinds.of(there, remote),
            "RemotePort": pa.array(rows.port.astype(np.int32), mask=~remote),
            "RemoteDeviceName": self.label.of(rows.peer, remote),
            **{f"Account{name}": known.of(who) for name, known in self.who},
            **self._initiating(acting.taken(rows.act), local, found.day, integrity=False),
        }


_ACCOUNT: tuple[tuple[str, Callable[[Account], str | None]], ...] = (
    ("Name", lambda account: account.name.lower()),
    ("Domain", lambda account: None if account.domain is None else account.domain.lower()),
    ("Sid", lambda account: account.sid),
)
"""What columns say of an account."""


def _action(effect: Effect) -> str | None:
    return CONNECTION_ACTIONS[effect.direction, Outcome.SUCCESS] if isinstance(effect, Contact) else None


def _protocol(effect: Effect) -> str | None:
    return PROTOCOLS[effect.transport] if isinstance(effect, Contact) else None


def _logon_type(effect: Effect) -> str | None:
    return LOGON_TYPES.get(effect.type) if isinstance(effect, Visit) else None


def _package(effect: Effect) -> str | None:
    return effect.package if isinstance(effect, Visit) else None


def _service_fields(name: str) -> dict[str, str | int]:
    example = ServiceInstalled(0, Host(""), name, "", Account(""))
    ((fields,),) = [[event.row["AdditionalFields"]] for event in render_defender(example)]
    assert isinstance(fields, dict)  # As the sensor writes them.
    return fields


def _json(values: Iterable[object]) -> Array:
    texts = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values]
    return pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(texts, pa.string()))
