"""`ruleproof sigma`: Sigma rules converted, compared with written queries, and turned into events."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.repository import (
    choose,
    console,
    find_root,
    format_option,
    limit_options,
    print_json,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from emulator.events.recordings.lines import RecordedEvent
    from emulator.interpreter.context import Limits
    from emulator.source import Source


@click.group("sigma", short_help="compare Sigma rules with queries, convert them, make events")
def command() -> None:
    """Sigma rules, read and converted by pySigma (pip install 'ruleproof[sigma]')."""


@command.command("compare", short_help="the written queries beside the converted Sigma rule")
@click.argument("detections", nargs=-1)
@click.option("--every", is_flag=True, help="Show every case, not those alone that tell the queries apart.")
@format_option("table", "json")
@root_option
@reporting_errors
@limit_options()
def compare(detections: tuple[str, ...], every: bool, form: str, root: Path | None, limits: Limits) -> None:
    """Run each detection's Sigma rule, as pySigma converts it, over its cases beside the written queries.

    DETECTIONS are names, folders or ATT&CK techniques; without any, all that have a Sigma rule are compared.

    Exit codes: 0 all cases alike, 1 a case on which one query fires and the other does not, 2 a rule or file is wrong,
    3 the emulator can't run a rule.
    """
    from emulator.replay.corpus import load_material
    from emulator.replay.sigma_comparison import compare_with_sigma
    from emulator.reports.sigma_table import print_comparison
    from emulator.rules import load_detections

    where = find_root(root)
    chosen = [one for one in choose(load_detections(where), detections) if detections or one.sigma is not None]
    material = load_material(where)
    compared = [compare_with_sigma(one, material, where, limits) for one in chosen]
    if form == "json":
        print_json([one.to_json() for one in compared])
    else:
        for one in compared:
            print_comparison(console(), one, every=every)
    sys.exit(int(any(one.differs for one in compared)))


@command.command("convert", short_help="print the query that pySigma makes of a rule")
@click.argument("rule", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--language", "-l", type=click.Choice(["kql", "cql"]), required=True, help="What to convert to.")
@format_option("text", "json")
@reporting_errors
def convert(rule: Path, language: str, form: str) -> None:
    """Print the query that pySigma makes of the Sigma rule in RULE (a file, or - for standard input).

    KQL over Defender's tables, CQL over Falcon's events in NG-SIEM.
    """
    from emulator.rules import Language
    from emulator.rules import sigma as rules

    made = rules.convert(_source(rule), Language(language))
    if form == "json":
        print_json({"language": language, "query": made.text})
    else:
        click.echo(made.text)


@command.command("events", short_help="print events that satisfy a rule")
@click.argument("rule", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--sensor",
    type=click.Choice(["sysmon", "defender", "falcon:ng-siem", "falcon:fdr"]),
    default="sysmon",
    show_default=True,
    help="Whose events: Sysmon's, or what a sensor would have recorded of the same.",
)
@click.option("--most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Events to print.")
@format_option("jsonl", "json")
@reporting_errors
def events(rule: Path, sensor: str, most: int, form: str) -> None:
    """Print events that satisfy the Sigma rule in RULE (a file, or - for standard input), one for each alternative.

    One JSON object a line, for `ruleproof query` and for cases.
    """
    from emulator.events.sigma import sigma_events

    rows = list(_rows(islice(sigma_events(_source(rule)), most), sensor))
    if form == "json":
        print_json(rows)
        return
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False).encode("utf8", "replace"))


def _rows(made: Iterator[RecordedEvent], sensor: str) -> Iterator[dict[str, object]]:
    """The events as rows of a sensor; what it does not record is told on standard error."""
    from emulator.events.mapping.mapper import MappedEvent, Mapper

    if sensor == "sysmon":
        for event in made:
            yield {"EventID": event.event_id, "Computer": event.computer, **event.data}
        return
    for mapped in Mapper(sensor).map(made):
        if isinstance(mapped, MappedEvent):
            yield dict(mapped.row)
        else:
            click.echo(f"event {mapped.event.origin.line}: {mapped.reason}", err=True)


def _source(rule: Path) -> Source:
    from emulator.cli.sources import read_query
    from emulator.source import Source

    text, name = read_query(rule)
    return Source(name, text)
