"""`ruleproof schedule`: rules on a virtual clock, and what their schedules miss and repeat."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
from emulator.cli.replay import DEFAULT_PROFILE
from emulator.cli.repository import (
    OVER_CORPUS,
    choose,
    find_root,
    format_option,
    limit_options,
    print_json,
    reporting_errors,
    root_option,
)
from emulator.cli.sources import pairs

if TYPE_CHECKING:
    from emulator.interpreter.context import Limits
    from emulator.replay.clocked.arrivals import Distribution
    from emulator.replay.clocked.clocking import Clocked
    from emulator.replay.clocked.deployment import Deployment
    from emulator.replay.corpus import Material
    from emulator.replay.measuring import Part
    from emulator.replay.rulebook import Rule

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command("schedule", short_help="run rules on a virtual clock: what their schedules miss and repeat")
@click.argument("corpora", nargs=-1, metavar="[CORPUS]...", type=click.Path(exists=True, path_type=Path))
@click.option("--detection", "-d", "names", multiple=True, help="Only this: a detection's name, folder or technique.")
@click.option("--every", help="Run this often instead, such as 15m.")
@click.option("--lookback", help="Look back this far instead, such as 1h.")
@click.option(
    "--delay",
    "delays",
    multiple=True,
    metavar="TABLE=DELAY",
    help="How late a table's events arrive (`*` for every table): `5m`, or quantiles as in `50%:2m,99%:20m,100%:2h`.",
)
@click.option("--twice", type=click.FloatRange(0, 1), default=0.0, help="The share of the events that come twice.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the delays and of synthetic events.")
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 3650), default=2, show_default=True, help="Synthetic days.")
@click.option("--advise", is_flag=True, help="Try other schedules, and say which would do better.")
@format_option("text", "json")
@root_option
@reporting_errors
@limit_options(OVER_CORPUS)
def command(
    corpora: tuple[Path, ...],
    names: tuple[str, ...],
    every: str | None,
    lookback: str | None,
    delays: tuple[str, ...],
    twice: float,
    seed: int,
    hosts: int,
    days: int,
    advise: bool,
    form: str,
    root: Path | None,
    limits: Limits,
) -> None:
    """Run every rule as its detection.yaml schedules it, over each CORPUS, on a virtual clock.

    Tells which detections the schedule misses (their events lie in no window together, or arrive after the run that
    would have seen them), which it repeats, and how long it takes until one is told. A corpus is what `replay` takes.
    """
    from emulator.replay.clocked.arrivals import Ingestion
    from emulator.replay.clocked.clocking import on_the_clock
    from emulator.replay.corpus import load_material
    from emulator.replay.rulebook import compile_rule, query_names
    from emulator.rules import load_detections

    where = find_root(root)
    chosen = choose(load_detections(where), names)
    ingestion = Ingestion({table: _distribution(text) for table, text in pairs(delays, "--delay").items()}, twice)
    rules = [compile_rule(one, name, where, limits) for one in chosen for name in query_names(one)]
    parts = corpus_parts(corpora or (where / DEFAULT_PROFILE,), load_material(where), hosts, days, seed)
    done: list[Clocked] = []
    with progress("on the clock", len(parts) * len(rules)) as advance:
        for part in parts:
            for rule in rules:
                events = part.events(rule.name.language)
                deployment = _deployment(rule, every, lookback)
                done.append(on_the_clock(rule, part.name, events, deployment, ingestion, seed=seed, advise=advise))
                advance()
    _print(done, form)
    if not any(one.events for one in done):
        click.echo("nothing was read: no event of the corpus reached a rule", err=True)
        sys.exit(1)


def corpus_parts(corpora: tuple[Path, ...], material: Material, hosts: int, days: int, seed: int) -> list[Part]:
    """The parts of each corpus; synthetic organisations get a size and a seed. Raises QueryError."""
    from emulator.events.recordings.mapped import Tally
    from emulator.replay.parts.recordings import parts_of_path
    from emulator.replay.parts.synthetic import synthetic_part

    found: list[Part] = []
    for path in corpora:
        if path.suffix in (".yaml", ".yml"):
            found.append(synthetic_part(path, hosts=hosts, days=days, seed=seed))
        else:
            found += parts_of_path(path, material, Tally())
    return found


def _deployment(rule: Rule, every: str | None, lookback: str | None) -> Deployment:
    from dataclasses import replace

    from emulator.replay.clocked.rules import deployment_of

    made = deployment_of(rule.detection, rule.name.language)
    if every is not None:
        made = replace(made, frequency=_ticks(every, "--every"))
    return made if lookback is None else replace(made, lookback=_ticks(lookback, "--lookback"))


def _distribution(text: str) -> Distribution:
    """`5m`, or quantiles in order. Ends with a hint for another form."""
    from emulator.replay.clocked.arrivals import Distribution

    if ":" not in text:
        delay = _ticks(text, "--delay")
        return Distribution(((0.0, delay), (1.0, delay)))
    quantiles: list[tuple[float, int]] = []
    for part in text.split(","):
        share, _, time = part.partition(":")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?%", share.strip()):
            raise click.UsageError(f"--delay takes quantiles such as `50%:2m,100%:2h`, not {part!r}")
        quantiles.append((float(share.strip()[:-1]) / 100, _ticks(time, "--delay")))
    first = [] if quantiles[0][0] == 0 else [(0.0, 0)]
    last = [] if quantiles[-1][0] == 1 else [(1.0, quantiles[-1][1])]
    found = (*first, *quantiles, *last)
    if list(found) != sorted(found) or len({share for share, _ in found}) < len(found) or found[-1][0] > 1:
        raise click.UsageError("--delay takes quantiles that grow, from 0% to 100%")
    return Distribution(found)


def _ticks(text: str, option: str) -> int:
    from emulator.replay.clocked.rules import ticks

    match = re.fullmatch(r"\s*(\d{1,5})([smhd])\s*", text)
    if match is None or (option != "--delay" and match[1].strip("0") == ""):
        raise click.UsageError(f"{option} takes a time such as 90s, 15m, 24h or 7d, not {text!r}")
    return ticks(timedelta(**{_UNITS[match[2]]: int(match[1])}))


def _print(done: list[Clocked], form: str) -> None:
    if form == "json":
        print_json([one.to_json() for one in done])
        return
    from emulator.reports.schedule_table import schedule_lines

    for one in done:
        click.echo("\n".join(schedule_lines(one)) + "\n")
