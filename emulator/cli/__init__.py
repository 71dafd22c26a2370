"""The command `ruleproof`: one module a command, loaded when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "check": "syntax, names, types and lints of rules, without running them",
    "diff": "show which alerts a change of rules adds and takes away",
    "explain-plan": "show what of a query runs on an engine, and why not the rest",
    "functions": "what is supported, on which evidence, and what is a gap",
    "events": "make files of events that rules are replayed over",
    "explain": "what a diagnostic code or an assumption means",
    "label": "walk through alerts on a corpus and say which are true",
    "query": "run one query over event files",
    "replay": "run rules over a corpus and measure how often they fire",
    "schedule": "run rules on a virtual clock: what their schedules miss and repeat",
    "sigma": "compare Sigma rules with written queries, convert them, make events of them",
    "test": "judge every case of every detection",
    "why": "show which stage or branch of a rule dropped an event",
}


class Commands(click.Group):
    """Commands with what each is for; a command's module is loaded when it is called, so that starting stays quick."""

    def __init__(self, *args: Any, summaries: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._summaries = summaries

    def main(self, args: Sequence[str] | None = None, *others: Any, **options: Any) -> Any:
        """Run as a process of its own, when no arguments are handed in, within the memory that the machine has left."""
        if args is None:
            bound_memory()
        return super().main(args, *others, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in self._summaries:
            return None
        command: click.Command = importlib.import_module(f"emulator.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self._summaries.items()))


def bound_memory(share: float = 0.9) -> None:
    """Let a hostile rule run into an error of its own before the machine runs out of memory; where systems can.

    Linux says in /proc what is left; elsewhere such a limit is not kept anyway.
    """
    import contextlib

    with contextlib.suppress(ImportError, OSError, StopIteration, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        available = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
        most = pages * resource.getpagesize() + int(available * share)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


@click.command(
    cls=Commands, summaries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}
)
@click.version_option(package_name="ruleproof")
def main() -> None:
    """Run KQL and LogScale CQL detection rules unmodified, and test them with replayed logs.

    Exit codes: 0 all good, 1 a verdict failed, 2 a rule or file is wrong, 3 the emulator can't run a rule.
    """
