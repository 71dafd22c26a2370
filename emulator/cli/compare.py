"""`ruleproof events compare`: a synthetic organisation beside recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.making import organisation_of
from emulator.cli.output_files import write_whole
from emulator.cli.repository import console, find_root, format_option, print_json, reporting_errors, root_option

if TYPE_CHECKING:
    from emulator.interpreter.given_tables import TableSource
    from emulator.replay.calibration.observing import Observed

REFERENCES = Path("corpus", "references")


@click.command("compare", short_help="a synthetic organisation beside recordings")
@click.argument("profile", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("recordings", nargs=-1, metavar="[RECORDING]...")
@click.option("--hosts", type=click.IntRange(1, 10_000), default=40, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 365), default=1, show_default=True, help="Synthetic days.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where random numbers begin.")
@click.option(
    "--computers",
    type=click.Choice(["people", "servers", "all"]),
    default="all",
    show_default=True,
    help="Whose computers were recorded; references say it themselves.",
)
@click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the recordings' facts: a reference."
)
@format_option("text", "json")
@root_option
@reporting_errors
def command(
    profile: Path,
    recordings: tuple[str, ...],
    hosts: int,
    days: int,
    seed: int,
    computers: str,
    save: Path | None,
    form: str,
    root: Path | None,
) -> None:
    """Compare the marginals of the organisation that PROFILE describes with those of each RECORDING.

    A RECORDING is a reference (.yaml; those of corpus/references/ unless given), a file of recorded events (.jsonl,
    .jsonl.gz), a folder of tables, or TABLE=FILE of Defender's tables or SecurityEvent, as queries export them; all
    such tables are one recording. Distances are total variations: the share of events that would have to be others.
    """
    from emulator.replay.calibration.comparing import compare
    from emulator.replay.calibration.made import Made
    from emulator.replay.parts.synthetic import synthetic_name

    observed = [*_observed(recordings or _references(root), computers)]
    if save is not None:
        _save(save, observed)
        return
    organisation = organisation_of(profile, seed, hosts, days, None)
    made = Made(organisation, synthetic_name(profile, hosts, days, seed))
    found = [compare(one, made.of(one.computers)) for one in observed]
    claims = made.claims()
    if form == "json":
        document = {"comparisons": [one.to_json() for one in found], "claims": [one.to_json() for one in claims]}
        print_json(document)
        return
    from emulator.reports.comparison_table import print_claims, print_comparison

    out = console()
    for one in found:
        print_comparison(out, one)
    print_claims(out, made.name, claims)


def _references(root: Path | None) -> tuple[str, ...]:
    found = tuple(map(str, sorted((find_root(root) / REFERENCES).glob("*.yaml"))))
    if not found:
        raise click.UsageError(f"there is no reference in {REFERENCES}: name a recording")
    return found


def _observed(recordings: tuple[str, ...], computers: str) -> Iterator[Observed]:
    from emulator.cli.sources import pairs
    from emulator.replay.calibration.observing import observe
    from emulator.replay.calibration.references import read_reference

    named = [text for text in recordings if "=" in text and not Path(text).exists()]
    for text in recordings:
        if text in named:
            continue
        path = Path(text)
        if not path.exists():
            raise click.UsageError(f"there is no recording {text}")
        if path.suffix in (".yaml", ".yml"):
            yield read_reference(path)
        else:
            tables, engine = _tables(path)
            yield replace(observe(path.name, f"Events of {path}.", tables, engine), computers=computers)
    if named:
        given = pairs(named, "RECORDING")
        yield replace(observe(", ".join(given), f"Events of {', '.join(named)}.", given), computers=computers)


def _tables(path: Path) -> tuple[Mapping[str, TableSource], str]:
    """The tables at a path, and the engine that asks them."""
    from importlib.util import find_spec

    from emulator.events.recordings.mapped import Tally, map_recordings
    from emulator.events.sensors import Sensor
    from emulator.replay.tables.corpus import find_tables

    found = find_tables(path)
    if found is not None:
        return {name: files.pattern for name, files in found.tables.items()}, "duckdb" if find_spec(
            "duckdb"
        ) else "interpreter"
    rows: dict[str, list[Mapping[str, object]]] = {}
    for recording in map_recordings(path, Sensor.DEFENDER, Tally()):
        for event in recording.events:
            rows.setdefault(event.table, []).append(event.row)
    return rows, "interpreter"


def _save(path: Path, observed: list[Observed]) -> None:
    import yaml

    if len(observed) != 1:
        raise click.UsageError("a reference tells of one recording: name one")
    (one,) = observed
    head = {"name": path.stem, "about": one.about, "source": "(who publishes it, under which licence)"}
    text = yaml.safe_dump(
        {**head, "computers": one.computers, **one.facts()}, sort_keys=False, width=116, default_flow_style=None
    )
    write_whole(path, text)
