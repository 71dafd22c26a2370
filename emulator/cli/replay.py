"""`ruleproof replay`: run rules over a corpus and measure how often they fire."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
from emulator.cli.repository import (
    choose,
    console,
    find_root,
    format_option,
    print_json,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from emulator.replay.corpus import Material
    from emulator.replay.measuring import Measurement, Part
    from emulator.rules import Detection


@click.command("replay", short_help="run rules over a corpus and measure how often they fire")
@click.argument("detections", nargs=-1)
@click.option(
    "--corpus",
    type=click.Choice(["synthetic", "recordings"]),
    default="synthetic",
    show_default=True,
    help="A synthetic organisation, or the recordings in the folder that RULEPROOF_RECORDINGS names.",
)
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 3650), default=2, show_default=True, help="Synthetic days.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the synthetic organisation.")
@format_option("table", "json", "github")
@root_option
@reporting_errors
def command(
    detections: tuple[str, ...], corpus: str, hosts: int, days: int, seed: int, form: str, root: Path | None
) -> None:
    """Replay the given DETECTIONS (all unless given) over a corpus, query by query.

    Results tell what was read: a rule whose tables had no rows is unmeasured, never clean. A budget of a detection
    that is exceeded with certainty fails.
    """
    from emulator.replay.corpus import load_material
    from emulator.rules import load_detections

    where = find_root(root)
    chosen: list[Detection] = choose(load_detections(where), detections)
    material = load_material(where)
    parts = _recorded(material) if corpus == "recordings" else _synthetic(where, hosts, days, seed)
    measurements = _measure(chosen, parts, where)
    _print(measurements, form, corpus)
    if not any(one.events for one in measurements):
        click.echo("nothing was read: no event of the corpus reached a rule", err=True)
        sys.exit(1)
    sys.exit(_over_budget(measurements))


def _recorded(material: Material) -> list[Part]:
    from emulator.events.recordings import Tally
    from emulator.replay.parts import recorded_parts

    if material.recordings is None:
        click.echo("RULEPROOF_RECORDINGS is not set: only the samples of the repository are replayed", err=True)
    tally = Tally()
    parts = recorded_parts(material, tally)
    if tally.bad:
        click.echo(f"{tally.bad} of {tally.lines} lines were left out: they are no recorded events", err=True)
    return parts


def _synthetic(root: Path, hosts: int, days: int, seed: int) -> list[Part]:
    from emulator.replay.synthetic import synthetic_part

    return [synthetic_part(root, hosts=hosts, days=days, seed=seed)]


def _measure(chosen: list[Detection], parts: list[Part], root: Path) -> list[Measurement]:
    from emulator.replay.measuring import measure
    from emulator.replay.rulebook import compile_rule, query_names

    rules = [compile_rule(one, name, root) for one in chosen for name in query_names(one)]
    measurements = []
    with progress("replaying", len(rules) * len(parts)) as advance:
        for part in parts:
            for rule in rules:
                measurements.append(measure(rule, part))
                advance()
    return measurements


def _print(measurements: list[Measurement], form: str, corpus: str) -> None:
    from emulator.proof.missed import missed_attacks
    from emulator.reports.measurement_table import print_measurements, print_rates

    why = missed_attacks(measurements)
    if form == "json":
        print_json([{**one.to_json(), "why": why.get(position, [])} for position, one in enumerate(measurements)])
        return
    out = console()
    print_measurements(out, measurements, why)
    if corpus == "synthetic":
        print_rates(out, "How often the queries fire on this benign organisation", measurements)
    if form == "github":
        _summarise(measurements)


def _summarise(measurements: list[Measurement]) -> None:
    import os

    from emulator.reports.github import rate_summary

    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf8") as file:
            file.write(rate_summary(measurements))


def _over_budget(measurements: list[Measurement]) -> int:
    from emulator.replay.budgets import exceeded

    over = exceeded(measurements)
    for text in over:
        click.echo(text, err=True)
    return int(bool(over))
