"""What one computer does in a quarter of an hour: drawn from its own random numbers, independent of all others."""

from __future__ import annotations

import zlib
from bisect import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate
from random import Random

from emulator.events.activity import (
    KERNEL,
    Account,
    Activity,
    ConnectionMade,
    Direction,
    Endpoint,
    Hashes,
    LogonSucceeded,
    LogonType,
    Process,
    ProcessStarted,
    VersionInfo,
)
from emulator.events.instants import TICKS_PER_SECOND, Ticks
from emulator.events.organisation.inventory import Computer, Inventory, service_account
from emulator.events.organisation.profile import KERNEL as KERNEL_NAME
from emulator.events.organisation.profile import (
    TARGET,
    WEB,
    AtLogon,
    Contact,
    Every,
    Habit,
    Profile,
    Program,
    Rate,
)
from emulator.events.scenario_template import Template
from emulator.nodes import record

SLOT = 900 * TICKS_PER_SECOND
"""A quarter of an hour: what is drawn at once."""
SLOTS = 96
"""Slots of a day."""
DAY = SLOTS * SLOT
MINUTE = 60 * TICKS_PER_SECOND
HOUR = 4 * SLOT
MOMENTS = 20 * TICKS_PER_SECOND
"""How long after its beginning a habit may still connect."""
LONGEST_UPTIME = 20 * DAY
_NO_HASHES, _NO_VERSION = Hashes(), VersionInfo()


@record
class Session:
    """When a person is at work on one day."""

    begins: Ticks
    ends: Ticks


@record
class Repertoire:
    """The habits of one role, ready to be drawn from; random ones by state of the computer (in session, at night)."""

    now_and_then: Mapping[tuple[bool, bool], tuple[tuple[float, ...], tuple[Habit, ...]]]
    regular: tuple[tuple[Habit, int, int], ...]
    """A habit, its period in ticks, and a number that tells it apart."""
    at_logon: tuple[tuple[Habit, float], ...]
    session_programs: tuple[Program, ...]


def repertoire(profile: Profile, role: str) -> Repertoire:
    """What computers of a role do."""
    habits = [habit for habit in profile.habits if role in habit.roles]
    states = [(session, night) for session in (False, True) for night in (False, True)]
    regular = tuple(
        (habit, habit.when.minutes * 60 * TICKS_PER_SECOND, zlib.crc32(habit.name.encode()))
        for habit in habits
        if isinstance(habit.when, Every)
    )
    at_logon = tuple((habit, habit.when.share) for habit in habits if isinstance(habit.when, AtLogon))
    return Repertoire({state: _rates(habits, state) for state in states}, regular, at_logon, _opened(profile, habits))


def _rates(habits: list[Habit], state: tuple[bool, bool]) -> tuple[tuple[float, ...], tuple[Habit, ...]]:
    """The running sums of the rates per slot of the habits that go on in a state."""
    session, night = state
    goes_on = {"always": True, "session": session, "night": night}
    active = tuple(habit for habit in habits if isinstance(habit.when, Rate) and goes_on[habit.when.during])
    rates = (habit.when.per_hour * SLOT / HOUR for habit in active if isinstance(habit.when, Rate))
    return tuple(accumulate(rates)), active


def _opened(profile: Profile, habits: list[Habit]) -> tuple[Program, ...]:
    """The programs that begin with a session, parents first: those of the habits, and their ancestors."""
    wanted: set[str] = set()
    for habit in habits:
        name: str | None = habit.program
        while name is not None and name != KERNEL_NAME:
            wanted.add(name)
            name = profile.programs[name].parent
    return tuple(one for one in profile.programs.values() if one.name in wanted and one.runs == "with session")


@dataclass(slots=True)
class Behaviour:
    """Draws what computers do. Everything depends on the seed, the computer, the day and the slot alone."""

    profile: Profile
    inventory: Inventory
    seed: int
    origin: Ticks
    """Midnight of the first day."""
    repertoires: dict[str, Repertoire] = field(init=False)

    def __post_init__(self) -> None:
        self.repertoires = {name: repertoire(self.profile, name) for name in self.profile.roles}

    def day(self, computer: Computer, day: int) -> ComputerDay:
        """What a computer's day is made of, for its slots to be drawn."""
        return ComputerDay(self, computer, day)

    def needs_person(self, habit: Habit) -> bool:
        """True for a habit whose program runs only while the person is there."""
        return habit.program != KERNEL_NAME and self.profile.programs[habit.program].needs_person

    def random(self, computer: Computer, day: int, part: int) -> Random:
        """The random numbers of one part of one computer's day: a slot, or the day as the part after the last slot."""
        return Random((((self.seed << 24 | computer.number) << 20 | day) << 8) | part)  # noqa: S311 - no secrets here.


class ComputerDay:
    """One day of one computer: its session, the processes that live through it, and what happens in each slot."""

    def __init__(self, behaviour: Behaviour, computer: Computer, day: int) -> None:
        self.behaviour = behaviour
        self.computer = computer
        self.number = day
        self.begins = behaviour.origin + day * DAY
        self.habits = behaviour.repertoires[computer.role.name]
        self.person = "" if computer.person is None else computer.person.name
        self.processes: dict[str, Process] = {}
        self.installed: dict[str, tuple[str, Account | None, Process | None]] = {}

    @cached_property
    def session(self) -> Session | None:
        """When the person works; None for computers without one and for days off."""
        calendar, rng = self.behaviour.profile.calendar, self.behaviour.random(self.computer, self.number, SLOTS)
        weekday = (self.begins // DAY) % 7 + 1  # 0001-01-01 was a Monday.
        if self.computer.person is None or weekday not in calendar.working_days or rng.random() >= calendar.present:
            return None
        begins = min(max(rng.gauss(calendar.begins.mean, calendar.begins.spread), 0.0), 20.0)
        lasts = min(max(rng.gauss(calendar.lasts.mean, calendar.lasts.spread), 0.5), 23.9 - begins)
        start = self.begins + int(begins * HOUR)
        start -= MINUTE if start % SLOT > SLOT - MINUTE else 0  # What logging on starts falls into the same slot.
        return Session(start, start + int(lasts * HOUR))

    def slot(self, number: int) -> list[Activity]:
        """The activities of one slot, in no order; all of them lie inside of it."""
        begins = self.begins + number * SLOT
        slot = _Slot(self, begins, self.behaviour.random(self.computer, self.number, number))
        session = self.session
        if session is not None and begins <= session.begins < begins + SLOT:
            slot.log_on(session.begins)
        in_session = session is not None and session.begins <= begins < session.ends
        night = not 6 * HOUR <= begins - self.begins < 22 * HOUR
        slot.now_and_then(*self.habits.now_and_then[in_session, night])
        for habit, period, salt in self.habits.regular:
            if in_session or not self.behaviour.needs_person(habit):
                slot.regularly(habit, period, salt)
        return slot.activities

    def living(self, name: str) -> Process:
        """The process of a program that runs since boot or with the session."""
        found = self.processes.get(name)
        if found is None:
            found = self.processes[name] = self._living(self.behaviour.profile.programs[name])
        return found

    def _living(self, program: Program) -> Process:
        """A process that is the same on every day for a program since boot, and on this day for one of the session."""
        day = "" if program.runs == "since boot" else self.number
        number = zlib.crc32(f"{self.computer.number} {program.name} {day}".encode())
        if program.runs == "since boot" or self.session is None:
            started = self.behaviour.origin - 1 - number * 10_007 % LONGEST_UPTIME
        else:
            # One after the other, so that parents begin before their children.
            order = self.habits.session_programs.index(program)
            started = self.session.begins + order * TICKS_PER_SECOND // 10
        return self.process(program, program.command_lines[0], 600 + 4 * (number % 4000), started, 10_000, "")

    def process(
        self, program: Program, command_line: Template, pid: int, started: Ticks, number: int, target: str
    ) -> Process:
        """A process of a program, whose parent lives already."""
        here = self.installed.get(program.name)
        if here is None:
            here = self.installed[program.name] = self._installed(program)
        line = command_line.fill({"person": self.person, "target": target, "number": number})
        image, account, parent = here
        return Process(
            image, pid, str(line), account, program.integrity, None, started, _NO_HASHES, _NO_VERSION, parent
        )

    def _installed(self, program: Program) -> tuple[str, Account | None, Process | None]:
        """What all processes of a program share on this computer and day: image, account and parent."""
        image = program.image.fill({"person": self.person, "target": "", "number": 10_000})
        account = service_account(program.account, self.behaviour.profile.identity, self.computer.person)
        return str(image), account, None if program.parent is None else self.living(program.parent)


@lru_cache(maxsize=1 << 16)
def _service(address: str, port: int) -> Endpoint:
    """Where a service listens: few of them are at the end of most connections."""
    return Endpoint(address, port)


class _Slot:
    """Draws one slot of one computer's day and collects its activities."""

    def __init__(self, day: ComputerDay, begins: Ticks, rng: Random) -> None:
        self.day = day
        self.begins = begins
        self.ends = begins + SLOT
        self.random: Callable[[], float] = rng.random
        self.exponential = rng.expovariate
        self.activities: list[Activity] = []

    def log_on(self, at: Ticks) -> None:
        """The person logs on: the programs of the session start, and the habits of logging on go on."""
        day, host, person = self.day, self.day.computer.host, self.day.computer.person
        assert person is not None  # Sessions are of persons.
        self.activities.append(LogonSucceeded(at, host, person, LogonType.INTERACTIVE, package="Negotiate"))
        for program in day.habits.session_programs:
            process = day.living(program.name)
            at = process.started or at
            self.activities.append(ProcessStarted(at, host, process))
        for habit, share in day.habits.at_logon:
            if self.random() < share:
                self.act(habit, self._after(at))

    def now_and_then(self, sums: tuple[float, ...], habits: tuple[Habit, ...]) -> None:
        """The habits that go on at random times: a Poisson process of all of them together."""
        if not sums:
            return
        total, moment = sums[-1], self.exponential(sums[-1])
        while moment < 1.0:
            self.act(habits[bisect(sums, self.random() * total)], self.begins + int(moment * SLOT))
            moment += self.exponential(total)

    def regularly(self, habit: Habit, period: int, salt: int) -> None:
        """A habit at regular intervals, shifted by computer, a little early or late each time."""
        phase = (salt + self.day.computer.number * 7919) * TICKS_PER_SECOND % period
        at = self.begins + (phase - self.begins) % period
        while at < self.ends:
            self.act(habit, self._after(at))
            at += period

    def act(self, habit: Habit, at: Ticks) -> None:
        """One occurrence of a habit: its program starts where it does so each time, and connects."""
        target = None if habit.target is None else self._someone(habit.target)
        if habit.target is not None and target is None:
            return
        process = self._acting(habit, at, target)
        for contact in habit.contacts:
            for _ in range(contact.least + (self.random() < contact.chance)):
                self._connect(contact, KERNEL if contact.by_kernel else process, self._after(at), target)

    def _acting(self, habit: Habit, at: Ticks, target: Computer | None) -> Process:
        if habit.program == KERNEL_NAME:
            return KERNEL
        day = self.day
        program = day.behaviour.profile.programs[habit.program]
        if program.runs != "each time":
            return day.living(program.name)
        choice = self.random()
        lines = program.command_lines
        pid, number = 17_000 + 4 * int(self.random() * 12_000), 10_000 + int(choice * 89_999)
        name = "" if target is None else target.host.label
        process = day.process(program, lines[int(choice * len(lines))], pid, at, number, name)
        self.activities.append(ProcessStarted(at, day.computer.host, process))
        return process

    def _connect(self, contact: Contact, process: Process, at: Ticks, target: Computer | None) -> None:
        computer, behaviour = self.day.computer, self.day.behaviour
        six = self.random() < behaviour.profile.identity.ipv6_share
        name = None
        if contact.to == WEB:
            sites = behaviour.inventory.sites
            # Few sites get most visits: an index whose logarithm is uniform.
            site = sites[int(len(sites) ** self.random()) - 1]
            remote, name = (site.address6 if six else site.address4), site.name
        else:
            peer = target if contact.to == TARGET else self._someone(contact.to)
            if peer is None:
                return
            remote = peer.address6 if six else peer.address4
        here = computer.address6 if six else computer.address4
        high = 49_152 + int(self.random() * 16_384)
        if contact.direction is Direction.OUTBOUND:
            ends = Endpoint(here, high), _service(remote, contact.port)
        else:
            ends = _service(here, contact.port), Endpoint(remote, high)
        made = ConnectionMade(
            at, computer.host, process, *ends, contact.direction, transport=contact.transport, remote_name=name
        )
        self.activities.append(made)

    def _someone(self, role: str) -> Computer | None:
        """Another computer of a role, or None when there is none."""
        there = self.day.behaviour.inventory.by_role[role]
        if not there:
            return None
        found = there[int(self.random() * len(there))]
        return None if found is self.day.computer else found

    def _after(self, at: Ticks) -> Ticks:
        """A moment shortly after, which stays inside of the slot so that every slot can be drawn alone."""
        room = self.ends - at
        if room >= MOMENTS:
            return at + int(self.random() * MOMENTS)
        return at + int(self.random() * room) if room > 0 else self.ends - 1
