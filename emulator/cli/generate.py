"""`ruleproof events generate`: the benign events of a synthetic organisation as Parquet files."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from emulator.cli.making import BOTH, LONGEST, SENSORS, amount, organisation_of, write_events
from emulator.cli.repository import format_option, print_json, reporting_errors

_FIRST_DAY = "2026-01-05"


@click.command("generate", short_help="the benign events of a synthetic organisation, as Parquet files")
@click.argument("profile", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", "-o", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
@click.option("--events", type=amount, help="So many events, in order of time, of all sensors together.")
@click.option("--days", type=click.IntRange(1, LONGEST), help="All events of so many days.")
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="Computers.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where random numbers begin.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default=_FIRST_DAY, show_default=True, help="First day.")
@click.option(
    "--sensor",
    "sensors",
    type=click.Choice(SENSORS),
    multiple=True,
    default=BOTH,
    show_default=True,
    help="What records them: Defender's tables, Falcon's stream (one of the two).",
)
@format_option("text", "json")
@reporting_errors
def command(
    profile: Path,
    output: Path,
    events: int | None,
    days: int | None,
    hosts: int,
    seed: int,
    start: datetime,
    sensors: tuple[str, ...],
    form: str,
) -> None:
    """Write the events of the organisation that PROFILE describes: TABLE.parquet for each table of Defender's that it
    fills, and events.parquet for Falcon's stream, each sorted by time.

    Nothing bad happens in it: whatever a rule raises there is a false positive. The same arguments give the same bytes
    (with the same releases of the libraries that write them). `ruleproof replay` takes the folder as a corpus.
    """
    if (events is None) is (days is None):
        raise click.UsageError("say how much: --events or --days")
    if len(set(sensors) - {"defender"}) > 1:
        raise click.UsageError("Falcon's stream holds events of one kind: choose falcon:ng-siem or falcon:fdr")
    began = time.perf_counter()
    organisation = organisation_of(profile, seed, hosts, days, start)
    written = write_events(organisation, sensors, output, events)
    seconds = time.perf_counter() - began
    if form == "json":
        print_json({**written.to_json(), "seconds": round(seconds, 3)})
        return
    for table, rows in written.tables.items():
        click.echo(f"{rows:>13,} {output / table}.parquet")
    click.echo(f"{written.events:>13,} events of {hosts:,} hosts in {written.days:,.2f} days")
    click.echo(f"{written.events / seconds:>13,.0f} events a second")
