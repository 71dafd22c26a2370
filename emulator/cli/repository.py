"""What commands share: the repository they work in, its detections, and how errors leave the process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click

from emulator.diagnostics import Diagnostic, QueryError, did_you_mean, render
from emulator.interpreter.context import Limits
from emulator.query import DEFAULT_LIMITS

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")

WRONG, GAP = 2, 3

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository with detections/ and corpus/; found above this folder unless given.",
)


def format_option(*formats: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The option --format; the first format is the default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print."
    )


OVER_CORPUS = 120.0
"""Seconds that one run of a rule may take over a corpus, whose events may have to be made or read first."""


def limit_options(seconds: float = DEFAULT_LIMITS.seconds) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """The options --seconds (with its default), --memory and --characters, handed to the command as `limits`."""

    def decorated(command: Callable[..., R]) -> Callable[..., R]:
        @click.option(
            "--seconds",
            type=click.FloatRange(min=0.001),
            default=seconds,
            show_default=True,
            help="Time for one run of a rule.",
        )
        @click.option(
            "--memory",
            type=click.IntRange(min=1),
            default=DEFAULT_LIMITS.memory >> 20,
            show_default=True,
            help="MiB for one run of a rule.",
        )
        @click.option(
            "--characters",
            type=click.IntRange(min=1),
            default=DEFAULT_LIMITS.characters,
            show_default=True,
            help="The longest query text.",
        )
        @wraps(command)
        def wrapped(*args: Any, seconds: float, memory: int, characters: int, **kwargs: Any) -> R:
            return command(*args, limits=Limits(seconds, memory << 20, characters), **kwargs)

        return wrapped

    return decorated


def find_root(given: Path | None) -> Path:
    """The repository: the folder given, or the nearest one above that holds detections/. Ends with a hint if none."""
    if given is not None:
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "detections").is_dir():
            return folder
    raise click.UsageError(
        "there is no detections/ folder here or above.\n"
        "Run this inside a repository of detections, or name one with --root."
    )


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False).encode("utf8", "replace"))


def console(*, error: bool = False) -> Console:
    """A console 80 columns wide unless the terminal is wider; plain text when not on a terminal."""
    from rich.console import Console  # slow to import, and `check` prints plain lines

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 80
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def exit_code_of(found: Sequence[Diagnostic]) -> int:
    """3 when one is an emulator gap, else 2."""
    return GAP if any(one.code.is_gap for one in found) else WRONG


def fail(found: Sequence[Diagnostic], form: str = "text") -> NoReturn:
    """Print diagnostics and leave with the exit code that they ask for."""
    if form == "json":
        print_json({"diagnostics": [one.to_json() for one in found]})
    else:
        click.echo("\n\n".join(map(render, found)), err=True)
    sys.exit(exit_code_of(found))


def reporting_errors(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose QueryError becomes printed diagnostics and an exit code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except QueryError as error:
            fail(error.diagnostics, str(kwargs.get("form", "text")))

    return wrapped


def choose(detections: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """The detections that names, folders or identifiers choose; all when none is given. Ends with a hint if unknown."""
    if not names:
        return list(detections)
    chosen = []
    for name in names:
        wanted = name.rstrip("/")
        found = [one for one in detections if _is_called(one, wanted)]
        if not found:
            known = [one.name for one in detections]
            help = did_you_mean(wanted, known, f"there are {_some(known)}")
            raise click.UsageError(f"there is no detection `{name}`; {help}")
        chosen.extend(found)
    return chosen


def _some(names: Sequence[str], most: int = 10) -> str:
    """The first few names."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{rest}" if names else "none"


def _is_called(detection: Any, wanted: str) -> bool:
    technique = detection.attack.technique
    return wanted in (detection.name, detection.folder, technique, str(detection.id)) or detection.folder.startswith(
        f"{wanted}/"
    )
