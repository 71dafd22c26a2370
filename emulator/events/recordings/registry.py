"""The registry of recordings: which files manifests name, which of them are here, and where the others come from."""

from __future__ import annotations

import enum
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from emulator.diagnostics import Diagnostic, QueryError, did_you_mean
from emulator.events.recordings.lists import RecordingFacts
from emulator.events.recordings.manifests import UNKNOWN_RECORDING, Manifest
from emulator.nodes import record
from emulator.source import NOWHERE, Source


class Standing(enum.Enum):
    """Where a file is, or why it is not here."""

    FOLDER = "in the folder of recordings"
    CACHED = "in the cache"
    FETCHED = "fetched"
    MISSING = "not here"
    FAILED = "not fetched"
    UNPUBLISHED = "not published"


HERE = frozenset({Standing.FOLDER, Standing.CACHED, Standing.FETCHED})


@record
class Published:
    """A file that a manifest names."""

    manifest: Manifest
    name: str
    facts: RecordingFacts

    @property
    def title(self) -> str:
        """How the file is named to people, and to `chosen`."""
        return f"{self.manifest.name}/{self.name}"

    @property
    def address(self) -> str:
        """Where upstream publishes the file, or is said to."""
        return self.manifest.address.replace("{path}", quote(self.facts.path))


@record
class Found:
    """A file with where it stands; `problem` says why it is not here."""

    file: Published
    standing: Standing
    place: Path | None = None
    problem: str = ""

    @property
    def is_here(self) -> bool:
        """True when the very bytes of the manifest are here."""
        return self.standing in HERE

    def to_json(self) -> dict[str, object]:
        """All of it as plain values."""
        return {
            "recording": self.file.title,
            "address": None if self.file.facts.derived else self.file.address,
            "bytes": self.file.facts.bytes,
            "sha256": self.file.facts.sha256,
            "label": self.file.facts.label,
            "techniques": list(self.file.facts.techniques),
            "events": self.file.facts.recorded,
            "licence": self.file.manifest.licence,
            "standing": self.standing.value,
            "place": None if self.place is None else str(self.place),
            "problem": self.problem,
        }


Download = Callable[[Published, Path], None]
"""Fetches a file to a place; raises OSError or ValueError, whose text says what went wrong, and leaves nothing."""


@record
class Stores:
    """Where files are looked for: the folder of recordings, which is only read, and the cache, which is filled."""

    folder: Path | None
    cache: Path

    def look(self, file: Published) -> Found:
        """Where a file is, by its digest: a file of other bytes is none."""
        facts = file.facts
        if self.folder is not None and _digest(self.folder / facts.here, facts) == facts.sha256:
            return Found(file, Standing.FOLDER, self.folder / facts.here)
        if _digest(self.cached(file), facts) == facts.sha256:
            return Found(file, Standing.CACHED, self.cached(file))
        if facts.derived is not None:
            return Found(file, Standing.UNPUBLISHED, None, f"made here from {facts.derived}")
        return Found(file, Standing.MISSING)

    def cached(self, file: Published) -> Path:
        """The place of a file in the cache."""
        return self.cache / file.manifest.name / file.name


def published(manifests: Sequence[Manifest]) -> list[Published]:
    """The files that manifests name; each once, and none that is committed."""
    return [
        Published(manifest, name, facts)
        for manifest in manifests
        if manifest.committed is None and manifest.subset_of is None
        for name, facts in manifest.recordings.items()
    ]


def chosen(files: Sequence[Published], names: Sequence[str]) -> list[Published]:
    """The files that names choose: a manifest's, or `MANIFEST/PATTERN` with `*` for any text; all without names.

    Raises QueryError for a name that chooses none.
    """
    if not names:
        return list(files)
    found: dict[str, Published] = {}
    for name in names:
        some = [file for file in files if _is_named(file, name)]
        if not some:
            known = [file.manifest.name for file in files] + [file.title for file in files]
            help = did_you_mean(name, dict.fromkeys(known), "`ruleproof events fetch --list` shows what there is")
            message = f"no recording is called `{name}`"
            raise QueryError([Diagnostic(UNKNOWN_RECORDING, message, NOWHERE, help, Source(name, ""))])
        found |= {file.title: file for file in some}
    return [file for file in files if file.title in found]


def obtain(
    files: Sequence[Published], stores: Stores, download: Download | None, advance: Callable[[], None]
) -> Iterator[Found]:
    """Where each file is once those that are missing were fetched; without `download` none is."""
    for file in files:
        found = stores.look(file)
        if found.standing is Standing.MISSING and download is not None:
            found = _fetched(file, stores, download)
        advance()
        yield found


def _fetched(file: Published, stores: Stores, download: Download) -> Found:
    place = stores.cached(file)
    try:
        if not _is_below(place.parent, stores.cache):
            return Found(file, Standing.FAILED, None, "a link in the cache leads out of it")
        place.parent.mkdir(parents=True, exist_ok=True)
        download(file, place)
    except (OSError, ValueError) as problem:
        return Found(file, Standing.FAILED, None, _reason(problem))
    return Found(file, Standing.FETCHED, place)


def _is_below(place: Path, folder: Path) -> bool:
    return place.resolve().is_relative_to(folder.resolve())


def _is_named(file: Published, name: str) -> bool:
    return name.rstrip("/") == file.manifest.name or fnmatchcase(file.title, name)


def _reason(problem: Exception) -> str:
    text = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
    return text.splitlines()[0] if text else type(problem).__name__


def _digest(path: Path, facts: RecordingFacts) -> str | None:
    """The sha256 of a file, unpacked where a packed one stands for it; None when there is no such file."""
    try:
        with path.open("rb") as stream:
            if not facts.here.endswith(".gz") or facts.path.endswith(".gz") or path.suffix != ".gz":
                return hashlib.file_digest(stream, "sha256").hexdigest()
            with gzip.open(stream) as unpacked:
                return _bounded_digest(unpacked, facts.bytes or 0)
    except (OSError, EOFError, zlib.error):
        return None


def _bounded_digest(stream: gzip.GzipFile | BinaryIO, most: int) -> str:
    """The sha256 of what a stream holds, read to one byte behind `most` at the farthest."""
    digest, left = hashlib.sha256(), most + 1
    while left and (part := stream.read(min(left, 1 << 20))):
        digest.update(part)
        left -= len(part)
    return digest.hexdigest()
