"""A synthetic organisation in which nothing bad happens: its events, of any size, the same from the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.activity import Activity
from emulator.events.description_files import DESCRIPTION_FILE
from emulator.events.instants import LAST, Ticks, ticks_of
from emulator.events.organisation.acting import Acting
from emulator.events.organisation.draws import key_of
from emulator.events.organisation.happenings import Happenings, happenings
from emulator.events.organisation.inventory import Computer, Inventory, address_room, take_stock
from emulator.events.organisation.layout import DAY, LONGEST_UPTIME, SLOTS, Layout
from emulator.events.organisation.living import Living
from emulator.events.organisation.occurrences import Stretch
from emulator.events.organisation.profile import Profile
from emulator.events.organisation.profile_reading import read_profile
from emulator.events.sensors import Sensor, SensorEvent
from emulator.events.sensors.defender import render_defender
from emulator.events.sensors.falcon import render_falcon
from emulator.nodes import record
from emulator.rules.files import read_text

BAD_SIZE = code(
    "EVT3106",
    "an organisation of an impossible size",
    "An organisation has at least one computer, at most as many as its networks have addresses, and lasts at least "
    "one day within the calendar. The seed is a whole number that is not negative.",
)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
"""When an organisation begins unless it is told otherwise."""

_MOST = 1 << 20
"""Bound of computers and of days."""
_AT_ONCE = 2_000
"""Computers and slots that are drawn at once: some ten events each."""


@dataclass(slots=True)
class Tally:
    """The denominators of a replay: filled while events stream by."""

    hosts: int = 0
    host_days: int = 0
    events: int = 0
    tables: Counter[str] = field(default_factory=Counter)
    """By Defender table or Falcon stream, how many events."""


@record
class Organisation:
    """A seeded organisation. The same arguments give the same bytes, whatever part of the days is asked for."""

    profile: Profile
    seed: int
    days: int
    start: Ticks
    inventory: Inventory
    living: Living

    @classmethod
    def from_profile(
        cls,
        path: Path,
        seed: int,
        hosts: int,
        days: int,
        *,
        start: datetime = MONDAY,
        root: Path | None = None,
    ) -> Organisation:
        """The organisation of a profile's file, from midnight (UTC) of the day of `start` on.

        Files outside of `root` (the file's folder unless given) are refused. Raises QueryError for what is wrong with
        the file or the size.
        """
        profile = read_profile(read_text(path, root or path.parent, DESCRIPTION_FILE))
        midnight = ticks_of(start) // DAY * DAY
        _check_size(profile, seed, hosts, days, midnight)
        inventory = take_stock(profile, seed, hosts)
        return cls(profile, seed, days, midnight, inventory, Living(Layout(profile, inventory), key_of(seed), midnight))

    @property
    def computers(self) -> tuple[Computer, ...]:
        """Every computer, in the order of roles."""
        return self.inventory.computers

    @property
    def host_days(self) -> int:
        """The denominator of rates per computer and day."""
        return len(self.computers) * self.days

    def activities(
        self, *, days: Iterable[int] | None = None, computers: Iterable[Computer] | None = None
    ) -> Iterator[Activity]:
        """What happens, in time order, of all days and computers or of some of them.

        Holds a quarter of an hour of activities at a time, or an hour's part of a small organisation's day. Leaving out
        computers changes nothing about the others.
        """
        acting = Acting(self.living)
        for found in self.happenings(days=days, computers=computers):
            yield from acting.activities(found)

    def happenings(
        self,
        *,
        days: Iterable[int] | None = None,
        computers: Iterable[Computer] | None = None,
        at_once: int = _AT_ONCE,
    ) -> Iterator[Happenings]:
        """The same in columns, stretch by stretch of a day: as many slots as make `at_once` with the computers."""
        chosen = np.array(sorted(one.number for one in (self.computers if computers is None else computers)), np.int64)
        slots = min(SLOTS, max(1, at_once // max(1, len(chosen))))
        for day in range(self.days) if days is None else days:
            for first in range(0, SLOTS, slots):
                yield happenings(self.living, Stretch(day, first, min(SLOTS, first + slots), chosen))

    def events(
        self, sensor: Sensor | str, *, tally: Tally | None = None, days: Iterable[int] | None = None
    ) -> Iterator[SensorEvent]:
        """What a sensor records of it, in time order; `tally` is filled as the events go by."""
        record = _recorder(Sensor(sensor))
        chosen = range(self.days) if days is None else tuple(days)
        if tally is not None:
            tally.hosts, tally.host_days = len(self.computers), len(self.computers) * len(chosen)
        for activity in self.activities(days=chosen):
            for event in record(activity):
                if tally is not None:
                    tally.events += 1
                    tally.tables[event.table] += 1
                yield event


def _recorder(sensor: Sensor) -> Callable[[Activity], list[SensorEvent]]:
    """What renders activities for a sensor, chosen once for all of them."""
    return render_defender if sensor is Sensor.DEFENDER else partial(render_falcon, sensor=sensor)


def _check_size(profile: Profile, seed: int, hosts: int, days: int, start: Ticks) -> None:
    room = min(_MOST, address_room(profile.identity))
    longest = min(_MOST, (LAST - start) // DAY)
    if seed < 0:
        message, hint = f"the seed {seed} is negative", "choose a whole number from 0 on"
    elif not 1 <= hosts <= room:
        message, hint = f"there can't be {hosts} computers", f"choose from 1 to {room:,}; the networks have no more"
    elif not 1 <= days <= longest or start < LONGEST_UPTIME:
        message, hint = f"it can't last {days} days from there", f"choose from 1 to {longest:,}, later than the year 1"
    else:
        return
    raise QueryError([Diagnostic(BAD_SIZE, message, profile.place, hint, profile.source)])
