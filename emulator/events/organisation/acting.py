"""Happenings as activities, one object for each: what sensors render, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain

import numpy as np

from emulator.events.activity import (
    KERNEL,
    Account,
    Activity,
    ConnectionMade,
    Direction,
    Endpoint,
    FileCreated,
    Hashes,
    ImageLoaded,
    LogonSucceeded,
    Process,
    ProcessStarted,
    RegistryValueSet,
    ServiceInstalled,
    VersionInfo,
)
from emulator.events.organisation.happenings import LEAST_NUMBER, Effects, Happenings
from emulator.events.organisation.inventory import Computer, service_account
from emulator.events.organisation.layout import NOBODY, OUTSIDE
from emulator.events.organisation.living import Living
from emulator.events.organisation.profile import Contact, FileWrite, Load, RegistryWrite, ServiceSetUp, Visit
from emulator.events.scenarios.template import Template

_NO_HASHES, _NO_VERSION = Hashes(), VersionInfo()


@lru_cache(maxsize=1 << 16)
def _service(address: str, port: int) -> Endpoint:
    """Where a service listens: few of them are at the end of most connections."""
    return Endpoint(address, port)


def of_person(computer: Computer) -> dict[str, str | int]:
    """What stands for the person in texts: nothing where nobody works."""
    person = computer.person
    return {"person": "", "sid": ""} if person is None else {"person": person.name, "sid": str(person.sid)}


class Acting:
    """Turns columns into objects; processes that live longer than an act are the same objects throughout a day."""

    def __init__(self, living: Living) -> None:
        self.living = living
        self.layout = living.layout
        self.inventory = living.layout.inventory
        self.profile = living.layout.profile
        self.lines = [line for program in self.layout.programs for line in program.command_lines]
        self.process_of_day: dict[tuple[int, int], Process] = {}
        self.day = NOBODY
        self.installed = lru_cache(maxsize=1 << 16)(self._installed)

    def activities(self, found: Happenings) -> Iterator[Activity]:
        """Everything of a stretch in time order; of things at the same moment, parents come first."""
        if found.day != self.day:
            self.day = found.day
            self.process_of_day.clear()
        processes = self._processes(found)
        parts = [
            (found.visits.at, self._each(found, found.visits, processes, self._visit)),
            (found.acts.at[found.starts], self._starts(found, processes)),
            (found.connections.at, self._each(found, found.connections, processes, self._connection)),
            (found.files.at, self._each(found, found.files, processes, self._file)),
            (found.registry.at, self._each(found, found.registry, processes, self._registry)),
            (found.loads.at, self._each(found, found.loads, processes, self._load)),
            (found.services.at, self._each(found, found.services, processes, self._service)),
        ]
        order = np.argsort(np.concatenate([at for at, _ in parts]), kind="stable")
        everything = [*chain.from_iterable(made for _, made in parts)]
        return (everything[place] for place in order.tolist())

    def _processes(self, found: Happenings) -> list[Process]:
        """The process of each act."""
        acts, each_time = found.acts, self.layout.each_time.tolist()
        columns = (acts.computer, acts.program, acts.pid, acts.started, acts.line, acts.number, acts.target)
        made = []
        for computer, program, pid, started, line, number, target in zip(*(c.tolist() for c in columns), strict=True):
            if each_time[program]:
                name = "" if target == NOBODY else self.inventory.computers[target].host.label
                made.append(self._process(computer, program, self.lines[line], pid, started, number, name))
            else:
                made.append(self.living_process(computer, program))
        return made

    def living_process(self, computer: int, program: int) -> Process:
        """The process of a program that runs since boot or with the day's session."""
        if program == self.layout.kernel:
            return KERNEL
        found = self.process_of_day.get((computer, program))
        if found is None:
            here, which = np.array([computer]), np.array([program])
            pid, started = self.living.pid(here, which, self.day), self.living.started(here, which, self.day)
            line = self.layout.programs[program].command_lines[0]
            found = self._process(computer, program, line, int(pid[0]), int(started[0]), LEAST_NUMBER, "")
            self.process_of_day[computer, program] = found
        return found

    def _process(
        self, computer: int, program: int, line: Template, pid: int, started: int, number: int, target: str
    ) -> Process:
        image, account, parent = self.installed(computer, program)
        text = self._text(line, computer, number, target)
        integrity = self.layout.programs[program].integrity
        above = None if parent == NOBODY else self.living_process(computer, parent)
        return Process(image, pid, text, account, integrity, None, started, _NO_HASHES, _NO_VERSION, above)

    def _installed(self, computer: int, program: int) -> tuple[str, Account | None, int]:
        """What all processes of a program share on a computer: image, account and the parent's number."""
        one, here = self.layout.programs[program], self.inventory.computers[computer]
        account = service_account(one.account, self.profile.identity, here.person)
        return self._text(one.image, computer, LEAST_NUMBER, ""), account, int(self.layout.parent[program])

    def _text(self, template: Template, computer: int, number: int, target: str) -> str:
        parts = template.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0]
        here = self.inventory.computers[computer]
        return str(template.fill({**of_person(here), "target": target, "number": number}))

    def _starts(self, found: Happenings, processes: list[Process]) -> Iterator[Activity]:
        acts, places = found.acts, found.starts.tolist()
        rows = zip(places, acts.at[found.starts].tolist(), acts.computer[found.starts].tolist(), strict=True)
        for place, at, computer in rows:
            yield ProcessStarted(at, self.inventory.computers[computer].host, processes[place])

    def _each(
        self, found: Happenings, rows: Effects, processes: list[Process], make: Callable[..., Activity]
    ) -> Iterator[Activity]:
        """The activities of one kind; `make` gets the effect, its place and process, and the row's other values."""
        acts, effects = found.acts, self.layout.effects
        columns = (rows.at, acts.computer[rows.act], rows.act, rows.effect, rows.peer, rows.six, rows.port, rows.number)
        targets = acts.target[rows.act].tolist()
        for (at, computer, act, effect, *rest), target in zip(
            zip(*(column.tolist() for column in columns), strict=True), targets, strict=True
        ):
            name = "" if target == NOBODY else self.inventory.computers[target].host.label
            process = KERNEL if self.layout.effect_by_kernel[effect] else processes[act]
            yield make(effects[effect], effect, at, computer, process, name, *rest)

    def _connection(
        self, contact: Contact, effect: int, at: int, computer: int, process: Process, _: str, *rest: int
    ) -> Activity:
        peer, six, port, _number = rest
        here, name = self.inventory.computers[computer], None
        if self.layout.effect_to[effect] == OUTSIDE:
            site = self.inventory.sites[peer]
            remote, name = (site.address6 if six else site.address4), site.name
        else:
            there = self.inventory.computers[peer]
            remote = there.address6 if six else there.address4
        local = here.address6 if six else here.address4
        if contact.direction is Direction.OUTBOUND:
            ends = Endpoint(local, port), _service(remote, contact.port)
        else:
            ends = _service(local, contact.port), Endpoint(remote, port)
        return ConnectionMade(
            at, here.host, process, *ends, contact.direction, transport=contact.transport, remote_name=name
        )

    def _visit(
        self, visit: Visit, effect: int, at: int, computer: int, process: Process, _: str, *rest: int
    ) -> Activity:
        peer, six, port, _number = rest
        here = self.inventory.computers[computer]
        if visit.visitor is None:
            account = service_account(visit.account or "", self.profile.identity, here.person)
            assert account is not None  # Profiles ask for persons only where there are some.
            by = None if effect == self.layout.opening else process
            return LogonSucceeded(at, here.host, account, visit.type, package=visit.package, process=by)
        there = self.inventory.computers[peer]
        assert there.person is not None  # The same.
        source = Endpoint(there.address6 if six else there.address4, port)
        name = there.host.label
        return LogonSucceeded(at, here.host, there.person, visit.type, None, source, name, visit.package)

    def _file(
        self, write: FileWrite, _: int, at: int, computer: int, process: Process, target: str, *rest: int
    ) -> Activity:
        path = self._text(write.path, computer, rest[-1], target)
        return FileCreated(at, self.inventory.computers[computer].host, process, path)

    def _registry(
        self, write: RegistryWrite, _: int, at: int, computer: int, process: Process, target: str, *rest: int
    ) -> Activity:
        key, name, data = (self._text(text, computer, rest[-1], target) for text in (write.key, write.name, write.data))
        return RegistryValueSet(at, self.inventory.computers[computer].host, process, key, name, data)

    def _load(self, load: Load, _: int, at: int, computer: int, process: Process, target: str, *rest: int) -> Activity:
        path = self._text(load.path, computer, rest[-1], target)
        return ImageLoaded(at, self.inventory.computers[computer].host, process, path)

    def _service(
        self, setup: ServiceSetUp, _: int, at: int, computer: int, process: Process, target: str, *rest: int
    ) -> Activity:
        name, path = (self._text(text, computer, rest[-1], target) for text in (setup.name, setup.image_path))
        account = process.account
        assert account is not None  # Every program has one.
        return ServiceInstalled(at, self.inventory.computers[computer].host, name, path, account)
