"""`ruleproof explain-plan`: what of a query an engine evaluates, what the interpreter, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from emulator.cli.repository import choose, find_root, format_option, print_json, reporting_errors, root_option

if TYPE_CHECKING:
    from emulator.columnar.duckdb.explaining import Explained
    from emulator.query import Query

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
@root_option
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
    root: Path | None,
) -> None:
    """Show what of QUERY runs where, and why.

    QUERY is a file, - for standard input, or a detection's name, folder or technique, all queries of which are shown,
    with the tunings too. Without files of events, columns are supposed to be of the types that `events convert` gives.
    """
    from emulator.cli.moments import moment
    from emulator.cli.sources import pairs
    from emulator.clock import from_datetime

    given = pairs(tables, "--table") | ({} if events is None else {"events": events})
    at = from_datetime(moment(now) or datetime.now(UTC))
    if _is_text(query):
        found = _explained(_of_text(query, language, assume), given, at)
        _print({"": found}, sql=sql) if form == "tree" else print_json(found.to_json(sql=sql))
        return
    if language is not None or assume:
        raise click.UsageError("--language and --assume are of query files: a detection says both itself")
    several = {name: _explained(one, given, at) for name, one in _of_detections(str(query), root).items()}
    if form == "tree":
        _print(several, sql=sql)
    else:
        print_json([{"query": name, **found.to_json(sql=sql)} for name, found in several.items()])


def _is_text(query: Path) -> bool:
    """Whether it is a text to read; a file of a query that is missing is said to be."""
    return str(query) == "-" or query.is_file() or query.suffix.lower() in _BY_ENDING


def _of_text(query: Path, language: str | None, assume: tuple[str, ...]) -> Query:
    import emulator
    from emulator.cli.sources import read_query

    text, name = read_query(query)
    chosen = language or _BY_ENDING.get(query.suffix.lower())
    if chosen is None:
        raise click.UsageError("say which language it is: --language kql or --language cql")
    spoken: Literal["kql", "cql"] = "kql" if chosen == "kql" else "cql"
    return emulator.compile(text, language=spoken, assume=assume, name=name)


def _of_detections(name: str, root: Path | None) -> dict[str, Query]:
    """The queries of the detections that a name means, by detection and query."""
    from emulator.replay.rulebook import compile_rule, query_names
    from emulator.rules import load_detections

    where = find_root(root)
    return {
        f"{one.name} {query.value}": compile_rule(one, query, where).query
        for one in choose(load_detections(where), [name])
        for query in query_names(one)
    }


def _explained(query: Query, given: Mapping[str, str], at: int) -> Explained:
    from emulator.diagnostics import Diagnostic, QueryError
    from emulator.engines import NOT_INSTALLED
    from emulator.query import STOPS
    from emulator.source import NOWHERE, Source

    try:
        from emulator.columnar.duckdb.explaining import explained
    except ImportError as error:
        message, help = f"the engine `duckdb` needs the package `{error.name}`", "pip install 'ruleproof[duckdb]'"
        raise QueryError([Diagnostic(NOT_INSTALLED, message, NOWHERE, help, Source("engine", ""))]) from None
    try:
        return explained(query.plan, given, at)
    except STOPS as error:
        raise query.stopped(error, {}) from None


def _print(found: Mapping[str, Explained], *, sql: bool) -> None:
    from emulator.reports.plan_tree import plan_lines

    for place, (name, one) in enumerate(found.items()):
        if name:
            click.echo(f"\n{name}" if place else name)
        for line in plan_lines(one, sql=sql):
            click.echo(line)
