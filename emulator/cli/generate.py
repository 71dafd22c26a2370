"""`ruleproof events generate`: the benign events of a synthetic organisation as Parquet files."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.output_files import whole_file
from emulator.cli.progress import progress
from emulator.cli.repository import format_option, print_json, reporting_errors

if TYPE_CHECKING:
    from emulator.events.organisation import Organisation
    from emulator.events.organisation.files.writing import Written
    from emulator.events.sensors import Sensor

SENSORS = ("defender", "falcon:ng-siem", "falcon:fdr")
_FIRST_DAY = "2026-01-05"
_LONGEST = 100_000
"""Days that events are looked for in."""


@click.command("generate", short_help="the benign events of a synthetic organisation, as Parquet files")
@click.argument("profile", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", "-o", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
@click.option("--events", type=click.IntRange(1), help="So many events, in order of time, of all sensors together.")
@click.option("--days", type=click.IntRange(1, _LONGEST), help="All events of so many days.")
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="Computers.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where random numbers begin.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default=_FIRST_DAY, show_default=True, help="First day.")
@click.option(
    "--sensor",
    "sensors",
    type=click.Choice(SENSORS),
    multiple=True,
    default=SENSORS[:2],
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
    organisation = _organisation(profile, seed, hosts, days or _LONGEST, start)
    written = _write(organisation, sensors, output, events)
    seconds = time.perf_counter() - began
    if form == "json":
        print_json({**written.to_json(), "seconds": round(seconds, 3)})
        return
    for table, rows in written.tables.items():
        click.echo(f"{rows:>13,} {output / table}.parquet")
    click.echo(f"{written.events:>13,} events of {hosts:,} hosts in {written.days:,.2f} days")
    click.echo(f"{written.events / seconds:>13,.0f} events a second")


def _organisation(profile: Path, seed: int, hosts: int, days: int, start: datetime) -> Organisation:
    from emulator.events.organisation import Organisation

    return Organisation.from_profile(profile, seed, hosts, days, start=start.replace(tzinfo=UTC))


def _write(organisation: Organisation, names: tuple[str, ...], folder: Path, events: int | None) -> Written:
    from emulator.events.sensors import Sensor

    try:
        from emulator.events.organisation.files.writing import write
    except ImportError:
        from emulator.interpreter.lines import needs_pyarrow

        raise needs_pyarrow(str(folder)) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder} can't be made: {error.strerror}") from None
    sensors: list[Sensor] = [Sensor(name) for name in dict.fromkeys(names)]
    with progress("per cent", 100) as advance:
        return write(
            organisation,
            sensors,
            lambda table: whole_file(folder / f"{table}.parquet"),
            events=events,
            advance=_percents(advance),
        )


def _percents(advance: Callable[[], None]) -> Callable[[float], None]:
    """Tells a bar of a hundred the share that is done."""
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        while told < int(share * 100):
            told += 1
            advance()

    return tell
