"""`ruleproof events map`: events of one sensor as another would have recorded them, with what each field rests on."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from emulator.cli.output_files import whole_file
from emulator.cli.progress import progress
from emulator.cli.repository import format_option, print_json, reporting_errors

if TYPE_CHECKING:
    from emulator.events.mapping.mapper import MappedEvent
    from emulator.events.mapping.report import MappingReport
    from emulator.events.recordings.lines import RecordedEvent
    from emulator.interpreter.lines import BadLine, OnBadLine

SENSORS = {
    "defender": "defender",
    "falcon": "falcon:ng-siem",
    "falcon:ng-siem": "falcon:ng-siem",
    "falcon:fdr": "falcon:fdr",
}
_QUOTED = 5
"""Lines that are no events and are told one by one."""
_REPORT = "mapping.json"
_WIDTH = 80


@click.command("map", short_help="events of one sensor as another would have recorded them")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--to", "target", required=True, type=click.Choice([*SENSORS]), help="The sensor to map to.")
@click.option(
    "--output", "-o", type=click.Path(file_okay=False, path_type=Path), help="Folder to write: a corpus of tables."
)
@click.option("--explain", is_flag=True, help="Say of each field what it rests on and how many rows have it.")
@click.option(
    "--table", "-t", metavar="NAME", help="The table whose rows FILES hold, where neither rows nor names tell."
)
@click.option("--supposed", is_flag=True, help="Fill fields that queries suppose and no native event was seen with.")
@format_option("text", "json")
@reporting_errors
def command(
    files: tuple[str, ...],
    target: str,
    output: Path | None,
    explain: bool,
    table: str | None,
    supposed: bool,
    form: str,
) -> None:
    """Map the events in FILES (paths or globs of JSON lines, CSV or Parquet) to Defender's tables or Falcon's events.

    FILES hold recorded events, Windows events that were imported, rows of Defender's tables and SecurityEvent, or
    Falcon's events. Every field rests on a published mapping, on a choice that is named, or stays missing with its
    reason: a mapped row is never complete, and says nothing of what a sensor would have chosen to record.
    The output is a corpus for `ruleproof replay`, beside mapping.json, which holds the explanation.

    FILES are read twice: command lines, parents and digests are joined from the start of the process, wherever it
    stands. The exit code is 1 when lines were left out that are no events.
    """
    from emulator.interpreter.files import files_of

    if output is None and not explain:
        raise click.UsageError("say what to do: --output FOLDER, --explain, or both")
    _check_table(table)
    paths = [path for pattern in files for path in files_of(pattern)]
    report, quoted = _map(paths, SENSORS[target], table, output, supposed=supposed)
    if form == "json":
        print_json({**report.to_json(), "first_bad": [_quoted(bad) for bad in quoted]})
    else:
        _print(report, explain=explain)
        for bad in quoted:
            click.echo(_quoted(bad), err=True)
    sys.exit(int(report.bad > 0))


def _check_table(name: str | None) -> None:
    from emulator.diagnostics import did_you_mean
    from emulator.schema import BUILT_IN

    if name is not None and BUILT_IN.table(name) is None:
        help = did_you_mean(name, list(BUILT_IN.names()), "`ruleproof functions` names those that are known")
        raise click.UsageError(f"there is no table `{name}`: {help}")


def _map(
    paths: list[Path], sensor: str, table: str | None, output: Path | None, *, supposed: bool
) -> tuple[MappingReport, list[BadLine]]:
    from emulator.events.mapping.mapper import MappedEvent, Mapper
    from emulator.events.mapping.native_rows import read_native
    from emulator.events.mapping.report import MappingReport

    mapper = Mapper(sensor, supposed=supposed)
    report = MappingReport(mapper.sensor, supposed)
    quoted: list[BadLine] = []

    def events(on_bad: OnBadLine) -> Iterator[RecordedEvent]:
        for path in paths:
            yield from read_native(path, table, on_bad)
            advance()

    with ExitStack() as open_files, progress("files, read twice", 2 * len(paths)) as advance:
        sink = None if output is None else _Tables(output, open_files)
        for outcome in mapper.stream(events(_ignored), events(partial(_count, report, quoted))):
            report.add(outcome)
            if sink is not None and isinstance(outcome, MappedEvent):
                sink.write(outcome)
        if sink is not None:
            sink.write_report(report)
    return report, quoted


def _ignored(_: BadLine) -> None:
    """The first time that files are read: lines that are no events are counted the second time."""


def _count(report: MappingReport, quoted: list[BadLine], bad: BadLine) -> None:
    report.bad += 1
    if len(quoted) < _QUOTED:
        quoted.append(bad)


class _Tables:
    """A folder of tables that is filled row by row; its files are there once all of them are whole."""

    def __init__(self, folder: Path, open_files: ExitStack) -> None:
        self._folder = folder
        self._open = open_files
        self._files: dict[str, BinaryIO] = {}

    def write(self, mapped: MappedEvent) -> None:
        """Add a row to its table."""
        import orjson

        file = self._files.get(mapped.table)
        if file is None:
            from emulator.events.sensors import FALCON_STREAM

            # A file `events.jsonl` would be taken for recorded events; a folder of that name holds the stream.
            name = "events/mapped.jsonl" if mapped.table == FALCON_STREAM else f"{mapped.table}.jsonl"
            file = self._files[mapped.table] = self._new(name)
        file.write(orjson.dumps(mapped.row, option=orjson.OPT_APPEND_NEWLINE))

    def write_report(self, report: MappingReport) -> None:
        """Tell beside the tables what they rest on."""
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        self._new(_REPORT).write(orjson.dumps(report.to_json(), option=options))

    def _new(self, name: str) -> BinaryIO:
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{path.parent} can't be made: {error.strerror}") from None
        return self._open.enter_context(whole_file(path))


def _print(report: MappingReport, *, explain: bool) -> None:
    for table, rows in sorted(report.tables.items()):
        click.echo(f"{rows:>12,} {table}")
    for reason, count in report.unmapped.most_common():
        click.echo(_wrapped(f"{count:>12,} left out: ", reason))
    click.echo(f"{report.events:>12,} events, of which {report.mapped:,} are mapped to {report.sensor.value}")
    if report.bad:
        click.echo(f"{report.bad:>12,} lines are no events")
    if explain:
        _explain(report)


def _explain(report: MappingReport) -> None:
    for head, told in report.lines():
        click.echo(head if told else f"\n{head}")
        if told:
            click.echo(_wrapped("      ", told))
    if report.rules:
        click.echo()
    for letter, title in report.legend().items():
        click.echo(_wrapped(f"{letter}: ", title))


def _wrapped(start: str, text: str) -> str:
    indent = " " * min(len(start), 14)
    return textwrap.fill(text, _WIDTH, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)


def _quoted(bad: BadLine) -> str:
    return f"{bad.path}:{bad.number}: {bad}; {bad.help}"
