"""`ruleproof test`: judge every case of every detection."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from emulator.cli.packages import is_package_path, parser_verdicts
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
@limit_options()
def command(detections: tuple[str, ...], form: str, junit_file: Path | None, root: Path | None, limits: Limits) -> None:
    """Judge every case of the given DETECTIONS (all unless given): names, folders or ATT&CK techniques.

    Each case runs through the queries as deployed and through the tuned ones. Of LogScale packages, and of files of
    them, the tests of the parsers run.
    """
    from emulator.replay.judging import Judgement

    if any(map(is_package_path, detections)):
        _test_packages(detections, form, junit_file, limits)
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


def _test_packages(names: Sequence[str], form: str, junit_file: Path | None, limits: Limits) -> NoReturn:
    """Run the tests of packages' parsers and leave: 0 all hold, 1 one fails; their other files only have to compile."""
    from emulator.replay.judging import Judgement
    from emulator.reports.junit import junit_xml
    from emulator.reports.parser_table import print_parser_tests

    others = [name for name in names if not is_package_path(name)]
    if others:
        raise click.UsageError(f"`{others[0]}` is no package: name packages alone, or detections alone")
    verdicts = parser_verdicts(names, limits)
    failures = [failure for one in verdicts for failure in one.failures]
    xml = junit_xml(Judgement(problems=failures))
    if junit_file is not None:
        from emulator.cli.output_files import write_whole

        write_whole(junit_file, xml)
    if form == "json":
        print_json([one.to_json() for one in verdicts])
    elif form == "junit":
        click.echo(xml, nl=False)
    else:
        print_parser_tests(console(), verdicts)
    if form == "github":
        from emulator.reports.diagnostics_list import github_marks

        for line in github_marks(failures):
            click.echo(line)
    sys.exit(int(bool(failures)))


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
