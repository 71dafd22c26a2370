"""What `ruleproof replay` tells of measurements: tables, JSON, pictures, and whether they pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.repository import WRONG, console, print_json

if TYPE_CHECKING:
    from emulator.replay.measuring import Measurement
    from emulator.replay.quality import Quality
    from emulator.rules.labels import CorpusLabels


def report(measurements: list[Measurement], form: str, root: Path) -> None:
    """Print what was measured, and what labels say of it. Raises QueryError for broken files of labels."""
    from emulator.proof.missed import missed_attacks
    from emulator.replay.quality import pooled_qualities, qualities

    why = missed_attacks(measurements)
    judged = qualities(measurements, _labels(measurements, root))
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


def _labels(measurements: Sequence[Measurement], root: Path) -> dict[str, list[CorpusLabels]]:
    """The labels of detections by folder."""
    from emulator.rules.labels import read_labels

    folders = dict.fromkeys(one.rule.detection.folder for one in measurements)
    return {folder: read_labels(root / folder, root) for folder in folders}


def _print(
    measurements: list[Measurement], judged: Mapping[tuple[str, str], Quality], why: dict[int, list[str]]
) -> None:
    from emulator.replay.pooling import pooled
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
    from emulator.replay.budgets import exceeded

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
