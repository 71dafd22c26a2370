"""`ruleproof diff`: what a change of rules changes, alert by alert."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
from emulator.cli.repository import (
    OVER_CORPUS,
    choose,
    find_root,
    limit_options,
    print_json,
    reporting_errors,
    root_option,
)

if TYPE_CHECKING:
    from emulator.interpreter.context import Limits
    from emulator.replay.changes.differences import Difference, Versions
    from emulator.replay.corpus import Material
    from emulator.rules import Case


@click.command("diff", short_help="show which alerts a change of rules adds and takes away")
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option("--tuned", is_flag=True, help="Compare every query as deployed with the same query as tuned instead.")
@click.option("--detection", "-d", "names", multiple=True, help="With --tuned, only this detection.")
@click.option(
    "--corpus", "corpora", multiple=True, type=click.Path(exists=True, path_type=Path), help="Also over this corpus."
)
@click.option("--hosts", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="Synthetic hosts.")
@click.option("--days", type=click.IntRange(1, 3650), default=2, show_default=True, help="Synthetic days.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the synthetic organisation.")
@click.option(
    "--fail-on",
    type=click.Choice(["lost", "new", "any", "never"]),
    default="lost",
    show_default=True,
    help="Leave with exit code 1 when an attack is lost, when alerts are new, or when anything changes.",
)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw the rates before and after on each corpus into this folder, as SVG and PNG.",
)
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write it all as a page of HTML.")
@root_option
@reporting_errors
@limit_options(OVER_CORPUS)
def command(
    base: str | None,
    head: str | None,
    tuned: bool,
    names: tuple[str, ...],
    corpora: tuple[Path, ...],
    hosts: int,
    days: int,
    seed: int,
    fail_on: str,
    form: str,
    pictures: Path | None,
    page: Path | None,
    root: Path | None,
    limits: Limits,
) -> None:
    """Replay the rules that differ between the commits BASE and HEAD (the files as they are, unless given).

    Both versions run over the cases and over each corpus: which alerts appear, which vanish, and by how much the rates
    change. An attack that no version loses keeps the exit code 0 (see --fail-on).
    """
    from emulator.replay.corpus import load_material
    from emulator.rules import load_detections

    if (base is None) is not tuned:
        raise click.UsageError("name the commit to compare with, such as `ruleproof diff main`, or give --tuned")
    where = find_root(root)
    with ExitStack() as folders:
        if tuned:
            from emulator.replay.changes.touched import tuned as tuned_versions

            versions = tuned_versions(choose(load_detections(where), names), where, limits)
        else:
            from emulator.replay.changes.touched import touched
            from emulator.replay.changes.versions import version

            old = folders.enter_context(version(where, base or ""))
            new = where if head is None else folders.enter_context(version(where, head))
            versions = touched(old, new, limits)
        found = _differences(versions, load_material(where), corpora, (hosts, days, seed))
    if pictures is not None or page is not None:
        _draw(found, pictures, page)
    _print(found, form)
    sys.exit(int(_fails(found, fail_on)))


def _differences(
    versions: list[Versions], material: Material, corpora: tuple[Path, ...], size: tuple[int, int, int]
) -> list[Difference]:
    from emulator.cli.schedule import corpus_parts
    from emulator.replay.changes.differences import on_cases, on_part

    parts = corpus_parts(corpora, material, *size) if versions else []
    found: list[Difference] = []
    with progress("comparing", len(versions) * (1 + len(parts))) as advance:
        for one in versions:
            found += on_cases(one, _cases(one), material)
            advance()
            for part in parts:
                found.append(on_part(one, part))
                advance()
    return found


def _cases(versions: Versions) -> list[Case]:
    """The cases of both versions; the newer one of two with the same identifier."""
    rules = [rule for rule in (versions.before, versions.after) if rule is not None]
    return list({case.id: case for rule in rules for case in rule.detection.cases}.values())


def _print(found: list[Difference], form: str) -> None:
    if form == "json":
        print_json([one.to_json() for one in found])
        return
    from emulator.reports.difference_table import difference_lines, difference_markdown

    click.echo("\n".join(difference_lines(found)) if form == "text" else difference_markdown(found).rstrip())


def _draw(found: list[Difference], folder: Path | None, page: Path | None) -> None:
    from emulator.cli.measured import drawing_package, write_pictures
    from emulator.cli.output_files import write_whole

    with drawing_package():
        from emulator.reports.difference_page import difference_page
        from emulator.reports.pictures.changes import changes_picture
    drawn = changes_picture(found)
    pictures = [] if drawn is None else [drawn]
    if folder is not None:
        if drawn is None:
            click.echo("no picture: no touched rule was replayed over a corpus; name one by --corpus", err=True)
        write_pictures(folder, pictures)
    if page is not None:
        write_whole(page, difference_page(found, pictures))


def _fails(found: list[Difference], fail_on: str) -> bool:
    new, gone = any(one.appeared for one in found), any(one.vanished for one in found)
    lost = any(one.lost for one in found)
    return {"lost": lost, "new": lost or new, "any": new or gone, "never": False}[fail_on]
