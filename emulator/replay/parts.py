"""Corpora as parts to replay: each recording on its own, or a synthetic organisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from emulator.events.recordings import MappedRecording, Tally, corpus
from emulator.events.sensors import Sensor, SensorEvent
from emulator.replay.corpus import Material
from emulator.replay.measuring import Part
from emulator.rules import Language

SENSORS = {Language.KQL: Sensor.DEFENDER, Language.CQL: Sensor.FALCON_NG_SIEM}


@dataclass(slots=True)
class _Recording:
    """One recording as both sensors would have it."""

    name: str
    label: str = "unlabelled"
    techniques: tuple[str, ...] = ()
    events: dict[Language, list[SensorEvent]] = field(default_factory=dict)

    def of(self, language: Language) -> Iterable[SensorEvent]:
        return self.events.get(language, [])


def recorded_parts(material: Material, tally: Tally) -> list[Part]:
    """Every recording that the manifests name and that is here, mapped to both sensors.

    The tally tells what became of the lines, per sensor. Raises QueryError for a file that is not the one named.
    """
    found: dict[str, _Recording] = {}
    for language, sensor in SENSORS.items():
        for mapped in corpus(material.manifests, material.recordings, sensor, tally):
            recording = found.setdefault(mapped.name, _Recording(mapped.name))
            _take(recording, language, sensor, mapped)
    return [
        Part(one.name, one.label, one.of, mapped=True, techniques=one.techniques)
        for one in sorted(found.values(), key=lambda one: one.name)
    ]


def _take(recording: _Recording, language: Language, sensor: Sensor, mapped: MappedRecording) -> None:
    if mapped.facts is not None:
        recording.label, recording.techniques = mapped.facts.label, mapped.facts.techniques
    recording.events[language] = list(_events(sensor, mapped))


def _events(sensor: Sensor, mapped: MappedRecording) -> Iterator[SensorEvent]:
    for event in mapped.events:
        yield SensorEvent(sensor, event.table, event.at, event.row)
