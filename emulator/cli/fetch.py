"""`ruleproof events fetch`: the recordings that manifests name, from here or from where they are published."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.progress import progress
from emulator.cli.repository import console, find_root, format_option, print_json, reporting_errors, root_option

if TYPE_CHECKING:
    from emulator.events.recordings.registry import Download, Found, Published

_TOLD = 20
"""Files of one manifest that are told as missing; JSON has all."""


@click.command("fetch", short_help="recordings that manifests name, from here or from where they are published")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="Say what there is and what of it is here; fetch nothing.")
@click.option("--offline", is_flag=True, help="Fetch nothing: say what is missing.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where fetched files are kept; in the user's cache folder unless given.",
)
@format_option("text", "json")
@root_option
@reporting_errors
def command(
    names: tuple[str, ...], listing: bool, offline: bool, cache: Path | None, form: str, root: Path | None
) -> None:
    """Have the recordings NAME here: of a manifest in corpus/recorded, or of some of its files, as in `otrf/*smb*`.

    A file counts by its SHA-256 alone. It is looked for in the folder that RULEPROOF_RECORDINGS names, which is used
    in place, then in the cache; what is in neither is fetched from the address of its manifest. All names are
    fetched unless some are given. The exit code is 1 when a file is missing that is published.
    """
    from emulator.events.recordings.manifests import load_manifests
    from emulator.events.recordings.mapped import recordings_folder
    from emulator.events.recordings.registry import Standing, Stores, chosen, obtain, published
    from emulator.replay.cache.results import default_folder

    where = find_root(root)
    files = chosen(published(load_manifests(where / "corpus" / "recorded", where)), names)
    stores = Stores(recordings_folder(), cache or default_folder() / "recordings")
    fetching = None if listing or offline else _download()
    with progress("recordings", len(files)) as advance:
        found = list(obtain(files, stores, fetching, advance))
    if form == "json":
        print_json([one.to_json() for one in found])
    else:
        _print_counts(found)
        if listing:
            _print_listed(found, every=bool(names))
        else:
            _print_missing(found)
            if any(one.standing in (Standing.CACHED, Standing.FETCHED) for one in found):
                click.echo(f"fetched files are in {stores.cache}")
    sys.exit(0 if listing else _missing(found))


def _download() -> Download:
    try:
        from emulator.events.recordings.downloading import download
    except ImportError:
        return _without_pooch
    return download


def _without_pooch(_file: Published, _place: Path) -> None:
    raise OSError("fetching needs the package `pooch`: pip install 'ruleproof[fetch]'")


def _print_counts(found: Sequence[Found]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("recordings", overflow="fold")
    for heading in ("files", "here", "MiB", "events"):
        table.add_column(heading, justify="right")
    table.add_column("label")
    for name, group in groupby(found, lambda one: one.file.manifest.name):
        some = list(group)
        size = sum(one.file.facts.bytes or 0 for one in some) / (1 << 20)
        events = sum(one.file.facts.recorded for one in some)
        here = sum(one.is_here for one in some)
        label = some[0].file.manifest.label
        table.add_row(name, f"{len(some):,}", f"{here:,}", f"{size:,.1f}", f"{events:,}", label)
    console().print(table)


def _print_listed(found: Sequence[Found], *, every: bool) -> None:
    """Where recordings come from; with `every` where each file stands, too."""
    for manifest in {one.file.manifest.name: one.file.manifest for one in found}.values():
        click.echo(f"{manifest.name}: {manifest.repository}@{manifest.commit[:12]}, licence {manifest.licence}")
    for one in found if every else ():
        click.echo(f"{one.standing.value}: {one.file.title}")


def _print_missing(found: Iterable[Found]) -> None:
    for name, group in groupby((one for one in found if not one.is_here), lambda one: one.file.manifest.name):
        missing = list(group)
        for one in missing[:_TOLD]:
            problem = f" ({one.problem})" if one.problem else ""
            click.echo(f"{one.standing.value}: {one.file.title}{problem}", err=True)
        if len(missing) > _TOLD:
            rest = len(missing) - _TOLD
            click.echo(f"and {rest} more of {name} (--format json names them)", err=True)


def _missing(found: Iterable[Found]) -> int:
    """1 when a file is not here that could be."""
    return int(any(not one.is_here and one.file.facts.derived is None for one in found))
