"""`ruleproof why`: which stage or branch of a rule dropped an event, with the values that it read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.repository import choose, console, find_root, format_option, print_json, reporting_errors, root_option

if TYPE_CHECKING:
    from emulator.proof.why import Explanation
    from emulator.replay.rulebook import Rule
    from emulator.rules import Detection

_QUERIES = ("kql", "cql", "kql-tuned", "cql-tuned")
MOST_EVENTS = 20
"""Events that are explained at a time: nobody reads more."""


@click.command("why", short_help="show which stage or branch of a rule dropped an event")
@click.argument("detection")
@click.option("--case", "case_id", help="Explain the events of this case.")
@click.option("--events", "path", help="Explain events of this file (JSON lines or CSV).")
@click.option("--table", default="events", show_default=True, help="The table that the file's rows belong to.")
@click.option("--query", "names", multiple=True, type=click.Choice(_QUERIES), help="All that fit unless given.")
@click.option("--now", help="The moment at which the query runs; the case's, or the present, unless given.")
@format_option("text", "json")
@root_option
@reporting_errors
def command(
    detection: str,
    case_id: str | None,
    path: str | None,
    table: str,
    names: tuple[str, ...],
    now: str | None,
    form: str,
    root: Path | None,
) -> None:
    """Run the events of a case, or of a file, through the queries of DETECTION one by one.

    Every stage that an event meets is shown with the values that its conditions read; the first that fails dropped it.
    """
    from emulator.replay.rulebook import compile_rule, query_names
    from emulator.rules import load_detections

    if (case_id is None) == (path is None):
        raise click.UsageError("say which events to explain: --case ID, or --events FILE with --table")
    where = find_root(root)
    chosen = choose(load_detections(where), [detection])[0]
    wanted = [name for name in query_names(chosen) if not names or name.value in names]
    if not wanted:
        raise click.UsageError(f"{chosen.name} has the queries {', '.join(name.value for name in query_names(chosen))}")
    found = []
    for name in wanted:
        rule = compile_rule(chosen, name, where)
        for moment, place, event in _events(rule, chosen, case_id, path, table, now, where):
            found.append((rule, event, _explain(rule, place, event, moment)))
    if not found:
        click.echo("there was no event to explain: name the table of the file's rows with --table", err=True)
    if form == "json":
        print_json([{"query": rule.name.value, "event": dict(event), **one.to_json()} for rule, event, one in found])
        return
    from emulator.reports.explanation import print_explanation

    for rule, event, one in found:
        print_explanation(console(), rule, event, one)


Placed = tuple[datetime, str, Mapping[str, object]]


def _events(
    rule: Rule, detection: Detection, case_id: str | None, path: str | None, table: str, now: str | None, root: Path
) -> Iterator[Placed]:
    from emulator.cli.moments import moment

    if path is not None:
        from emulator.interpreter.files import read_files

        if (table == "events") is (rule.name.language.value == "cql"):
            for event in _first(read_files(path)):
                yield moment(now) or datetime.now().astimezone(), table, event
        return
    staged_now, tables = _staged(rule, detection, str(case_id), root)
    for name, rows in tables.items():
        for row in _first(rows):
            yield moment(now) or staged_now, name, row


def _staged(
    rule: Rule, detection: Detection, case_id: str, root: Path
) -> tuple[datetime, Mapping[str, list[Mapping[str, object]]]]:
    from emulator.diagnostics import did_you_mean
    from emulator.replay.corpus import load_material
    from emulator.replay.staging import stage

    cases = {case.id: case for case in detection.cases}
    if case_id not in cases:
        help = did_you_mean(case_id, cases, "`ruleproof test` lists the cases")
        raise click.UsageError(f"{detection.name} has no case `{case_id}`: {help}")
    staged = stage(cases[case_id], rule.name.language, load_material(root))
    return staged.now, staged.tables


def _first(rows: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    for number, row in enumerate(rows):
        if number == MOST_EVENTS:
            click.echo(f"only the first {MOST_EVENTS} events are explained", err=True)
            return
        yield row


def _explain(rule: Rule, table: str, event: Mapping[str, object], now: datetime) -> Explanation:
    from emulator.proof.why import explain_event

    return explain_event(rule.query, table, event, now, rule.given)
