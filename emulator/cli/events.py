"""`ruleproof events`: a group of commands, each in the module of its name."""

from __future__ import annotations

import click

from emulator.cli import Commands

COMMANDS = {
    "compare": "a synthetic organisation beside recordings: which of its events are distributed like theirs",
    "convert": "JSON lines, CSV or Parquet to Parquet, typed and sorted by time",
    "fetch": "recordings that manifests name, from here or from where they are published",
    "generate": "the benign events of a synthetic organisation, as Parquet files",
    "import": "logs, archives and exports of other tools, as typed Parquet",
    "map": "events of one sensor as another would have recorded them",
    "scrub": "replace every identity in events, so that they may be shared",
}


@click.command("events", cls=Commands, summaries=COMMANDS)
def command() -> None:
    """Make files of events that rules are replayed over."""
