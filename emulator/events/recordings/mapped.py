"""Recordings replayed through a sensor that did not make them: found, read, and mapped with their origin kept."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, did_you_mean
from emulator.events.mapping.mapper import MappedEvent, Mapper
from emulator.events.recordings.lines import DEFAULT_LIMITS, Limits, LineTally, RecordedEvent, read_recordings
from emulator.events.recordings.lists import RecordingFacts
from emulator.events.recordings.manifests import UNKNOWN_RECORDING, Manifest
from emulator.events.sensors.event import Sensor
from emulator.nodes import record
from emulator.source import NOWHERE, Source

VARIABLE = "RULEPROOF_RECORDINGS"
"""The environment variable that names the folder of recordings."""


def recordings_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder of recordings that the environment names, or None; the only place that knows the variable."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    return Path(named) if named else None


@dataclass(slots=True)
class Tally(LineTally):
    """What became of the lines of a file: mapped, or why not. `lines` = empty + `bad` + `mapped` + unmapped."""

    mapped: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)


@record
class MappedRecording:
    """One recording as a sensor would have it: rows in recorded order, and how many events have none, by reason.

    `hosts` counts the machines that recorded anything, `recorded` all events; `facts` are the manifest's, when it
    names the recording.
    """

    name: str
    events: tuple[MappedEvent, ...]
    unmapped: Mapping[str, int]
    recorded: int
    hosts: frozenset[str]
    facts: RecordingFacts | None = None


def from_recordings(
    path: Path, sensor: Sensor | str, tally: Tally, limits: Limits = DEFAULT_LIMITS
) -> Iterator[MappedEvent]:
    """The rows of a sensor that a file of recorded events (`.jsonl`, `.jsonl.gz`) maps to, in its order.

    The tally says what became of every line. Raises QueryError for a file that can't be read or exceeds a limit, and
    ValueError for a sensor that there is none of.
    """
    for recording in map_recordings(path, sensor, tally, limits):
        yield from recording.events


def map_recordings(
    path: Path, sensor: Sensor | str, tally: Tally, limits: Limits = DEFAULT_LIMITS
) -> Iterator[MappedRecording]:
    """As `from_recordings`, one recording at a time: the events of one upstream file."""
    mapper = Mapper(sensor)
    for name, events in read_recordings(path, tally, limits):
        found = _mapped(name, events, mapper)
        tally.mapped += len(found.events)
        tally.unmapped += Counter(found.unmapped)
        yield found


def _mapped(name: str, events: list[RecordedEvent], mapper: Mapper) -> MappedRecording:
    mapped: list[MappedEvent] = []
    unmapped: Counter[str] = Counter()
    for outcome in mapper.map(events):
        if isinstance(outcome, MappedEvent):
            mapped.append(outcome)
        else:
            unmapped[outcome.reason] += 1
    hosts = frozenset(event.computer.lower() for event in events if event.computer)
    return MappedRecording(name, tuple(mapped), unmapped, len(events), hosts)


def corpus(
    manifests: Sequence[Manifest],
    folder: Path | None,
    sensor: Sensor | str,
    tally: Tally,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[MappedRecording]:
    """Every recording of the manifests, with its facts; files that repeat events of another are left out.

    `folder` holds the real recordings; without it the committed samples, which are made up, stand in. Raises
    QueryError for a file that is not the one that its manifest names.
    """
    for manifest in manifests:
        place = manifest.place(folder)
        made_up = manifest.committed is not None
        if place is None or manifest.subset_of is not None or made_up is not (folder is None):
            continue
        manifest.check(place)
        for found in map_recordings(place, sensor, tally, limits):
            yield replace(found, facts=manifest.facts(found.name))


def one_recording(
    manifests: Sequence[Manifest], name: str, file: str, folder: Path | None, sensor: Sensor | str
) -> MappedRecording | None:
    """The recording `file` of the manifest `name`; None when its file isn't committed and no folder is given.

    `file` is the name that its events carry, or their archive's. Raises QueryError for a name that there is none of,
    and as `corpus`.
    """
    manifest = next((each for each in manifests if each.name == name), None)
    if manifest is None:
        raise _unknown(name, "manifest", (each.name for each in manifests))
    if manifest.facts(file) is None:
        raise _unknown(file, f"recording of {name}", manifest.recordings)
    place = manifest.place(folder)
    if place is None:
        return None
    manifest.check(place)
    for recording, events in read_recordings(place, LineTally()):
        if file in (recording, recording.partition("!")[0]):
            return replace(_mapped(recording, events, Mapper(sensor)), facts=manifest.facts(file))
    raise _unknown(file, f"recording in {place}", ())


def _unknown(name: str, what: str, known: Iterable[str]) -> QueryError:
    help = did_you_mean(name, known, "name one that the manifest has")
    return QueryError([Diagnostic(UNKNOWN_RECORDING, f"no {what} is called `{name}`", NOWHERE, help, Source(name, ""))])
