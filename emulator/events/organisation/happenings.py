"""What happens in a stretch of time, in columns: processes that start, connections, logons, and what is written."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import numpy as np

from emulator.events.organisation.draws import Flags, Integers, States, below, further, uniform, within
from emulator.events.organisation.layout import KINDS, NOBODY, OUTSIDE, THE_TARGET, Layout
from emulator.events.organisation.living import Living
from emulator.events.organisation.occurrences import Stretch, after, occurrences
from emulator.events.organisation.profile import Contact, FileWrite, Load, RegistryWrite, ServiceSetUp, Visit
from emulator.nodes import record

Rows = TypeVar("Rows")
_TARGET, _LINE, _PID, _NUMBER = range(20, 24)
"""Purposes of random numbers of an occurrence."""
_MORE, _AFTER, _SIX, _PEER, _PORT, _TEXT = range(30, 36)
"""Purposes of random numbers of what comes of it."""
LEAST_NUMBER, NUMBERS = 10_000, 89_999
"""The numbers that stand in texts."""
_LEAST_PID, _PIDS = 17_000, 12_000
LEAST_PORT, _PORTS = 49_152, 16_384


@record
class Acts:
    """Occurrences with the processes that act: `line` is a command line's number among all of the profile's."""

    at: Integers
    computer: Integers
    habit: Integers
    program: Integers
    pid: Integers
    started: Integers
    line: Integers
    number: Integers
    target: Integers
    """The other computer that the act is about, or NOBODY."""
    state: States


@record
class Effects:
    """Things of one kind that came of acts."""

    at: Integers
    act: Integers
    effect: Integers
    peer: Integers
    """A computer, or a web site where `effect` goes outside, or NOBODY."""
    six: Flags
    """Over IPv6."""
    port: Integers
    """The port of whoever opened the connection."""
    number: Integers

    def taken(self, places: Flags | Integers) -> Effects:
        """Some of the rows."""
        return _taken(self, places)


@record
class Happenings:
    """All that happened in a stretch up to the slot `last`, each kind in time order."""

    day: int
    last: int
    acts: Acts
    starts: Integers
    """The acts whose processes started."""
    connections: Effects
    visits: Effects
    files: Effects
    registry: Effects
    loads: Effects
    services: Effects


def happenings(living: Living, stretch: Stretch) -> Happenings:
    """Draw a stretch. What happens in a slot depends on neither the stretch nor on the other computers."""
    acts = _acts(living, stretch)
    effects = _effects(living.layout, acts)
    kind = living.layout.effect_kind[effects.effect]
    by_kind = [_in_time_order(_taken(effects, kind == number)) for number in range(len(KINDS))]
    found = dict(zip(KINDS, by_kind, strict=True))
    starts = np.flatnonzero(living.layout.each_time[acts.program] | (acts.habit == NOBODY))
    return Happenings(
        stretch.day,
        stretch.last,
        acts,
        starts[np.argsort(acts.at[starts], kind="stable")],
        *(found[one] for one in (Contact, Visit, FileWrite, RegistryWrite, Load, ServiceSetUp)),
    )


def _acts(living: Living, stretch: Stretch) -> Acts:
    layout, found = living.layout, occurrences(living, stretch)
    target_role = np.where(found.habit == NOBODY, NOBODY, layout.habit_target[found.habit])
    target = _someone(layout, target_role, found.computer, found.state, _TARGET)
    possible = ((target_role == NOBODY) | (target != NOBODY)) & living.has(found.computer, found.program)
    found, target = _taken(found, possible), target[possible]
    each = layout.each_time[found.program]
    pid, started = np.zeros_like(found.at), found.at.copy()
    lives = ~each
    pid[lives] = living.pid(found.computer[lives], found.program[lives], stretch.day)
    started[lives] = living.started(found.computer[lives], found.program[lives], stretch.day)
    pid[each] = _LEAST_PID + 4 * below(found.state[each], _PID, _PIDS)
    line = np.where(each, below(found.state, _LINE, layout.line_count[found.program]), 0)
    number = np.where(each, LEAST_NUMBER + below(found.state, _NUMBER, NUMBERS), LEAST_NUMBER)
    return Acts(
        found.at,
        found.computer,
        found.habit,
        found.program,
        pid,
        started,
        layout.line_start[found.program] + line,
        number,
        target,
        found.state,
    )


def _effects(layout: Layout, acts: Acts) -> Effects:
    counts = np.where(acts.habit == NOBODY, 0, layout.effect_count[acts.habit])
    act = np.repeat(np.arange(len(counts)), counts)
    effect = layout.effect_start[acts.habit[act]] + within(counts)
    state = further(acts.state[act], effect)
    times = layout.effect_least[effect] + (uniform(state, _MORE) < layout.effect_chance[effect])
    act, effect, state = np.repeat(act, times), np.repeat(effect, times), np.repeat(state, times)
    state = further(state, within(times))
    to, computer = layout.effect_to[effect], acts.computer[act]
    peer = _someone(layout, to, computer, state, _PEER)
    peer = np.where(to == THE_TARGET, acts.target[act], peer)
    peer = np.where(to == OUTSIDE, _sites(layout, state), peer)
    found = Effects(
        np.where(effect == layout.opening, acts.at[act], after(acts.at[act], state, _AFTER)),
        act,
        effect,
        peer,
        uniform(state, _SIX) < layout.profile.identity.ipv6_share,
        LEAST_PORT + below(state, _PORT, _PORTS),
        LEAST_NUMBER + below(state, _TEXT, NUMBERS),
    )
    return _taken(found, (to == NOBODY) | (peer != NOBODY))


def _someone(layout: Layout, role: Integers, computer: Integers, state: States, purpose: int) -> Integers:
    """Another computer of a role; NOBODY where there is none, or where the one that was drawn is the computer."""
    known = np.maximum(role, 0)
    size = np.where(role < 0, 0, layout.role_size[known])
    peer = layout.role_start[known] + below(state, purpose, size)
    return np.where((size == 0) | (peer == computer), NOBODY, peer)


def _sites(layout: Layout, state: States) -> Integers:
    return np.searchsorted(layout.site_sums, uniform(state, _PEER), side="right").astype(np.int64)


def _taken(rows: Rows, places: Flags | Integers) -> Rows:
    """Some of the rows."""
    return type(rows)(*(getattr(rows, name.name)[places] for name in fields(rows)))  # type: ignore[arg-type]  # columns


def _in_time_order(rows: Rows) -> Rows:
    return _taken(rows, np.argsort(rows.at, kind="stable"))  # type: ignore[attr-defined]  # rows have a time
