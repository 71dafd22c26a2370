"""`ruleproof explain-plan`: what of a query an engine evaluates, what the interpreter, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from emulator.cli.repository import format_option, print_json, reporting_errors

_BY_ENDING = {".kql": "kql", ".csl": "kql", ".cql": "cql", ".logscale": "cql"}


@click.command("explain-plan", short_help="show what of a query runs on an engine, and why not the rest")
@click.argument("query", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--language", "-l", type=click.Choice(["kql", "cql"]), help="Known by the file's ending unless given.")
@click.option("--table", "-t", "tables", multiple=True, metavar="NAME=PATH", help="Parquet files of a table.")
@click.option("--events", "-e", metavar="PATH", help="The event stream of a CQL query: Parquet files.")
@click.option("--engine", type=click.Choice(["duckdb"]), default="duckdb", help="The engine.")
@click.option("--now", help="The moment at which the query runs, as 2026-03-01T12:00:00Z.")
@click.option("--assume", multiple=True, metavar="NAME", help="Opt in to a named assumption.")
@click.option("--sql", is_flag=True, help="Show the statements too.")
@format_option("tree", "json")
@reporting_errors
def command(
    query: Path,
    language: str | None,
    tables: tuple[str, ...],
    events: str | None,
    engine: str,  # noqa: ARG001 - there is one so far
    now: str | None,
    assume: tuple[str, ...],
    sql: bool,
    form: str,
) -> None:
    """Show what of QUERY (a file, or - for standard input) runs where, and why.

    Without files, columns are supposed to be of the types that `events convert` gives them.
    """
    import emulator
    from emulator.cli.moments import moment
    from emulator.cli.sources import pairs, read_query
    from emulator.clock import from_datetime
    from emulator.columnar.duckdb.explaining import explained
    from emulator.query import STOPS

    text, name = read_query(query)
    chosen = language or _BY_ENDING.get(query.suffix.lower())
    if chosen is None:
        raise click.UsageError("say which language it is: --language kql or --language cql")
    given = pairs(tables, "--table") | ({} if events is None else {"events": events})
    spoken: Literal["kql", "cql"] = "kql" if chosen == "kql" else "cql"
    compiled = emulator.compile(text, language=spoken, assume=assume, name=name)
    at = from_datetime(moment(now) or datetime.now(UTC))
    try:
        found = explained(compiled.plan, given, at)
    except STOPS as error:
        raise compiled.stopped(error, {}) from None
    if form == "json":
        print_json(found.to_json(sql=sql))
        return
    from emulator.reports.plan_tree import plan_lines

    for line in plan_lines(found, sql=sql):
        click.echo(line)
