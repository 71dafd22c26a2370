"""Processes in columns: what the tables of all sensors say of the processes that act."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emulator.events.activity import KERNEL, Account
from emulator.events.organisation.acting import Acting
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.files.texts import Array, Filling, Names, about, fill
from emulator.events.organisation.happenings import LEAST_NUMBER, Acts
from emulator.events.organisation.inventory import service_account
from emulator.events.organisation.layout import NOBODY
from emulator.events.organisation.living import Living
from emulator.events.sensors.identity import process_number_without_guid, process_numbers_without_guid
from emulator.nodes import record


@record
class Processes:
    """A process in each row; the kernel's has no start time, which is NOBODY."""

    computer: Integers
    program: Integers
    pid: Integers
    started: Integers
    line: Integers
    number: Integers
    target: Integers

    def taken(self, places: Integers | Flags) -> Processes:
        """Some of the rows."""
        return Processes(*(getattr(self, name)[places] for name in _COLUMNS))


_COLUMNS = ("computer", "program", "pid", "started", "line", "number", "target")


class ProcessTexts:
    """What can be said of programs on computers: paths, accounts, command lines, and Falcon's numbers of processes."""

    def __init__(self, living: Living) -> None:
        self.living = living
        self.layout = living.layout
        self.inventory = living.layout.inventory
        self.lines = Filling(Acting(living).lines, self.inventory)
        self._images = self._by_image()
        self._accounts = self._by_account()
        self._numbers: dict[int, str] = {}
        """By computer and program, of those that live on this day."""
        self._day = NOBODY
        self.kernels = [
            process_number_without_guid(one.host.name, KERNEL.pid, None) for one in self.inventory.computers
        ]

    def acting(self, acts: Acts) -> Processes:
        """The processes of acts."""
        return self.with_kernel(
            Processes(acts.computer, acts.program, acts.pid, acts.started, acts.line, acts.number, acts.target),
            acts.program == self.layout.kernel,
        )

    def with_kernel(self, processes: Processes, where: Flags) -> Processes:
        """The kernel in place of some processes."""
        return Processes(
            processes.computer,
            np.where(where, self.layout.kernel, processes.program),
            np.where(where, KERNEL.pid, processes.pid),
            np.where(where, NOBODY, processes.started),
            np.where(where, NOBODY, processes.line),
            processes.number,
            processes.target,
        )

    def parents(self, processes: Processes, day: int) -> tuple[Processes, Flags]:
        """The processes that started others, and where there is one."""
        program = self.layout.parent[processes.program]
        there = program != NOBODY
        program = np.maximum(program, 0)
        computer = processes.computer
        found = Processes(
            computer,
            program,
            self.living.pid(computer, program, day),
            self.living.started(computer, program, day),
            self.layout.line_start[program],
            np.full_like(computer, LEAST_NUMBER),
            np.full_like(computer, NOBODY),
        )
        return found, there

    def command_lines(self, processes: Processes) -> Array:
        """The command lines, where there are some."""
        return self.lines.fill(processes.line, processes.computer, processes.number, processes.target)

    def images(self, kind: Callable[[str], str | None]) -> ByImage:
        """Something that follows from a process's path."""
        texts, first, by_computer = self._images
        return ByImage(Names(map(kind, texts)), first, by_computer)

    def programs(self, texts: Callable[[int], str | None]) -> Names:
        """Something that follows from a program alone."""
        return Names(map(texts, range(len(self.layout.programs) + 1)))

    def accounts(self, kind: Callable[[Account], str | None]) -> ByImage:
        """Something that follows from the account that a process runs under."""
        accounts, first, by_computer = self._accounts
        return ByImage(Names(None if one is None else kind(one) for one in accounts), first, by_computer)

    def numbers(self, processes: Processes, day: int) -> list[str]:
        """Falcon's number of each process."""
        if day != self._day:
            self._day = day
            self._numbers.clear()
        found = np.empty(len(processes.computer), dtype=object)
        kernel, each = processes.program == self.layout.kernel, self.layout.each_time[processes.program]
        found[kernel] = np.array(self.kernels, object)[processes.computer[kernel]]
        found[each] = self._numbered(processes, each)
        lives = ~(kernel | each)
        keys = processes.computer[lives] * len(self.layout.programs) + processes.program[lives]
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        found[lives] = np.array(self._living(keys[first], processes, np.flatnonzero(lives)[first]), object)[inverse]
        numbers: list[str] = found.tolist()
        return numbers

    def _living(self, keys: Integers, processes: Processes, places: Integers) -> list[str]:
        """The numbers of processes that live on, each worked out once a day."""
        new = np.array([key not in self._numbers for key in keys.tolist()], dtype=bool)
        self._numbers.update(zip(keys[new].tolist(), self._numbered(processes, places[new]), strict=True))
        return [self._numbers[key] for key in keys.tolist()]

    def _numbered(self, processes: Processes, places: Integers | Flags) -> list[str]:
        hosts = self.inventory.computers
        columns = (processes.pid[places].tolist(), processes.started[places].tolist())
        names = (hosts[computer].host.name for computer in processes.computer[places].tolist())
        return process_numbers_without_guid(names, *columns)

    def _by_image(self) -> tuple[list[str], Integers, Integers]:
        """The paths of all programs, of each computer where they depend on the person; where each one's begin."""
        texts: list[str] = []
        first, by_computer = [], []
        for program in self.layout.programs:
            first.append(len(texts))
            by_computer.append(int(bool(about(program.image))))
            there = range(len(self.inventory.computers)) if about(program.image) else range(1)
            texts.extend(fill(program.image, self.inventory, computer) for computer in there)
        return [*texts, KERNEL.image], np.array([*first, len(texts)]), np.array([*by_computer, 0])

    def _by_account(self) -> tuple[list[Account | None], Integers, Integers]:
        accounts: list[Account | None] = [one.person for one in self.inventory.computers]
        first, by_computer = [], []
        for program in self.layout.programs:
            person = program.account == "person"
            first.append(0 if person else len(accounts))
            by_computer.append(int(person))
            if not person:
                accounts.append(service_account(program.account, self.layout.profile.identity, None))
        return [*accounts, KERNEL.account], np.array([*first, len(accounts)]), np.array([*by_computer, 0])


class ByImage:
    """Texts that depend on the program, and on the computer for some."""

    def __init__(self, names: Names, first: Integers, by_computer: Integers) -> None:
        self.names = names
        self.first = first
        self.by_computer = by_computer

    def of(self, processes: Processes, where: Flags | None = None) -> Array:
        """The texts of some processes, or of those where there is one."""
        number = self.first[processes.program] + self.by_computer[processes.program] * processes.computer
        return self.names.of(number, where)
