"""`ruleproof test`: judge every case of every detection."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
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
from emulator.diagnostics import QueryError, render

if TYPE_CHECKING:
    from emulator.interpreter.context import Limits
    from emulator.replay.judging import Judgement


@click.command("test", short_help="judge every case of every detection")
@click.argument("detections", nargs=-1)
@format_option("table", "json", "junit", "github")
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write JUnit XML to FILE.",
)
@root_option
@reporting_errors
@limit_options
def command(detections: tuple[str, ...], form: str, junit_file: Path | None, root: Path | None, limits: Limits) -> None:
    """Judge every case of the given DETECTIONS (all unless given): names, folders or ATT&CK techniques.

    Each case runs through the queries as deployed and through the tuned ones.
    """
    from emulator.replay.judging import Judgement

    broken: QueryError | None = None
    try:
        judgement = _judge(find_root(root), detections, limits)
    except QueryError as error:
        judgement, broken = Judgement(problems=error.diagnostics), error
    if junit_file is not None:
        from emulator.cli.output_files import write_whole
        from emulator.reports.junit import junit_xml

        write_whole(junit_file, junit_xml(judgement))
    if broken is not None and form == "json":
        raise broken
    _print(judgement, form)
    sys.exit(judgement.exit_code)


def _judge(root: Path, names: Sequence[str], limits: Limits) -> Judgement:
    """Judge the chosen detections. Raises QueryError when files can't be read."""
    from emulator.proof.blame import explain_failures
    from emulator.replay.corpus import load_material
    from emulator.replay.judging import judge
    from emulator.replay.rulebook import query_names
    from emulator.rules import load_detections

    chosen = choose(load_detections(root), names)
    material = load_material(root)
    total = sum(len(one.cases) * len(query_names(one)) for one in chosen)
    with progress("judging", total) as advance:
        judgement = judge(chosen, material, root, advance, limits)
    explain_failures(judgement, material, root)
    return judgement


def _print(judgement: Judgement, form: str) -> None:
    if form == "json":
        print_json([one.to_json() for one in judgement.verdicts])
        for problem in judgement.problems:
            click.echo(render(problem), err=True)
    elif form == "junit":
        from emulator.reports.junit import junit_xml

        click.echo(junit_xml(judgement), nl=False)
    elif form == "github":
        _github(judgement)
    else:
        from emulator.reports.verdict_table import print_judgement

        print_judgement(console(), judgement)


def _github(judgement: Judgement) -> None:
    from emulator.cli.output_files import add_to_summary
    from emulator.reports.github import error_commands, verdict_summary
    from emulator.reports.verdict_table import print_judgement

    print_judgement(console(), judgement)
    for line in error_commands(judgement):
        click.echo(line)
    add_to_summary(verdict_summary(judgement))
