"""An import from beginning to end: sources in, a folder of typed tables with their provenance out, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emulator.events.importing.formats import Format, Reading
from emulator.events.importing.problems import (
    DEFAULT_LIMITS,
    NO_FILE,
    NOTHING,
    TOO_MANY,
    UNKNOWN_FORMAT,
    WRONG_FORMAT,
    Limits,
    Rejected,
    stop,
)
from emulator.events.importing.provenance import MANIFEST, REJECTED, Import, ImportedFile, ImportedSource
from emulator.events.importing.recognising import Recognised, Unrecognised, recognise, records
from emulator.events.importing.records import as_utf8
from emulator.events.importing.rejects import Rejects
from emulator.events.importing.tables import Tables
from emulator.events.importing.unpacking import Member, members

Advance = Callable[[int], None]
"""Told how many bytes of sources were read since the last time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody named instead of leaving it to the content: a format, and the table of rows that tell none."""

    format: Format | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to import, its name in messages, and whether it was named itself rather than found in a folder."""

    path: Path
    name: str
    named: bool


def import_events(
    sources: Sequence[Path],
    to: Path,
    wanted: Wanted,
    *,
    limits: Limits = DEFAULT_LIMITS,
    advance: Advance = lambda _: None,
) -> Import:
    """Import files, and the files of folders, into a folder that is not there yet, or is empty.

    Nothing is left of an import that fails. Raises QueryError for a source that can't be imported, and OSError where
    the folder can't be written.
    """
    found = _sources(sources, limits)
    temporary = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}."))
    try:
        made = temporary / "made"
        made.mkdir()
        done = _import(found, made, temporary, wanted, limits, advance)
        if to.exists():
            to.rmdir()
        made.replace(to)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return done


def _sources(paths: Sequence[Path], limits: Limits) -> list[_Source]:
    """The files to import, in order of name. Raises QueryError when there are too many."""
    several = sum(path.is_dir() for path in paths) > 1
    found = []
    for path in paths:
        if path.is_dir():
            before = f"{path.resolve().name}/" if several else ""
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            found += [_Source(one, before + one.relative_to(path).as_posix(), named=False) for one in inside]
        elif path.is_file():
            found.append(_Source(path, path.name, named=True))
        else:
            stop(str(path), NO_FILE, "it is no file", "import what lies in files")
    if len(found) > limits.members:
        stop(str(paths[0]), TOO_MANY, f"there are more than {limits.members:,} files", "import them in several steps")
    return found


def _import(
    found: Sequence[_Source], made: Path, temporary: Path, wanted: Wanted, limits: Limits, advance: Advance
) -> Import:
    done = Import()
    runs = temporary / "runs"
    runs.mkdir()
    tables = Tables(runs, limits)
    with (made / REJECTED).open("wb") as sink:
        rejects = Rejects(sink, done)
        for source in found:
            _import_source(source, done, tables, rejects, wanted, limits, advance)
    _check_found(found, done)
    done.tables = tables.write(made, lambda table: _provenance(table, done))
    _check_law(done, rejects)
    (made / MANIFEST).write_text(json.dumps(done.to_json(), indent=1, ensure_ascii=False), "utf8")
    if not rejects.count:
        (made / REJECTED).unlink()
    return done


def _check_law(done: Import, rejects: Rejects) -> None:
    """Nothing was lost: what was read is in the tables, or among the rejects."""
    counts = done.counts
    written = sum(one.rows for one in done.tables.values())
    if counts.read != written + rejects.count:
        raise AssertionError(f"{counts.read} records were read, {written} kept and {rejects.count} rejected")


def _provenance(table: str, done: Import) -> Mapping[str, Any]:
    sources = [
        {"name": one.name, "bytes": one.bytes, "sha256": one.sha256}
        for one in done.sources
        if any(table in file.counts.tables for file in one.files)
    ]
    return {"of": table, "sources": sources, "version": version("ruleproof")}


def _check_found(found: Sequence[_Source], done: Import) -> None:
    """Raise QueryError when there is nothing in the sources."""
    if done.counts.read:
        return
    seen = [f"`{name}` is {what}" for one in done.sources for name, what in one.skipped.items()]
    more = f" and {len(seen) - 3} more" if len(seen) > 3 else ""
    message = "; ".join(seen[:3]) + more if seen else "the sources hold no record"
    stop(found[0].name if found else "sources", NOTHING, message, "see `ruleproof events import --help` for formats")


def _import_source(
    source: _Source,
    done: Import,
    tables: Tables,
    rejects: Rejects,
    wanted: Wanted,
    limits: Limits,
    advance: Advance,
) -> None:
    made = ImportedSource(source.name)
    done.sources.append(made)
    for member in members(source.path, source.name, limits, advance):
        text = Member(member.name, as_utf8(member.stream), member.packing)
        kind = recognise(member.name, text.stream, wanted.format, limits)
        if isinstance(kind, Unrecognised):
            _check_alone(source, member, kind, wanted)
            made.skipped[member.name] = kind.seen
        else:
            made.files.append(_import_file(text, kind, tables, rejects, wanted, limits))
    with source.path.open("rb") as file:
        made.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        made.bytes = file.tell()


def _check_alone(source: _Source, member: Member, kind: Unrecognised, wanted: Wanted) -> None:
    """Raise QueryError for a file that was named itself and is no events; what is found beside others is skipped."""
    if not source.named or "!" in member.name:
        return
    if wanted.format is not None:
        message = f"it is not in the format `{wanted.format.name}`: it is {kind.seen}"
        stop(source.name, WRONG_FORMAT, message, "leave out --format, so that the content tells")
    message = f"its format is not known: it is {kind.seen}"
    stop(source.name, UNKNOWN_FORMAT, message, "see `ruleproof events import --help` for formats")


def _import_file(
    member: Member, kind: Recognised, tables: Tables, rejects: Rejects, wanted: Wanted, limits: Limits
) -> ImportedFile:
    reading = Reading(member.name, wanted.table, limits)
    file = ImportedFile(member.name, member.packing, kind.framing, kind.format.name, kind.why)
    counts, read = file.counts, kind.format.read

    def reject(line: int, data: bytes, why: Rejected) -> None:
        counts.read += 1
        rejects.add(file, line, data, why)

    for line, data, row in records(member.name, member.stream, kind.framing, limits, reject):
        try:
            event = read(row, line, reading)
            ticks, host = tables.take(event, len(data), member.name)
        except Rejected as error:
            reject(line, data, error)
            continue
        counts.read += 1
        counts.keep(event.table, ticks, host)
    file.left_out, file.possible = reading.left_out, reading.possible
    return file
