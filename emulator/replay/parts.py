"""Recordings as parts of a corpus: each upstream file on its own, as both sensors would have recorded it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.manifests import Manifest
from emulator.events.recordings import MappedRecording, Tally, corpus, map_recordings
from emulator.events.sensors import Sensor, SensorEvent
from emulator.replay.corpus import Material
from emulator.replay.measuring import Part
from emulator.rules import Language
from emulator.source import NOWHERE, Source

NO_RECORDINGS = code(
    "EVT1501",
    "there is nothing to replay at a path",
    "A corpus is a profile of a synthetic organisation (`corpus/profiles/NAME.yaml`), a file of recorded events "
    "(`.jsonl`, `.jsonl.gz`), or a folder that holds some.",
)
SENSORS = {Language.KQL: Sensor.DEFENDER, Language.CQL: Sensor.FALCON_NG_SIEM}
_ENDINGS = (".jsonl", ".jsonl.gz")


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

    The tally tells what became of the lines, which are read for each language and counted once. Raises QueryError
    for a file that is not the one named.
    """
    return _parts(
        (language, sensor, mapped)
        for language, sensor in SENSORS.items()
        for mapped in corpus(material.manifests, material.recordings, sensor, _counted(language, tally))
    )


def parts_of_path(path: Path, material: Material, tally: Tally) -> list[Part]:
    """The recordings in a file or in the files of a folder, with what the manifests know of them.

    A file that repeats events of another of the folder is left out. Raises QueryError for a path without recordings.
    """
    files = [path] if path.is_file() else sorted(one for one in path.glob("*") if one.name.endswith(_ENDINGS))
    known = [(file, _manifest(file, material.manifests)) for file in files if file.name.endswith(_ENDINGS)]
    if not known:
        help = "name a .jsonl or .jsonl.gz file, a folder of them, or a profile"
        raise QueryError(
            [Diagnostic(NO_RECORDINGS, f"`{path}` holds no recordings", NOWHERE, help, Source(str(path), ""))]
        )
    several = len(known) > 1
    return _parts(
        (language, sensor, mapped)
        for language, sensor in SENSORS.items()
        for file, manifest in known
        if not (several and manifest is not None and manifest.subset_of is not None)
        for mapped in _mapped(file, manifest, sensor, _counted(language, tally))
    )


def _counted(language: Language, tally: Tally) -> Tally:
    return tally if language is Language.KQL else Tally()


def _manifest(file: Path, manifests: Sequence[Manifest]) -> Manifest | None:
    """The manifest that names this very file, by name and digest."""
    for manifest in manifests:
        if Path(manifest.file).name == file.name:
            manifest.check(file)
            return manifest
    return None


def _mapped(file: Path, manifest: Manifest | None, sensor: Sensor, tally: Tally) -> Iterator[MappedRecording]:
    for found in map_recordings(file, sensor, tally):
        yield found if manifest is None else replace(found, facts=manifest.facts(found.name))


def _parts(mapped: Iterable[tuple[Language, Sensor, MappedRecording]]) -> list[Part]:
    found: dict[str, _Recording] = {}
    for language, sensor, one in mapped:
        recording = found.setdefault(one.name, _Recording(one.name))
        if one.facts is not None:
            recording.label, recording.techniques = one.facts.label, one.facts.techniques
        recording.events[language] = [SensorEvent(sensor, each.table, each.at, each.row) for each in one.events]
    return [
        Part(one.name, one.label, one.of, mapped=True, techniques=one.techniques)
        for one in sorted(found.values(), key=lambda one: one.name)
    ]
