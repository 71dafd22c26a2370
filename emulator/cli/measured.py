"""What `ruleproof replay` tells of measurements: tables, JSON, pictures, and whether they pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from emulator.cli.output_files import whole_file, write_whole
from emulator.cli.repository import WRONG, console, format_option, print_json
from emulator.diagnostics import code

if TYPE_CHECKING:
    from emulator.replay.measuring import Measurement
    from emulator.replay.rates.quality import Quality
    from emulator.reports.pictures.drawing import Picture
    from emulator.rules.labels import CorpusLabels

R = TypeVar("R")

NO_PICTURES = code(
    "RUL2007",
    "what draws pictures is not installed",
    "Pictures are drawn by matplotlib and pages written by Jinja2, which are an extra: "
    "`pip install 'ruleproof[pictures]'`.",
)
MOST_NAMED = 12
"""Parts of corpora that a page names; of more it tells the number."""


@dataclass(frozen=True, slots=True)
class Output:
    """How measurements are told: printed in a form; as pictures in a folder and as a page, where these are named."""

    form: str
    pictures: Path | None
    page: Path | None


def output_options(command: Callable[..., R]) -> Callable[..., R]:
    """The options --format, --pictures and --html, handed to the command as `output`."""

    @format_option("table", "json", "github")
    @click.option(
        "--pictures",
        type=click.Path(file_okay=False, path_type=Path),
        help="Draw rates, alerts over time and alerts by host into this folder, as SVG and PNG.",
    )
    @click.option(
        "--html",
        "page",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write figures and pictures as one page of HTML.",
    )
    @wraps(command)
    def wrapped(*args: Any, form: str, pictures: Path | None, page: Path | None, **kwargs: Any) -> R:
        return command(*args, output=Output(form, pictures, page), **kwargs)

    return wrapped


def report(measurements: list[Measurement], output: Output, root: Path) -> None:
    """Tell what was measured, and what labels say of it.

    Raises QueryError for broken files of labels, and when what draws is not installed.
    """
    from emulator.proof.missed import missed_attacks
    from emulator.replay.rates.quality import pooled_qualities, qualities

    why = missed_attacks(measurements)
    judged = qualities(measurements, _labels(measurements, root))
    _draw(measurements, pooled_qualities(measurements, judged), output)
    form = output.form
    if form == "json":
        told = zip(measurements, judged, strict=True)
        print_json(
            [
                {**one.to_json(), **quality.to_json(), "why": why.get(position, [])}
                for position, (one, quality) in enumerate(told)
            ]
        )
        return
    _print(measurements, pooled_qualities(measurements, judged), why)
    if form == "github":
        from emulator.cli.output_files import add_to_summary
        from emulator.reports.github import rate_summary

        add_to_summary(rate_summary(measurements))


def _draw(measurements: list[Measurement], judged: Mapping[tuple[str, str], Quality], output: Output) -> None:
    if output.pictures is None and output.page is None:
        return
    from emulator.replay.rates.budgets import exceeded, is_attack
    from emulator.replay.rates.pooling import pooled

    with drawing_package():
        from emulator.reports.measurement_page import measurement_page
        from emulator.reports.pictures.host_map import host_map_picture
        from emulator.reports.pictures.rates import rates_picture
        from emulator.reports.pictures.timeline import timeline_picture
    rows = pooled([one for one in measurements if not is_attack(one)] or measurements)
    everything = pooled(measurements)
    drawn = [rates_picture(rows), timeline_picture(everything), host_map_picture(everything)]
    pictures = [one for one in drawn if one is not None]
    if output.pictures is not None:
        write_pictures(output.pictures, pictures)
    if output.page is not None:
        corpora = list(dict.fromkeys(one.part.name for one in measurements))
        told = corpora if len(corpora) <= MOST_NAMED else [f"{len(corpora):,} parts of corpora"]
        write_whole(output.page, measurement_page(rows, told, judged, exceeded(measurements), pictures))


@contextmanager
def drawing_package() -> Iterator[None]:
    """Imports of what draws, which is an extra. Raises QueryError when it is not installed."""
    from emulator.diagnostics import Diagnostic, QueryError
    from emulator.source import NOWHERE, Source

    try:
        yield
    except ImportError as error:
        message, help = f"pictures need the package `{error.name}`", "pip install 'ruleproof[pictures]'"
        raise QueryError([Diagnostic(NO_PICTURES, message, NOWHERE, help, Source("pictures", ""))]) from None


def write_pictures(folder: Path, pictures: Sequence[Picture]) -> None:
    """Write pictures in both formats into a folder, which is made. Ends with a hint if it can't."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder} can't be made: {error.strerror}") from None
    for one in pictures:
        for ending, content in (("svg", one.svg), ("png", one.png)):
            with whole_file(folder / f"{one.name}.{ending}") as file:
                file.write(content)


def _labels(measurements: Sequence[Measurement], root: Path) -> dict[str, list[CorpusLabels]]:
    """The labels of detections by folder."""
    from emulator.rules.labels import read_labels

    folders = dict.fromkeys(one.rule.detection.folder for one in measurements)
    return {folder: read_labels(root / folder, root) for folder in folders}


def _print(
    measurements: list[Measurement], judged: Mapping[tuple[str, str], Quality], why: dict[int, list[str]]
) -> None:
    from emulator.replay.rates.pooling import pooled
    from emulator.reports.measurement_table import print_measurements, print_rates
    from emulator.reports.quality_table import print_qualities

    out = console()
    print_measurements(out, measurements, why)
    benign = [one for one in measurements if one.part.label.startswith("benign")]
    if benign:
        print_rates(out, "How often the queries fire on benign events", pooled(benign))
    print_qualities(out, judged)


def exit_code(measurements: Sequence[Measurement]) -> int:
    """0 when all is well; 1 when nothing was read or a budget is exceeded, 2 when a rule could not be run to its end.

    What is not well is told on standard error.
    """
    if not any(one.events for one in measurements):
        click.echo("nothing was read: no event of the corpus reached a rule", err=True)
        return 1
    return _stopped(measurements) or _over_budget(measurements)


def _over_budget(measurements: Sequence[Measurement]) -> int:
    from emulator.replay.rates.budgets import exceeded

    over = exceeded(measurements)
    for text in over:
        click.echo(text, err=True)
    return int(bool(over))


def _stopped(measurements: Sequence[Measurement]) -> int:
    stopped = [one for one in measurements if one.stopped]
    for one in stopped:
        name = f"{one.rule.detection.name} {one.rule.name.value}"
        click.echo(f"{name} on {one.part.name} was not measured: {one.stopped}", err=True)
    return WRONG if stopped else 0
