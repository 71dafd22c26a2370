"""When the habits of computers occur in a stretch of a day: at random, at regular intervals, with a session."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emulator.events.instants import Ticks
from emulator.events.organisation.draws import (
    Integers,
    States,
    below,
    chosen,
    further,
    states,
    uniform,
    within,
)
from emulator.events.organisation.layout import (
    DAY,
    HOUR,
    MICROSECOND,
    NOBODY,
    SLOT,
    SLOTS,
    STATES,
    Rates,
    Regular,
)
from emulator.events.organisation.living import Living, Sessions
from emulator.nodes import record

MOMENTS = 20_000_000 * MICROSECOND
"""How long after its beginning a habit may still do something."""
_RANDOM, _REGULAR, _LOGON, _OPENED = range(10, 14)
"""Purposes of random numbers."""
_COUNT, _WHEN, _WHICH, _SHIFT, _SHARE = range(1, 6)


@record
class Occurrences:
    """Rows: a computer's habit occurs; with habit NOBODY, `program` starts with the session. `state` draws the rest."""

    at: Integers
    computer: Integers
    habit: Integers
    program: Integers
    state: States


@record
class Stretch:
    """Some slots of a day, for some computers, whose numbers rise."""

    day: int
    first: int
    last: int
    """The slot after the last one."""
    computers: Integers


def after(at: Integers, state: States, purpose: int) -> Integers:
    """Moments shortly after, inside of the same slot so that every slot can be drawn alone."""
    room = np.minimum(SLOT - at % SLOT, MOMENTS)
    return at + (uniform(state, purpose) * room).astype(np.int64) // MICROSECOND * MICROSECOND


def occurrences(living: Living, stretch: Stretch) -> Occurrences:
    """Everything that occurs, in an order that depends on neither the stretch nor the other computers within a slot."""
    parts = [*_Drawing(living, stretch).parts()]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Occurrences(none, none, none, none, none.astype(np.uint64))
    return Occurrences(
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.computer for part in parts]),
        np.concatenate([part.habit for part in parts]),
        np.concatenate([part.program for part in parts]),
        np.concatenate([part.state for part in parts]),
    )


class _Drawing:
    """Draws one stretch, role by role."""

    def __init__(self, living: Living, stretch: Stretch) -> None:
        self.living = living
        self.layout = living.layout
        self.stretch = stretch
        self.sessions: Sessions = living.sessions(stretch.day)
        self.begins: Ticks = living.origin + stretch.day * DAY + stretch.first * SLOT
        self.ends: Ticks = living.origin + stretch.day * DAY + stretch.last * SLOT

    def parts(self) -> Iterator[Occurrences]:
        """The occurrences of each role: with sessions first, since their programs are the parents of the others."""
        roles = self.layout.role[self.stretch.computers]
        by_role = [(role, self.stretch.computers[roles == role]) for role in np.unique(roles).tolist()]
        for role, computers in by_role:
            yield from self._sessions(role, computers)
        for role, computers in by_role:
            for rates, slots, there in self._states(role, computers):
                yield self._at_random(rates, slots, there)
        for role, computers in by_role:
            for regular in self.layout.regular[role]:
                yield self._regularly(regular, computers)

    def _sessions(self, role: int, computers: Integers) -> Iterator[Occurrences]:
        """What goes on with sessions that begin: programs start one after the other, then the habits of logging on."""
        begun = self.sessions.begins[computers]
        computers = computers[(self.begins <= begun) & (begun < self.ends)]
        opened = self.layout.session_programs[role]
        if not len(computers):
            return
        state = self._states_of(_LOGON, computers, np.full_like(computers, self.stretch.day << 16))
        yield self._of(len(self.layout.habits) - 1, self.sessions.begins[computers], computers, state)
        computer, program = np.repeat(computers, len(opened)), np.tile(opened, len(computers))
        there = self.living.has(computer, program)
        computer, program = computer[there], program[there]
        state = self._states_of(_OPENED, computer, self.stretch.day << 16 | program)
        started = self.living.started(computer, program, self.stretch.day)
        yield Occurrences(started, computer, np.full_like(computer, NOBODY), program, state)
        last = self.sessions.begins[computers] + len(opened) * 1_000_000
        for habit, share in self.layout.at_logon[role]:
            state = self._states_of(_LOGON, computers, np.full_like(computers, self.stretch.day << 16 | habit + 1))
            does = uniform(state, _SHARE) < share
            yield self._of(habit, after(last[does], state[does], _WHEN), computers[does], state[does])

    def _states(self, role: int, computers: Integers) -> Iterator[tuple[Rates, Integers, Integers]]:
        """The slots and computers of a role that are in the same state."""
        slot = np.repeat(np.arange(self.stretch.first, self.stretch.last), len(computers))
        computer = np.tile(computers, self.stretch.last - self.stretch.first)
        since_midnight = slot * SLOT
        session = self.sessions.at(computer, self.living.origin + self.stretch.day * DAY + since_midnight)
        night = (since_midnight < 6 * HOUR) | (since_midnight >= 22 * HOUR)
        for number, (in_session, at_night) in enumerate(STATES):
            rates = self.layout.rates[role][number]
            alike = (session == in_session) & (night == at_night)
            if rates is not None and alike.any():
                yield rates, slot[alike], computer[alike]

    def _at_random(self, rates: Rates, slot: Integers, computer: Integers) -> Occurrences:
        """The habits of a state: a Poisson process of all of them together."""
        cell = self._states_of(_RANDOM, computer, self.stretch.day * SLOTS + slot)
        counts = chosen(rates.count_sums, uniform(cell, _COUNT))
        state = further(np.repeat(cell, counts), within(counts))
        begins = self.living.origin + self.stretch.day * DAY + np.repeat(slot, counts) * SLOT
        at = begins + below(state, _WHEN, SLOT // MICROSECOND) * MICROSECOND
        habit = rates.habits[chosen(rates.habit_sums, uniform(state, _WHICH))]
        computer = np.repeat(computer, counts)
        return Occurrences(at, computer, habit, self.layout.habit_program[habit], state)

    def _regularly(self, regular: Regular, computers: Integers) -> Occurrences:
        """A habit at regular intervals, shifted by computer, a little early or late each time."""
        phase = (regular.salt + computers * 7919) * 10_000_000 % regular.period
        first = self.begins + (phase - self.begins) % regular.period
        counts = np.maximum(0, -((first - self.ends) // regular.period))
        at = np.repeat(first, counts) + within(counts) * regular.period
        computer = np.repeat(computers, counts)
        if self.layout.needs_person[self.layout.habit_program[regular.habit]]:
            there = self.sessions.at(computer, at // SLOT * SLOT)
            at, computer = at[there], computer[there]
        state = further(self._states_of(_REGULAR, computer, at // MICROSECOND), np.full_like(at, regular.salt))
        return self._of(regular.habit, after(at, state, _SHIFT), computer, state)

    def _of(self, habit: int, at: Integers, computer: Integers, state: States) -> Occurrences:
        program = int(self.layout.habit_program[habit])
        return Occurrences(at, computer, np.full_like(computer, habit), np.full_like(computer, program), state)

    def _states_of(self, purpose: int, first: Integers, second: Integers) -> States:
        return states(self.living.key, purpose, first, second)
