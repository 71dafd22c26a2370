"""`ruleproof events convert`: files of events as one Parquet file, typed and sorted by time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.output_files import whole_file
from emulator.cli.progress import progress
from emulator.cli.repository import format_option, print_json, reporting_errors

if TYPE_CHECKING:
    from emulator.events.conversion import Conversion
    from emulator.interpreter.lines import BadLine, OnBadLine
    from emulator.types import RowType


@click.command("convert", short_help="JSON lines, CSV or Parquet to Parquet, typed and sorted by time")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--table", "-t", metavar="NAME", help="The table whose rows FILES hold: its schema types the columns.")
@click.option("--stream", is_flag=True, help="FILES hold events of a CQL stream, with any fields.")
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="What to write.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to keep lines that can't be converted.",
)
@format_option("text", "json")
@reporting_errors
def command(
    files: tuple[str, ...], table: str | None, stream: bool, output: Path, rejects: Path | None, form: str
) -> None:
    """Convert FILES (paths or globs of JSON lines, CSV or Parquet; .gz, .bz2 or .zst may follow) to one Parquet file.

    Queries give the same rows on it as on FILES; it is sorted by time, so that a range of time reads a part of it. What
    it was made from is told in its metadata. Lines that can't be converted are counted, quoted and kept aside.

    Exit codes: 0 all rows are there, 1 some were left out, 2 a file can't be read or written.
    """
    from emulator.interpreter.files import files_of

    if (table is None) is not stream:
        raise click.UsageError("say what the files hold: --table NAME or --stream")
    row = None if table is None else _row_type(table)
    paths = [path for pattern in files for path in files_of(pattern)]
    if output.suffix.lower() != ".parquet":
        raise click.UsageError(f"name the output .parquet, not {output.name}: queries know formats by their names")
    with _keeping(rejects) as keep, progress("batches of rows", None) as advance:
        done = _convert(paths, row, table or "events", output, keep, advance)
    if form == "json":
        print_json(done.to_json())
    else:
        _print(done, output)
    sys.exit(int(done.rejected > 0))


def _row_type(table: str) -> RowType:
    from emulator.diagnostics import did_you_mean
    from emulator.schema import BUILT_IN

    found = BUILT_IN.table(table)
    if found is None:
        help = did_you_mean(table, BUILT_IN.names(), "`--stream` converts events of any kind")
        raise click.UsageError(f"there is no table `{table}`: {help}")
    return found


@contextmanager
def _keeping(path: Path | None) -> Iterator[OnBadLine]:
    """What keeps rejected lines aside while the block runs."""
    if path is None:
        yield lambda _: None
        return
    with whole_file(path) as file:

        def keep(bad: BadLine) -> None:
            file.write(bad.line.rstrip(b"\r\n") + b"\n")

        yield keep


def _convert(
    paths: list[Path], row: RowType | None, what: str, output: Path, keep: OnBadLine, advance: Callable[[], None]
) -> Conversion:
    try:
        from emulator.events.conversion import convert
    except ImportError:
        from emulator.interpreter.lines import needs_pyarrow

        raise needs_pyarrow(str(output)) from None
    return convert(paths, row, what, partial(whole_file, output), on_reject=keep, advance=lambda _: advance())


def _print(done: Conversion, output: Path) -> None:
    click.echo(f"{done.rows:,} rows in {done.columns} columns: {output}")
    for name, rows in done.unknown.items():
        click.echo(f"left out: column `{name}`, which {done.what} does not have ({rows:,} rows)", err=True)
    if not done.rejected:
        return
    click.echo(f"left out: {done.rejected:,} rows that can't be converted", err=True)
    for bad in done.quoted:
        click.echo(f"  {bad.path}:{bad.number}: {bad.message}", err=True)
        click.echo(f"    {_excerpt(bad.line)}", err=True)


def _excerpt(line: bytes) -> str:
    """The start of a line, on one line of a terminal."""
    text = "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line[:200].decode("utf8", "replace")
    )
    return text if len(text) <= 72 else f"{text[:71]}\N{HORIZONTAL ELLIPSIS}"
