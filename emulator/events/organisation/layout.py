"""A profile and its inventory in columns: roles, programs, habits and what comes of them, by their numbers."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from emulator.events.activity import LogonType
from emulator.events.instants import TICKS_PER_SECOND
from emulator.events.organisation.draws import Floats, Integers, poisson_sums, running_sums
from emulator.events.organisation.inventory import Inventory
from emulator.events.organisation.profile import (
    KERNEL,
    PERSON,
    TARGET,
    WEB,
    AtLogon,
    Contact,
    Effect,
    Every,
    FileWrite,
    Habit,
    Load,
    Profile,
    Program,
    Rate,
    RegistryWrite,
    ServiceSetUp,
    Times,
    Visit,
)
from emulator.nodes import record

MICROSECOND = 10
"""Ticks; everything happens at whole microseconds, as far as files of events keep them."""
SLOT = 900 * TICKS_PER_SECOND
"""A quarter of an hour: what is drawn at once."""
SLOTS = 96
"""Slots of a day."""
DAY = SLOTS * SLOT
HOUR = 4 * SLOT
LONGEST_UPTIME = 20 * DAY
NOBODY, OUTSIDE, THE_TARGET = -1, -2, -3
"""In place of a role: none, the web, and the computer that the habit is about."""
KINDS: tuple[type[Effect], ...] = (Contact, Visit, FileWrite, RegistryWrite, Load, ServiceSetUp)
STATES = [(session, night) for session in (False, True) for night in (False, True)]
"""What a computer's slot can be: in a session, at night."""


LOGGING_ON = Habit(
    "logging on",
    frozenset(),
    KERNEL,
    AtLogon(1.0),
    None,
    (Visit(Times(1, 0.0), LogonType.INTERACTIVE, None, PERSON, "Negotiate"),),
)
"""What begins every session, at its very moment: the last of the habits, of no role."""


@record
class Rates:
    """The habits that go on at random in a state: how many of all of them in a slot, and which."""

    count_sums: Floats
    habit_sums: Floats
    habits: Integers


@record
class Regular:
    """A habit at regular intervals: its period in ticks, and a number that tells it apart."""

    habit: int
    period: int
    salt: int


class Layout:
    """Numbers in place of names. The kernel is the program after the last one."""

    def __init__(self, profile: Profile, inventory: Inventory) -> None:
        self.profile = profile
        self.inventory = inventory
        self._lay_out_computers(inventory)
        self._lay_out_programs(list(profile.programs.values()))
        self._lay_out_habits((*profile.habits, LOGGING_ON))

    def _lay_out_computers(self, inventory: Inventory) -> None:
        self.computers = len(inventory.computers)
        self.roles = list(self.profile.roles)
        self.role = _integers(self.roles.index(computer.role.name) for computer in inventory.computers)
        self.has_person = np.array([computer.person is not None for computer in inventory.computers], dtype=bool)
        sizes = [len(inventory.by_role[name]) for name in self.roles]
        self.role_size = _integers(sizes)
        # Computers are numbered role after role.
        self.role_start = _integers(int(sum(sizes[:number])) for number in range(len(sizes)))
        # Few sites get most visits: the share of the k-th falls like 1 / k.
        self.site_sums = running_sums([math.log1p(1 / (k + 1)) for k in range(len(inventory.sites))])

    def _lay_out_programs(self, programs: list[Program]) -> None:
        self.programs = programs
        self.kernel = len(programs)
        numbers = {program.name: number for number, program in enumerate(programs)} | {KERNEL: self.kernel}
        self.program_number = numbers
        self.parent = _integers([*(numbers.get(one.parent or "", NOBODY) for one in programs), NOBODY])
        self.each_time = np.array([*(one.runs == "each time" for one in programs), False])
        self.since_boot = np.array([*(one.runs == "since boot" for one in programs), True])
        self.needs_person = np.array([*(one.needs_person for one in programs), False])
        self.installed = np.array([*(one.installed for one in programs), 1.0])
        self.name_hash = _integers([*(zlib.crc32(one.name.encode()) for one in programs), 0])
        self.line_count = _integers([*(len(one.command_lines) for one in programs), 1])
        self.line_start = np.concatenate([[0], np.cumsum(self.line_count)[:-1]]).astype(np.int64)

    def _lay_out_habits(self, habits: Sequence[Habit]) -> None:
        self.habits = habits
        self.habit_program = _integers(self.program_number[habit.program] for habit in habits)
        self.habit_target = _integers(NOBODY if one.target is None else self.roles.index(one.target) for one in habits)
        self.rates = [[self._rates(role, *state) for state in STATES] for role in self.roles]
        self.regular = [[one for one in self._regular() if role in habits[one.habit].roles] for role in self.roles]
        self.at_logon = [
            [(number, one.when.share) for number, one in self._of(role) if isinstance(one.when, AtLogon)]
            for role in self.roles
        ]
        self.session_programs = [self._session_programs(role) for role in self.roles]
        self.session_order = np.full((len(self.roles), len(self.programs) + 1), 0, dtype=np.int64)
        for role, opened in enumerate(self.session_programs):
            self.session_order[role, opened] = np.arange(len(opened))
        self._lay_out_effects([effect for habit in habits for effect in habit.effects])

    def _lay_out_effects(self, effects: list[Effect]) -> None:
        self.effects = effects
        self.opening = len(effects) - 1
        self.effect_count = _integers(len(habit.effects) for habit in self.habits)
        self.effect_start = np.concatenate([[0], np.cumsum(self.effect_count)[:-1]]).astype(np.int64)
        self.effect_kind = _integers(KINDS.index(type(effect)) for effect in effects)
        self.effect_least = _integers(effect.times.least for effect in effects)
        self.effect_chance = np.array([effect.times.chance for effect in effects], dtype=np.float64)
        self.effect_to = _integers(self._destination(effect) for effect in effects)
        self.effect_by_kernel = np.array([getattr(effect, "by_kernel", False) for effect in effects], dtype=bool)

    def _destination(self, effect: Effect) -> int:
        """The other side of a connection or a logon."""
        if isinstance(effect, Contact):
            special = {WEB: OUTSIDE, TARGET: THE_TARGET}
            return special[effect.to] if effect.to in special else self.roles.index(effect.to)
        if isinstance(effect, Visit) and effect.visitor is not None:
            return self.roles.index(effect.visitor)
        return NOBODY

    def _of(self, role: str) -> Iterable[tuple[int, Habit]]:
        return [(number, habit) for number, habit in enumerate(self.habits) if role in habit.roles]

    def _rates(self, role: str, session: bool, night: bool) -> Rates | None:
        goes_on = {"always": True, "session": session, "night": night}
        rates = {
            number: habit.when.per_hour * self._served(habit, habit.when) * SLOT / HOUR
            for number, habit in self._of(role)
            if isinstance(habit.when, Rate) and goes_on[habit.when.during]
        }
        rates = {number: rate for number, rate in rates.items() if rate > 0}
        if not rates:
            return None
        weights = list(rates.values())
        return Rates(poisson_sums(sum(weights)), running_sums(weights), _integers(rates))

    def _served(self, habit: Habit, rate: Rate) -> float:
        """How many computers each of those that have a habit serves."""
        if rate.for_each is None:
            return 1.0
        by_role = self.inventory.by_role
        return len(by_role[rate.for_each]) / max(1, sum(len(by_role[role]) for role in habit.roles))

    def _regular(self) -> list[Regular]:
        return [
            Regular(number, habit.when.minutes * 60 * TICKS_PER_SECOND, zlib.crc32(habit.name.encode()))
            for number, habit in enumerate(self.habits)
            if isinstance(habit.when, Every)
        ]

    def _session_programs(self, role: str) -> Integers:
        """The programs that begin with a session, parents first: those of the habits, and their ancestors."""
        wanted: set[int] = set()
        for number, _ in self._of(role):
            program = int(self.habit_program[number])
            while program not in (NOBODY, self.kernel):
                wanted.add(program)
                program = int(self.parent[program])
        return _integers(number for number in sorted(wanted) if self.programs[number].runs == "with session")


def _integers(values: Iterable[int]) -> Integers:
    return np.array(list(values), dtype=np.int64)
