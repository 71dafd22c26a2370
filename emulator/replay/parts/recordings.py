"""Recordings as parts of a corpus: each upstream file on its own, as both sensors would have recorded it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.recordings.manifests import Manifest
from emulator.events.recordings.mapped import MappedRecording, Tally, corpus, map_recordings
from emulator.events.sensors import Sensor, SensorEvent
from emulator.nodes import record
from emulator.replay.cache.results import NOTHING_KEPT, ResultCache, digest
from emulator.replay.cache.software import software
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


Mapping: TypeAlias = Callable[[Sensor, Tally], Iterable[MappedRecording]]
"""Maps all recordings of a corpus to a sensor; the tally tells what became of the lines."""


@record
class PartCorpus:
    """Parts that are replayed one after the other; `content` is a digest of what their events come from, "" if unknown.

    It says nothing of the software that reads them.
    """

    parts: tuple[Part, ...]
    content: str = ""


class _Recordings:
    """Recordings by name, mapped to a sensor when its events are asked for."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._held: dict[Language, dict[str, MappedRecording]] = {}

    def of(self, language: Language, tally: Tally) -> dict[str, MappedRecording]:
        """All recordings as one language reads them."""
        if language not in self._held:
            self._held[language] = {one.name: one for one in self._mapping(SENSORS[language], tally)}
        return self._held[language]

    def events(self, language: Language, name: str) -> Iterator[SensorEvent]:
        """The events of one recording as a sensor would have them."""
        for one in self.of(language, Tally())[name].events:
            yield SensorEvent(SENSORS[language], one.table, one.at, one.row)

    def part(self, name: str, label: str, techniques: Iterable[str]) -> Part:
        """One recording as a part of a corpus."""
        return Part(
            name, label, lambda language: self.events(language, name), mapped=True, techniques=tuple(techniques)
        )


def recorded_parts(material: Material, tally: Tally) -> list[Part]:
    """The parts of `recorded_corpus`, read without a cache."""
    return list(recorded_corpus(material, tally, NOTHING_KEPT).parts)


def parts_of_path(path: Path, material: Material, tally: Tally) -> list[Part]:
    """The parts of `corpus_of_path`, read without a cache."""
    return list(corpus_of_path(path, material, tally, NOTHING_KEPT).parts)


def recorded_corpus(material: Material, tally: Tally, cache: ResultCache) -> PartCorpus:
    """Every recording that the manifests name and that is here, mapped to both sensors.

    The tally tells what became of the lines, which are read for each language and counted once. Raises QueryError
    for a file that is not the one named.
    """

    def mapping(sensor: Sensor, tally: Tally) -> Iterator[MappedRecording]:
        return corpus(material.manifests, material.recordings, sensor, tally)

    placed = [(one.place(material.recordings), one) for one in material.manifests]
    files = [(place, manifest) for place, manifest in placed if place is not None]
    return _corpus(mapping, _content(files, cache), tally, cache)


def corpus_of_path(path: Path, material: Material, tally: Tally, cache: ResultCache) -> PartCorpus:
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
    if len(known) > 1:
        known = [(file, manifest) for file, manifest in known if manifest is None or manifest.subset_of is None]

    def mapping(sensor: Sensor, tally: Tally) -> Iterator[MappedRecording]:
        for file, manifest in known:
            yield from _mapped(file, manifest, sensor, tally)

    return _corpus(mapping, _content(known, cache), tally, cache)


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


def _content(files: Iterable[tuple[Path, Manifest | None]], cache: ResultCache) -> str:
    """A digest of files and of what manifests say of them; "" when a file can't be read."""
    try:
        return digest([[file.name, cache.digest_of(file), _facts(manifest)] for file, manifest in files])
    except OSError:
        return ""


def _facts(manifest: Manifest | None) -> object:
    if manifest is None:
        return None
    facts = {name: [one.label, list(one.techniques)] for name, one in manifest.recordings.items()}
    return [manifest.sha256, manifest.subset_of, manifest.committed is None, facts]


def _corpus(mapping: Mapping, content: str, tally: Tally, cache: ResultCache) -> PartCorpus:
    """The parts of a corpus; its events are not looked at when it is known which parts it has."""
    recordings = _Recordings(mapping)
    key = digest(["recordings", content, software(cache)]) if cache.keeps and content else ""
    known = cache.get(key) if key else None
    if known is None:
        known = _listed(recordings.of(Language.KQL, tally).values(), tally)
        if key:
            cache.put(key, known)
    tally.lines, tally.bad = known["lines"], known["bad"]
    return PartCorpus(tuple(recordings.part(*one) for one in known["parts"]), content)


def _listed(found: Iterable[MappedRecording], tally: Tally) -> dict[str, Any]:
    """Which parts there are, and how many lines were read."""
    facts = [(one.name, one.facts) for one in sorted(found, key=lambda one: one.name)]
    parts = [
        [name, "unlabelled", []] if known is None else [name, known.label, list(known.techniques)]
        for name, known in facts
    ]
    return {"parts": parts, "lines": tally.lines, "bad": tally.bad}
