"""Which processes live on computers, when people are there, and what is installed: in columns."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from emulator.events.instants import TICKS_PER_SECOND, Ticks
from emulator.events.organisation.draws import Flags, Integers, normal, states, uniform
from emulator.events.organisation.layout import DAY, HOUR, LONGEST_UPTIME, MICROSECOND, SLOT, Layout
from emulator.nodes import record

_SESSION, _BOOT, _PROCESS, _SOFTWARE = range(1, 5)
"""Purposes of random numbers."""
_PRESENT, _BEGINS, _LASTS = 1, 10, 30
NEVER = -1
MINUTE = 60 * TICKS_PER_SECOND
_STARTING = TICKS_PER_SECOND // 10
"""How long after one another the programs of a session start, and those of a boot."""
_FIRST_PID, _PIDS = 600, 4000


@record
class Sessions:
    """When each computer's person is at work on one day; NEVER where nobody is."""

    begins: Integers
    ends: Integers

    def at(self, computer: Integers, slot_begins: Integers) -> Flags:
        """True where a slot begins in a session of the computer."""
        return (self.begins[computer] <= slot_begins) & (slot_begins < self.ends[computer])


class Living:
    """What of an organisation lives longer than a slot; it depends on the key, the computer and the day alone."""

    def __init__(self, layout: Layout, key: int, origin: Ticks) -> None:
        self.layout = layout
        self.key = key
        self.origin = origin
        self.sessions = lru_cache(maxsize=4)(self._sessions)
        self._everywhere = bool((layout.installed >= 1).all())

    def _sessions(self, day: int) -> Sessions:
        layout, calendar = self.layout, self.layout.profile.calendar
        midnight = self.origin + day * DAY
        weekday = (midnight // DAY) % 7 + 1  # 0001-01-01 was a Monday.
        if weekday not in calendar.working_days:
            nobody = np.full(layout.computers, NEVER)
            return Sessions(nobody, nobody)
        computer = np.arange(layout.computers)
        state = states(self.key, _SESSION, computer, np.full_like(computer, day))
        hour = normal(state, _BEGINS, calendar.begins.mean, calendar.begins.spread).clip(0.0, 20.0)
        lasts = normal(state, _LASTS, calendar.lasts.mean, calendar.lasts.spread).clip(0.5, 23.9 - hour)
        begins = midnight + _whole(hour * HOUR)
        # What logging on starts falls into the same slot.
        begins -= np.where(begins % SLOT > SLOT - MINUTE, MINUTE, 0)
        there = layout.has_person & (uniform(state, _PRESENT) < calendar.present)
        return Sessions(np.where(there, begins, NEVER), np.where(there, begins + _whole(lasts * HOUR), NEVER))

    def pid(self, computer: Integers, program: Integers, day: int) -> Integers:
        """The process ids of programs since boot, and of those of a day's sessions; no two of a computer are alike."""
        since = np.where(self.layout.since_boot[program], NEVER, day)
        programs = len(self.layout.programs)
        state = states(self.key, _PROCESS, computer * programs + program, since)
        room = max(1, _PIDS // programs)
        return _FIRST_PID + 4 * (program + programs * (uniform(state, 1) * room).astype(np.int64))

    def started(self, computer: Integers, program: Integers, day: int) -> Integers:
        """When they started: parents before their children."""
        boot = uniform(states(self.key, _BOOT, computer, np.zeros_like(computer)), 1)
        booted = self.origin - HOUR - _whole(boot * (LONGEST_UPTIME - HOUR)) + program * _STARTING
        order = self.layout.session_order[self.layout.role[computer], program]
        return np.where(
            self.layout.since_boot[program], booted, self.sessions(day).begins[computer] + order * _STARTING
        )

    def has(self, computer: Integers, program: Integers) -> Flags:
        """True where a computer has a program and the programs that start it."""
        found = np.ones(computer.shape, dtype=bool)
        if self._everywhere:
            return found
        while (program >= 0).any():
            share = np.where(program >= 0, self.layout.installed[program], 1.0)
            state = states(self.key, _SOFTWARE, computer, self.layout.name_hash[program])
            found &= uniform(state, 1) < share
            program = np.where(program >= 0, self.layout.parent[program], NEVER)
        return found


def _whole(ticks: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Integers:
    """Whole microseconds."""
    return ticks.astype(np.int64) // MICROSECOND * MICROSECOND
