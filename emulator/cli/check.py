"""`ruleproof check`: syntax, names, types and lints of rules, without running them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.packages import is_package_path
from emulator.cli.repository import (
    choose,
    exit_code_of,
    find_root,
    format_option,
    print_json,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from emulator.diagnostics import Diagnostic
    from emulator.query import Language
    from emulator.rules import Detection

_BY_ENDING: dict[str, Language] = {".kql": "kql", ".csl": "kql", ".cql": "cql", ".logscale": "cql"}
_DETECTION_FILE = "detection.yaml"


@dataclass(slots=True)
class _Checked:
    """What was found, and in how many detections and lone queries."""

    found: list[Diagnostic] = field(default_factory=list)
    detections: int = 0
    queries: int = 0

    def __str__(self) -> str:
        counted = ((self.detections, "detection", "detections"), (self.queries, "query", "queries"))
        parts = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
        return f"{' and '.join(parts) or 'no detection'} checked"


@click.command("check", short_help="syntax, names, types and lints of rules")
@click.argument("paths", nargs=-1)
@click.option("--language", "-l", type=click.Choice(["kql", "cql"]), help="Known by a file's ending unless given.")
@click.option("--assume", multiple=True, metavar="NAME", help="Opt in to a named assumption, for queries on their own.")
@click.option("--strict", is_flag=True, help="Leave with 1 when there are warnings.")
@format_option("text", "json", "github")
@root_option
@reporting_errors
def command(
    paths: tuple[str, ...],
    language: Language | None,
    assume: tuple[str, ...],
    strict: bool,
    form: str,
    root: Path | None,
) -> None:
    """Check detections and queries without running them; warnings and notes are lints.

    PATHS are detections (name, folder, a file in it, or technique), query files anywhere, LogScale packages or files of
    them, or - for standard input; without any, all detections of the repository are checked.

    Exit codes: 0 no error, 1 warnings with --strict, 2 a rule or file is wrong, 3 the emulator can't run a rule.
    """
    checked = _Checked()
    names = []
    for path in paths:
        if _folder_of(Path(path)) is None and is_package_path(path):
            _check_package(path, assume, checked)
        elif _is_query(path):
            _check_file(path, language, assume, checked)
        else:
            names.append(path)
    if names or not paths:
        _check_detections(names, find_root(root or _root_of(names)), checked)
    _print(checked, form)
    sys.exit(_exit_code(checked.found, strict=strict))


def _is_query(path: str) -> bool:
    """True for standard input and for files that belong to no detection, also for one that does not exist."""
    file = Path(path)
    return path == "-" or ((file.is_file() or file.suffix.lower() in _BY_ENDING) and _folder_of(file) is None)


def _folder_of(path: Path) -> Path | None:
    """The folder of the detection that a file or folder is, or is part of."""
    if not path.exists():
        return None
    absolute = path.resolve()
    return next((one for one in (absolute, *absolute.parents) if (one / _DETECTION_FILE).is_file()), None)


def _root_of(names: Iterable[str]) -> Path | None:
    """The repository that a detection given by its path is in."""
    folders = [folder for folder in (_folder_of(Path(name)) for name in names) if folder is not None]
    return next((one.parent for folder in folders for one in folder.parents if one.name == "detections"), None)


def _check_file(path: str, language: Language | None, assume: tuple[str, ...], checked: _Checked) -> None:
    from emulator.cli.sources import read_query
    from emulator.proof.static_check import check_query

    chosen = language or _BY_ENDING.get(Path(path).suffix.lower())
    if chosen is None:
        raise click.UsageError(f"say which language {path} is in: --language kql or --language cql")
    text, name = read_query(Path(path))
    checked.queries += 1
    checked.found += check_query(text, chosen, name, assume)


def _check_package(path: str, assume: tuple[str, ...], checked: _Checked) -> None:
    from emulator.diagnostics import QueryError
    from emulator.proof.static_check import check_package
    from emulator.rules.packages import open_packaged

    try:
        package = open_packaged(Path(path))
    except QueryError as error:
        checked.found += error.diagnostics
        return
    checked.queries += len(package.queries) + len(package.parsers)
    checked.found += check_package(package, assume)


def _check_detections(names: Sequence[str], root: Path, checked: _Checked) -> None:
    from emulator.diagnostics import QueryError
    from emulator.proof.static_check import check_detection
    from emulator.replay.corpus import load_material

    folders = {name: _folder_of(Path(name)) or _folder_called(root, name) for name in names}
    loaded = {one.folder: one for folder in folders.values() if folder for one in _load(folder, root, checked)}
    others = [name for name, folder in folders.items() if folder is None]
    if others or not names:
        every = _load_all(root, checked)
        loaded |= {one.folder: one for one in choose(every, others)}
    checked.detections = len(loaded)
    try:
        material = load_material(root)
    except QueryError as error:
        checked.found += error.diagnostics
        return
    for detection in loaded.values():
        checked.found += check_detection(detection, material, root)


def _folder_called(root: Path, name: str) -> Path | None:
    """The detection of that name, by its folder: so one that can't be read is found, too."""
    if not name or set(name) & set("*?[/\\"):
        return None
    return next((root / "detections").glob(f"*/{name}"), None)


def _load(folder: Path, root: Path, checked: _Checked) -> list[Detection]:
    """The detection of a folder; none when it can't be read, which is reported."""
    from emulator.diagnostics import QueryError
    from emulator.rules import load_detection

    try:
        return [load_detection(folder, root)]
    except QueryError as error:
        checked.found += error.diagnostics
        return []


def _load_all(root: Path, checked: _Checked) -> list[Detection]:
    """Every detection of a repository; when some can't be read, that is reported and the others are given."""
    from emulator.diagnostics import QueryError
    from emulator.rules import load_detections

    try:
        return load_detections(root)
    except QueryError as error:
        checked.found += error.diagnostics
        ignored = _Checked()
        return [
            one for folder in sorted((root / "detections").glob("*/[!.]*/")) for one in _load(folder, root, ignored)
        ]


def _print(checked: _Checked, form: str) -> None:
    from emulator.diagnostics import render

    if form == "json":
        print_json([one.to_json() for one in checked.found])
        return
    from emulator.reports.diagnostics_list import github_marks, total

    lines = github_marks(checked.found) if form == "github" else [f"{render(one)}\n" for one in checked.found]
    for line in (*lines, total(checked.found, str(checked))):
        click.echo(line)


def _exit_code(found: Sequence[Diagnostic], *, strict: bool) -> int:
    """That of the errors; with `strict`, 1 for warnings."""
    from emulator.diagnostics import Severity

    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        return exit_code_of(errors)
    return int(strict and any(one.severity is Severity.WARNING for one in found))
