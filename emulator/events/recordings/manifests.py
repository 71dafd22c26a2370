"""Manifests of recordings: where each comes from, its licence, its digest and what it shows, as committed facts.

`NAME.yaml` tells of the origin, `NAME.tsv` of each file that it publishes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.recordings.lists import RecordingFacts, is_inside, read_list
from emulator.nodes import record
from emulator.regular import regular
from emulator.rules.checking import violations
from emulator.rules.document import Node, parse_document
from emulator.rules.files import FileKind, read_text, shown
from emulator.source import NOWHERE, Source

OTHER_BYTES = code(
    "EVT1303",
    "a recording is not the one that its manifest names",
    "The file is missing or its sha256 differs from the manifest's, so that results would not be about the recording "
    "that is named.\n\nFetch it from the address in the manifest; RULEPROOF_RECORDINGS names the folder it lies in.",
)
UNKNOWN_RECORDING = code(
    "EVT2301",
    "there is no such recording",
    "A recording is named by its manifest in `corpus/recorded/` and by its upstream file, as the manifest spells them.",
)
MANIFEST_FILE = FileKind(
    "manifest of recordings",
    unreadable=code("EVT1401", "a manifest can't be read", "The file does not exist or may not be read."),
    outside=code("EVT1402", "a manifest lies outside the repository", "Copy the file into the repository."),
    too_large=code("EVT1403", "a manifest is too large", "Files above 1 MiB are not read. Split the manifest."),
    not_text=code("EVT1404", "a manifest is not UTF-8 text", "Save the file as UTF-8 without control characters."),
    not_yaml=code("EVT1405", "a manifest is not YAML", "The text breaks YAML's grammar at the place shown."),
    refused=code("EVT1406", "a manifest uses YAML that is refused", "Write it without anchors, aliases and tags."),
    duplicate_key=code("EVT1407", "a key of a manifest is repeated", "One of two would be lost. Remove one."),
    unknown_key=code("EVT2401", "a manifest has an unknown key", "It would have no effect. Correct or remove it."),
    missing_key=code("EVT2402", "a manifest lacks a key", "The format needs this key. Add it."),
    wrong_value=code("EVT2403", "a value of a manifest is of the wrong kind", "Give a value of the form shown."),
)


@record
class Manifest:
    """Recordings of one origin. `subset_of` names the manifest whose events these are, too: never count both.

    `file` holds the events that are replayed, as JSON lines; it is "" where there is none, only upstream's files.
    """

    name: str
    file: str
    sha256: str
    events: int
    label: str
    note: str
    repository: str
    commit: str
    address: str
    licence: str
    subset_of: str | None
    committed: Path | None
    recordings: Mapping[str, RecordingFacts]

    def place(self, folder: Path | None) -> Path | None:
        """Where the file is, if any: beside the manifest when it is committed, else in the folder of recordings."""
        if not self.file:
            return None
        return self.committed if self.committed is not None else None if folder is None else folder / self.file

    def facts(self, recording: str) -> RecordingFacts | None:
        """What is known of a recording by the name that its events carry (`archive.zip!member` or a path)."""
        return self.recordings.get(recording) or self.recordings.get(recording.partition("!")[0])

    def check(self, place: Path) -> None:
        """Raise QueryError unless the file has the manifest's digest."""
        try:
            with place.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as problem:
            raise _other_bytes(place, f"{place} can't be read: {problem.strerror}") from None
        if found != self.sha256:
            raise _other_bytes(place, f"{place} has the sha256 {found}, not {self.sha256}")


def load_manifests(folder: Path, root: Path) -> tuple[Manifest, ...]:
    """The manifests (`*.yaml`) of a folder of the repository `root`, by name.

    Raises QueryError with everything that is wrong with any of them.
    """
    found: list[Manifest] = []
    wrong: list[Diagnostic] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(load_manifest(path, root))
        except QueryError as error:
            wrong += error.diagnostics
    if wrong:
        raise QueryError(wrong)
    return tuple(found)


def load_manifest(path: Path, root: Path) -> Manifest:
    """The manifest in a file of the repository `root`; raises QueryError with everything that is wrong with it."""
    source = read_text(path, root, MANIFEST_FILE)
    document = parse_document(source, MANIFEST_FILE)
    wrong = violations(document, "manifest", source, MANIFEST_FILE) or list(_unsafe(document, source))
    if wrong:
        raise QueryError(wrong)
    return _manifest(document, path, root)


def _unsafe(document: Node, source: Source) -> Iterator[Diagnostic]:
    """Prefixes that would lead out of the folder that they stand in, and addresses that are none of the web."""
    origin = document["origin"]
    for place in ("folder", "here"):
        prefix = origin.get(place)
        if prefix is not None and not is_inside(f"{prefix.value}x"):
            message = f"`{shown(str(prefix.value))}` leads outside its folder"
            help = "write a relative path with `/`, without `..`"
            yield Diagnostic(MANIFEST_FILE.wrong_value, message, prefix.span, help, source)
    address = origin["address"]
    if document.get("committed") is None and _ADDRESS.fullmatch(str(address.value)) is None:
        help = "give one that begins with https:// and holds `{path}` once"
        yield Diagnostic(MANIFEST_FILE.wrong_value, "this is no address of files", address.span, help, source)


_ADDRESS = regular(r"https?://[A-Za-z0-9.:-]+/[^{}\s]*\{path\}[^{}\s]*")


def _manifest(document: Node, path: Path, root: Path) -> Manifest:
    content: Any = document.plain()
    origin = content["origin"]
    return Manifest(
        name=content["name"],
        file=content.get("file", ""),
        sha256=content.get("sha256", ""),
        events=content.get("events", 0),
        label=content["label"],
        note=content["note"],
        repository=origin["repository"],
        commit=origin["commit"],
        address=origin["address"],
        licence=origin["licence"],
        subset_of=content.get("subset_of"),
        committed=path.parent / content["file"] if content.get("committed") else None,
        recordings=read_list(path.with_suffix(".tsv"), root, MANIFEST_FILE, origin["folder"], origin.get("here", "")),
    )


def _other_bytes(place: Path, message: str) -> QueryError:
    return QueryError(
        [Diagnostic(OTHER_BYTES, message, NOWHERE, "fetch the file that the manifest names", Source(str(place), ""))]
    )
