"""`ruleproof events import`: events that other tools wrote, as typed Parquet with their provenance."""  # noqa: N999 - a module has its command's name

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
from emulator.cli.repository import print_json, reporting_errors
from emulator.events.importing.formats import FORMATS, format_called

if TYPE_CHECKING:
    from emulator.events.importing.importing import Wanted
    from emulator.events.importing.provenance import Import

_MEBIBYTE = 1 << 20
_MOST_TOLD = 10
"""Files that are no events and columns that no table has, named one by one."""


@click.command(
    "import",
    short_help="logs, archives and exports of other tools, as typed Parquet",
    epilog="Formats: " + "; ".join(f"{one.name}: {one.title}" for one in FORMATS) + ".",
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(exists=True, path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder to make; it must not hold anything.")
@click.option(
    "--format",
    "-f",
    "named",
    type=click.Choice([one.name for one in FORMATS]),
    help="The format of every SOURCE; its content tells unless given.",
)
@click.option("--table", "-t", metavar="NAME", help="The table of rows that tell none; `events` is the stream of CQL.")
@click.option(
    "--report", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
@reporting_errors
def command(sources: tuple[Path, ...], to: Path, named: str | None, table: str | None, form: str) -> None:
    """Import every SOURCE (a file, an archive, or a folder of them) into the folder TO.

    Windows events become Sentinel's table WindowsEvent, rows of Microsoft's products the tables that they come from,
    events of Falcon and LogScale the stream `events`; other rows become tables of texts, named for their files.
    Archives are read as streams. Beside the tables, import.json tells what each comes from, and import.rejected.jsonl
    keeps what could not be read. Nothing is left of an import that fails.

    Exit codes: 0 all is there, 1 some records were rejected, 2 a source can't be read.
    """
    if table is not None:
        _check_table(table)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise click.UsageError(f"{to} is there already: name a new folder")
    total = sum(one.stat().st_size for path in sources for one in _files(path))
    with progress("MiB", total // _MEBIBYTE) as advance:
        done = _import(sources, to, named, table, _mebibytes(advance))
    if form == "json":
        print_json(done.to_json())
    else:
        _print(done, to)
    sys.exit(int(done.counts.rejected.total() > 0))


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]


def _check_table(table: str) -> None:
    from emulator.diagnostics import did_you_mean
    from emulator.events.importing.products import STREAM, row_type
    from emulator.schema import BUILT_IN

    if table != STREAM and row_type(table) is None:
        help = did_you_mean(table, BUILT_IN.names(), f"`{STREAM}` holds events of any kind")
        raise click.UsageError(f"there is no table `{table}`: {help}")


def _import(
    sources: tuple[Path, ...], to: Path, named: str | None, table: str | None, advance: Callable[[int], None]
) -> Import:
    try:
        from emulator.events.importing.importing import Wanted, import_events
    except ImportError:
        from emulator.interpreter.lines import needs_pyarrow

        raise needs_pyarrow(str(to)) from None
    wanted: Wanted = Wanted(None if named is None else format_called(named), table)
    try:
        return import_events(sources, to, wanted, advance=advance)
    except OSError as error:
        raise click.UsageError(f"{to} can't be written: {error.strerror}") from None


def _mebibytes(advance: Callable[[], None]) -> Callable[[int], None]:
    """Tells a bar of mebibytes how many bytes were read."""
    left = 0

    def tell(count: int) -> None:
        nonlocal left
        left += count
        while left >= _MEBIBYTE:
            left -= _MEBIBYTE
            advance()

    return tell


def _print(done: Import, to: Path) -> None:
    from emulator.events.importing.products import STREAM

    counts = done.counts
    for (name, framing), files in sorted(Counter((one.format, one.framing) for one in done.files).items()):
        kept = sum(one.counts.kept for one in done.files if (one.format, one.framing) == (name, framing))
        click.echo(f"{kept:>13,} events of {files:,} file{'' if files == 1 else 's'}: {name} ({framing})")
    for table in done.tables.values():
        told = "" if table.typed or table.name == STREAM else " (texts: there is no schema)"
        click.echo(f"{table.rows:>13,} rows in {table.columns} columns: {to / table.name}.parquet{told}")
    for file in done.files:
        if file.possible:
            click.echo(f"name the table of {file.name} by --table: {', '.join(sorted(file.possible))}", err=True)
    _print_skipped(done)
    if counts.untimed:
        click.echo(f"without a time: {counts.untimed:,} events", err=True)
    if not counts.rejected:
        return
    click.echo(f"rejected: {counts.rejected.total():,} of {counts.read:,} records", err=True)
    for one in done.quoted[:5]:
        click.echo(f"  {one.file}:{one.line}: {one.message} [{one.code}]", err=True)
        if one.text:
            click.echo(f"    {one.text}", err=True)


def _print_skipped(done: Import) -> None:
    skipped = [(name, seen) for source in done.sources for name, seen in source.skipped.items()]
    for name, seen in skipped[:_MOST_TOLD]:
        click.echo(f"skipped: {name}: {seen}", err=True)
    if len(skipped) > _MOST_TOLD:
        click.echo(f"skipped: {len(skipped) - _MOST_TOLD:,} more files; import.json names them", err=True)
    unknown = [(table.name, name, rows) for table in done.tables.values() for name, rows in table.unknown.items()]
    for table_name, name, rows in unknown[:_MOST_TOLD]:
        click.echo(f"left out: column `{name}`, which {table_name} does not have ({rows:,} rows)", err=True)
    if len(unknown) > _MOST_TOLD:
        click.echo(f"left out: {len(unknown) - _MOST_TOLD:,} more columns; import.json names them", err=True)
