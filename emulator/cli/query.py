"""`ruleproof query`: run one query over event files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from emulator.cli.repository import console, format_option, limit_options, print_json, reporting_errors

if TYPE_CHECKING:
    from emulator.columnar.spark.settings import Spark
    from emulator.interpreter.context import Limits

_BY_ENDING = {".kql": "kql", ".csl": "kql", ".cql": "cql", ".logscale": "cql"}


@click.command("query", short_help="run one query over event files")
@click.argument("query", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--language", "-l", type=click.Choice(["kql", "cql"]), help="Known by the file's ending unless given.")
@click.option("--table", "-t", "tables", multiple=True, metavar="NAME=PATH", help="Rows of a table: a path or glob.")
@click.option("--events", "-e", metavar="PATH", help="The event stream of a CQL query: a path or glob.")
@click.option("--now", help="The moment at which the query runs, as 2026-03-01T12:00:00Z.")
@click.option("--parameter", "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="A query parameter.")
@click.option(
    "--engine",
    type=click.Choice(["interpreter", "duckdb", "spark"]),
    default="interpreter",
    help="What finds the rows in large files.",
)
@click.option("--master", metavar="URL", help="The engine spark: its cluster, as spark://host:7077.")
@click.option("--config", multiple=True, metavar="NAME=VALUE", help="The engine spark: one of its settings.")
@click.option("--assume", multiple=True, metavar="NAME", help="Opt in to a named assumption.")
@format_option("table", "json")
@reporting_errors
@limit_options()
def command(
    query: Path,
    language: str | None,
    tables: tuple[str, ...],
    events: str | None,
    now: str | None,
    parameters: tuple[str, ...],
    engine: str,
    master: str | None,
    config: tuple[str, ...],
    assume: tuple[str, ...],
    form: str,
    limits: Limits,
) -> None:
    """Run QUERY (a file, or - for standard input) over files of JSON lines, CSV or Parquet.

    The engine spark also reads Parquet, Delta and JSON lines in folders and on storage, as s3a://bucket/folder.
    """
    import emulator
    from emulator.cli.moments import moment
    from emulator.cli.sources import pairs, read_query

    text, name = read_query(query)
    chosen = language or _BY_ENDING.get(query.suffix.lower())
    if chosen is None:
        raise click.UsageError("say which language it is: --language kql or --language cql")
    given: dict[str, str] = pairs(tables, "--table")
    if events is not None:
        given["events"] = events
    spoken: Literal["kql", "cql"] = "kql" if chosen == "kql" else "cql"
    compiled = emulator.compile(text, language=spoken, assume=assume, name=name, limits=limits)
    result = compiled.run(
        given,
        now=moment(now),
        parameters=pairs(parameters, "--parameter"),
        engine=_engine(engine, master, pairs(config, "--config")),
    )
    if form == "json":
        more = {"more": [one.to_json() for one in result.more]} if result.more else {}
        print_json({**result.to_json(), **more, "notes": list(result.notes), "read": dict(result.read)})
        return
    from emulator.reports.result_table import print_result

    print_result(console(), result)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    read = ", ".join(f"{count} of {table}" for table, count in result.read.items()) or "nothing"
    count = len(result.rows)
    click.echo(f"{count} row{'' if count == 1 else 's'}; read {read}", err=True)
    sys.exit(0)


def _engine(name: str, master: str | None, config: dict[str, str]) -> str | Spark:
    """The engine with its settings. Raises UsageError for settings that it does not have."""
    if name != "spark":
        if master is not None or config:
            raise click.UsageError("--master and --config are settings of --engine spark")
        return name
    from emulator.columnar.spark.settings import LOCAL, Spark

    return Spark(master or LOCAL, config)
