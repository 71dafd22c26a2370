"""Happenings as events of Falcon's stream: the same as `render_falcon` gives for each of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.events.activity import KERNEL, Direction, base_name
from emulator.events.instants import EPOCH
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.files.effects import EffectTexts, Ends, ports
from emulator.events.organisation.files.people import People
from emulator.events.organisation.files.processes import Processes, ProcessTexts
from emulator.events.organisation.files.texts import Array, Names, constant, last_part, mapped, masked, numbers, plain
from emulator.events.organisation.happenings import Acts, Effects, Happenings
from emulator.events.organisation.living import Living
from emulator.events.organisation.profile import Contact, Effect, Visit
from emulator.events.sensors import Sensor
from emulator.events.sensors.falcon import starts_programs, written_event
from emulator.events.sensors.identity import SYSTEM_VOLUME, agent_id, device_path, registry_path

Columns = dict[str, Array]
_MILLISECONDS = pa.array([f"{number:03}" for number in range(1000)], pa.string())
_NO_NAME = pa.array([], pa.string())


class FalconStream:
    """Makes columns; every value is text."""

    def __init__(self, living: Living, processes: ProcessTexts, effects: EffectTexts, sensor: Sensor) -> None:
        self.layout = layout = living.layout
        self.processes = processes
        self.effects = effects
        self.enriched = sensor is Sensor.FALCON_NG_SIEM
        self.agent = Names(agent_id(one.host.name) for one in layout.inventory.computers)
        self.label = Names(one.host.label for one in layout.inventory.computers)
        self.ends = Ends(layout)
        self.people = People(layout)
        self.file_name, self.image = processes.images(base_name), processes.images(device_path)
        self.folder = processes.images(_folder)
        self.user, self.sid = processes.accounts(lambda one: one.name), processes.accounts(lambda one: one.sid)
        self.integrity = processes.programs(self._integrity)
        self.kernels = pa.array(processes.kernels, pa.string())
        self.connection = Names(_connection_name(effect, six) for six in (False, True) for effect in layout.effects)
        self.direction, self.protocol = effects.names(_direction), effects.names(_protocol)
        self.logon_type = effects.names(lambda one: str(one.type.value) if isinstance(one, Visit) else None)
        self.package = effects.names(lambda one: one.package if isinstance(one, Visit) else None)

    def _integrity(self, program: int) -> str | None:
        known = KERNEL if program == self.layout.kernel else self.layout.programs[program]
        return None if known.integrity is None else str(known.integrity.value)

    def stream(self, found: Happenings) -> tuple[Integers, Columns]:
        """The times and the columns of all events, in time order."""
        acting = self.processes.acting(found.acts)
        self.own = pa.concat_arrays([pa.array(self.processes.numbers(acting, found.day), pa.string()), self.kernels])
        parts = [
            self._logons(found),
            self._starts(found, acting),
            self._connections(found, acting),
            self._files(found, acting),
            self._registry(found, acting),
            self._loads(found, acting),
            self._services(found, acting),
        ]
        at = np.concatenate([at for at, _ in parts])
        order = np.argsort(at, kind="stable")
        return at[order], merged([columns for _, columns in parts], order)

    def _common(self, name: Array, at: Integers, computer: Integers) -> Columns:
        moment = numbers((at - EPOCH) // 10_000)
        return {
            "#event_simpleName": name,
            "@timestamp": moment,
            "timestamp": moment,
            "event_platform": constant("Win", len(at)),
            "aid": self.agent.of(computer),
            **({"ComputerName": self.label.of(computer)} if self.enriched else {"event_simpleName": name}),
        }

    def _starts(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        at, process = found.acts.at[found.starts], acting.taken(found.starts)
        parent, there = self.processes.parents(process, found.day)
        parent_number = masked(pa.array(self.processes.numbers(parent, found.day), pa.string()), there)
        columns = {
            **self._common(constant("ProcessRollup2", len(at)), at, process.computer),
            "ImageFileName": plain(self.image.of(process)),
            "CommandLine": self.processes.command_lines(process),
            "TargetProcessId": self.own.take(pa.array(found.starts)),
            "RawProcessId": numbers(process.pid),
            "ParentProcessId": parent_number,
            "SourceProcessId": parent_number,
            "ParentBaseFileName": self.file_name.of(parent, there),
            "UserSid": self.sid.of(process),
            "IntegrityLevel": self.integrity.of(process.program),
            "ProcessStartTime": seconds(process.started),
        }
        if self.enriched:
            columns |= {
                "FileName": plain(self.file_name.of(process)),
                "FilePath": plain(self.folder.of(process)),
                "UserName": self.user.of(process),
                "ParentImageFileName": self.image.of(parent, there),
            }
        return at, columns

    def _connections(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        rows, four = found.connections, ~found.connections.six
        computer = found.acts.computer[rows.act]
        here, (there, _) = self.ends.here(computer, rows.six), self.ends.there(rows)
        local, remote = ports(self.layout.effects, rows)
        name = self.connection.of(rows.effect + rows.six * len(self.layout.effects))
        return rows.at, {
            **self._common(name, rows.at, computer),
            "LocalAddressIP4": self.ends.names.of(here, four),
            "LocalAddressIP6": self.ends.names.of(here, rows.six),
            "LocalPort": numbers(local),
            "RemoteAddressIP4": self.ends.names.of(there, four),
            "RemoteAddressIP6": self.ends.names.of(there, rows.six),
            "RemotePort": numbers(remote),
            "Protocol": self.protocol.of(rows.effect),
            "ConnectionDirection": self.direction.of(rows.effect),
            "ContextBaseFileName": self.file_name.of(self._process(rows, acting)),
            **self._context(rows, found.acts),
        }

    def _files(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        path = self.effects.of("path", found.files, found.acts)
        name = mapped(pc.replace_substring_regex(last_part(path), r"(?s)^.*\.", ""), written_event)
        rows, name, path = kept(found.files, name, path)
        process = self._process(rows, acting)
        return rows.at, {
            **self._common(name, rows.at, process.computer),
            "TargetFileName": kernel_path(path),
            "UserName": self.user.of(process),
            "ContextBaseFileName": self.file_name.of(process),
            **self._context(rows, found.acts),
        }

    def _registry(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        key, value, data = (self.effects.of(name, found.registry, found.acts) for name in ("key", "name", "data"))
        name = mapped(key, lambda text: "AsepValueUpdate" if starts_programs(text) else None)
        rows, name, key, value, data = kept(found.registry, name, key, value, data)
        return rows.at, {
            **self._common(name, rows.at, acting.computer[rows.act]),
            "RegObjectName": plain(mapped(key, registry_path)),
            "RegValueName": value,
            "RegStringValue": data,
            "RegType": constant("1", len(rows.at)),
            **self._context(rows, found.acts),
        }

    def _loads(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        rows = found.loads
        path = self.effects.of("path", rows, found.acts)
        process = self._process(rows, acting)
        image = kernel_path(path)
        columns = {
            **self._common(constant("ClassifiedModuleLoad", len(rows.at)), rows.at, process.computer),
            "ImageFileName": image,
            "TargetProcessId": self._number(rows, found.acts),
            "TargetImageFileName": self.image.of(process),
            **self._context(rows, found.acts),
        }
        if self.enriched:
            folder = pc.replace_substring_regex(image, r"(?s)[^\\/]*$", "")
            folder = pc.if_else(pc.equal(folder, ""), None, folder)
            columns |= {"FileName": last_part(path), "FilePath": folder}
        return rows.at, columns

    def _services(self, found: Happenings, acting: Processes) -> tuple[Integers, Columns]:
        rows = found.services
        process = acting.taken(rows.act)
        return rows.at, {
            **self._common(constant("CreateService", len(rows.at)), rows.at, process.computer),
            "ServiceDisplayName": self.effects.of("name", rows, found.acts),
            "ServiceImagePath": self.effects.of("image_path", rows, found.acts),
            "UserName": self.user.of(process),
        }

    def _logons(self, found: Happenings) -> tuple[Integers, Columns]:
        rows = found.visits
        computer = found.acts.computer[rows.act]
        who, remote = self.people.of(rows, computer)
        there = self.ends.here(rows.peer, rows.six)
        return rows.at, {
            **self._common(constant("UserLogon", len(rows.at)), rows.at, computer),
            "UserName": self.people.names(lambda one: one.name).of(who),
            "LogonDomain": self.people.names(lambda one: one.domain).of(who),
            "UserSid": self.people.names(lambda one: one.sid).of(who),
            "LogonType": self.logon_type.of(rows.effect),
            "AuthenticationPackage": self.package.of(rows.effect),
            "ClientComputerName": self.label.of(rows.peer, remote),
            "RemoteAddressIP4": self.ends.names.of(there, remote & ~rows.six),
            "RemoteAddressIP6": self.ends.names.of(there, remote & rows.six),
            "LogonTime": seconds(rows.at),
        }

    def _process(self, rows: Effects, acting: Processes) -> Processes:
        by_kernel = self.layout.effect_by_kernel[rows.effect]
        return self.processes.with_kernel(acting.taken(rows.act), by_kernel)

    def _context(self, rows: Effects, acts: Acts) -> Columns:
        return {"ContextProcessId": self._number(rows, acts), "ContextTimeStamp": seconds(rows.at)}

    def _number(self, rows: Effects, acts: Acts) -> Array:
        """The numbers of the processes that did something: those of the acts, or the kernel's of the computer."""
        kernel = len(acts.at) + acts.computer[rows.act]
        return self.own.take(pa.array(np.where(self.layout.effect_by_kernel[rows.effect], kernel, rows.act)))


def merged(parts: list[Columns], order: Integers) -> Columns:
    """The columns of several kinds of events as one, in an order; what a kind does not have has no value there."""
    sizes = [len(part["aid"]) for part in parts]
    found: Columns = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        (kind,) = {part[name].type for part in parts if name in part}
        chunks = [part.get(name, missing(kind, size)) for part, size in zip(parts, sizes, strict=True)]
        whole = pa.chunked_array(chunks, kind).unify_dictionaries().combine_chunks()
        found[name] = whole.take(pa.array(order))
    return found


def missing(kind: object, rows: int) -> Array:
    """No value in any row, as a column of a kind."""
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), _NO_NAME)
    return pa.nulls(rows, kind)


def kept(rows: Effects, name: Array, *columns: Array) -> tuple[Effects, *tuple[Array, ...]]:
    """The rows that have the name of an event, with the columns that go with them."""
    where: Flags = pc.is_valid(name).to_numpy(zero_copy_only=False)
    return rows.taken(where), *(column.filter(pa.array(where)) for column in (name, *columns))


def seconds(ticks: Integers) -> Array:
    """Seconds since 1970 with three digits, rounded down."""
    milliseconds = (ticks - EPOCH) // 10_000
    whole, rest = np.divmod(milliseconds, 1000)
    return pc.binary_join_element_wise(numbers(whole), _MILLISECONDS.take(pa.array(rest)), ".")


def kernel_path(paths: Array) -> Array:
    """Paths as the kernel names them, like `device_path`."""
    volume = SYSTEM_VOLUME.replace("\\", r"\\") + r"\\"
    return pc.replace_substring_regex(paths, r"^[A-Za-z]:\\", volume)


def _folder(path: str) -> str | None:
    kernel = device_path(path)
    return kernel[: len(kernel) - len(base_name(kernel))] or None


def _connection_name(effect: Effect, six: bool) -> str | None:
    if not isinstance(effect, Contact):
        return None
    kind = "NetworkConnect" if effect.direction is Direction.OUTBOUND else "NetworkReceiveAccept"
    return f"{kind}{'IP6' if six else 'IP4'}"


def _direction(effect: Effect) -> str | None:
    return None if not isinstance(effect, Contact) else "0" if effect.direction is Direction.OUTBOUND else "1"


def _protocol(effect: Effect) -> str | None:
    return str(effect.transport.value) if isinstance(effect, Contact) else None
