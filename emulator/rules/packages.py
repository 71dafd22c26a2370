"""LogScale packages: their alerts, searches and saved queries as rules, and what they lend to each other.

The kinds of file and their keys are those of library.humio.com (packages-file-formats) and of published packages.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, Reporter, Severity, code, did_you_mean
from emulator.nodes import record
from emulator.rules.checking import violations
from emulator.rules.cron import shortest_gap
from emulator.rules.document import Node, parse_document
from emulator.rules.embedded import embedded
from emulator.rules.files import MAX_BYTES, read_text, shown
from emulator.rules.kinds import RULE_FILE
from emulator.rules.parsers import Parser, read_parser
from emulator.rules.search_time import SearchTime, length, search_time
from emulator.source import Source

UNKNOWN_KIND = code(
    "RUL2201",
    "a package file of a kind that is no rule",
    "`$schema: https://schemas.humio.com/KIND/vX.Y.Z` says what a file of a LogScale package is. Rules are the kinds "
    "`alert`, `filteralert`, `aggregatealert`, `scheduledsearch` and `query`; the kind `parser` has tests of its own.",
)
BAD_SCHEDULE = code(
    "RUL2202",
    "a schedule that never comes due",
    "A scheduled search runs when its five cron fields say: minute, hour, day of the month, month, day of the week.",
)
MANIFEST = "manifest.yaml"
FOLDERS = ("alerts", "filter-alerts", "aggregate-alerts", "scheduled-searches", "queries", "parsers")
"""Folders of a package that hold rules and parsers; others hold dashboards, actions and interactions."""
DATA_FOLDERS = ("data", "data-files")
MARK = "https://schemas.humio.com/"


class Kind(enum.StrEnum):
    """What a package file is, as its schema's address calls it."""

    ALERT = "alert"
    FILTER_ALERT = "filteralert"
    AGGREGATE_ALERT = "aggregatealert"
    SCHEDULED_SEARCH = "scheduledsearch"
    SAVED_QUERY = "query"


@record
class PackagedQuery:
    """One query of a package: as deployed, with where and when the product runs it.

    `file` is the YAML file, `query` the text in it. `throttle` is how long the rule keeps quiet after an alert, by the
    value of `throttle_field` when there is one; `every` how often a scheduled search runs.
    """

    kind: Kind
    name: str
    description: str
    file: Source
    query: Source
    searched: SearchTime | None
    throttle: timedelta | None
    throttle_field: str
    every: timedelta | None
    enabled: bool
    notes: tuple[Diagnostic, ...] = ()


@record
class Package:
    """What one folder holds: its rules, its parsers, and the stand-ins that its queries have of each other.

    `name` is `scope/name` of the manifest, `notes` are warnings about its files.
    """

    folder: Path
    name: str
    queries: tuple[PackagedQuery, ...]
    parsers: tuple[Parser, ...]
    given: Mapping[str, object]
    notes: tuple[Diagnostic, ...]


def package_of(file: Path) -> Path | None:
    """The folder of the package that a file is part of; None when it is of none."""
    folder = file.parent.parent
    return folder if file.parent.name in FOLDERS and (folder / MANIFEST).is_file() else None


def is_packaged(path: Path) -> bool:
    """Whether a path is a package's folder, or a file that calls itself one of a package's."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
        return False
    with path.open("rb") as stream:
        return MARK.encode() in stream.read(MAX_BYTES)


def open_packaged(path: Path) -> Package:
    """A package's folder, or one file with what its package lends it. Raises QueryError with all that is wrong."""
    if path.is_dir():
        return read_package(path)
    folder = package_of(path)
    if folder is None:
        source = read_text(path, path.parent, RULE_FILE)
        only: PackagedQuery | Parser = packaged(replace(source, name=path.as_posix()))
        package = Package(path.parent, "", (), (), {}, only.notes)
    else:
        package = read_package(folder)
        inside = f"{path.parent.name}/{path.name}"
        name = inside if folder == Path() else f"{folder.as_posix()}/{inside}"
        files: list[PackagedQuery | Parser] = [*package.queries, *package.parsers]
        only = next(one for one in files if one.file.name == name)
    if isinstance(only, Parser):
        return replace(package, queries=(), parsers=(only,), notes=only.notes)
    return replace(package, queries=(only,), parsers=(), notes=only.notes)


def read_package(folder: Path, called: str | None = None) -> Package:
    """The package of a folder, which messages call as given. Raises QueryError with everything wrong in its files."""
    label = folder.as_posix() if called is None else called
    found: list[Diagnostic] = []
    notes: list[Diagnostic] = []
    queries: list[PackagedQuery] = []
    parsers: list[Parser] = []
    name = _manifest(folder, label, found, notes)
    for file in _files(folder):
        try:
            read = packaged(_read(file, folder, label))
        except QueryError as error:
            found += error.diagnostics
            continue
        notes += read.notes
        if isinstance(read, Parser):
            parsers.append(read)
        else:
            queries.append(read)
    given: dict[str, object] = {}
    try:
        given = _lent(folder, name, label, queries)
    except QueryError as error:
        found += error.diagnostics
    if found:
        raise QueryError(found)
    return Package(folder, name, tuple(queries), tuple(parsers), given, tuple(notes))


def _read(file: Path, folder: Path, label: str, most: int = MAX_BYTES) -> Source:
    """A file of a package, named as people call the package's folder."""
    try:
        source = read_text(file, folder, RULE_FILE, most)
    except QueryError as error:
        named = [replace(one, source=_named(one.source, label)) for one in error.diagnostics]
        raise QueryError(named) from None
    return _named(source, label)


def _named(source: Source, label: str) -> Source:
    return replace(source, name=source.name if label == "." else f"{label}/{source.name}")


def packaged(source: Source) -> PackagedQuery | Parser:
    """The rule or the parser that a package file's text gives. Raises QueryError with all that is wrong in it."""
    node = parse_document(source, RULE_FILE)
    kind = _kind(node, source)
    notes = _checked(node, f"logscale_{kind}", source)
    if kind == "parser":
        return replace(read_parser(node, source), notes=notes)
    report = Reporter(source)
    every = _every(node, report)
    searched = search_time(node, report)
    throttle = _throttle(node, report)
    report.stop_if_failed()
    enabled = node.get("enabled")
    return PackagedQuery(
        kind=Kind(kind),
        name=node.text("name"),
        description=_optional(node, "description"),
        file=source,
        query=embedded(node["queryString"], source),
        searched=searched,
        throttle=throttle,
        throttle_field=_optional(node, "throttleField"),
        every=every,
        enabled=enabled is None or enabled.value is True,
        notes=notes,
    )


def _manifest(folder: Path, label: str, found: list[Diagnostic], notes: list[Diagnostic]) -> str:
    """The package's name; "" when the manifest can't be used, which is reported."""
    try:
        source = _read(folder / MANIFEST, folder, label)
        node = parse_document(source, RULE_FILE)
        notes += _checked(node, "logscale_manifest", source)
    except QueryError as error:
        found += error.diagnostics
        return ""
    return node.text("name")


def _files(folder: Path) -> list[Path]:
    """The files that hold rules and parsers, by folder and name."""
    return [
        file
        for name in FOLDERS
        for file in sorted((folder / name).glob("*"))
        if file.suffix.lower() in (".yaml", ".yml")
    ]


def _lent(folder: Path, name: str, label: str, queries: list[PackagedQuery]) -> dict[str, object]:
    """Saved queries and lookup files, by their own names and by those that other packages call them by."""
    given: dict[str, object] = {}
    for query in queries:
        if query.kind is Kind.SAVED_QUERY:
            for called in (query.name, f"{name}:{query.name}"):
                given[f"query:{called}"] = query.query.text
    for data in DATA_FOLDERS:
        for file in sorted((folder / data).glob("*")):
            if file.suffix.lower() in (".csv", ".json"):
                text = _read(file, folder, label, 16 * MAX_BYTES).text
                for called in (file.name, f"{name}/{file.name}"):
                    given[f"lookup:{called}"] = text
    return given


def _kind(node: Node, source: Source) -> str:
    """The kind in the schema's address. Raises QueryError for a file that has none, or is no rule."""
    known = [*Kind, "parser"]
    place = node.get("$schema")
    address = "" if place is None else str(place.value)
    kind = address.removeprefix(MARK).partition("/")[0] if address.startswith(MARK) else ""
    if kind in known:
        return kind
    help = did_you_mean(kind, known, f"the kinds are {', '.join(known)}")
    message = f"`{shown(kind)}` is no kind of rule" if kind else "`$schema` names no kind of package file"
    raise QueryError([Diagnostic(UNKNOWN_KIND, message, (place or node).span, help, source)])


def _checked(node: Node, schema: str, source: Source) -> tuple[Diagnostic, ...]:
    """Warnings about keys that are not known, since products add some. Raises QueryError for what is wrong."""
    found = violations(node, schema, source, RULE_FILE)
    wrong = [one for one in found if one.code is not RULE_FILE.unknown_key]
    if wrong:
        raise QueryError(wrong)
    return tuple(replace(one, severity=Severity.WARNING) for one in found)


def _every(node: Node, report: Reporter) -> timedelta | None:
    place = node.get("schedule")
    if place is None:
        return None
    every = shortest_gap(str(place.value))
    if every is None:
        help = "write minute, hour, day of month, month and day of week: `0 6 * * MON`"
        report.error(BAD_SCHEDULE, f"`{shown(str(place.value))}` is no schedule", place.span, help)
    return every


def _throttle(node: Node, report: Reporter) -> timedelta | None:
    seconds = node.get("throttleTimeSeconds")
    if seconds is not None:
        return timedelta(seconds=int(str(seconds.value)))
    given = node.get("throttleTime")
    return None if given is None else length(given, report)


def _optional(node: Node, key: str) -> str:
    found = node.get(key)
    return "" if found is None or found.value is None else str(found.value).strip()
