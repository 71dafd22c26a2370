"""`ruleproof events scrub`: events of a real network with every identity replaced, so that they may be shared."""

from __future__ import annotations

import gzip
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.output_files import whole_file
from emulator.cli.progress import progress
from emulator.cli.repository import format_option, print_json, reporting_errors

if TYPE_CHECKING:
    from emulator.events.scrub.files import Scrubbing


@click.command("scrub", short_help="replace every identity in events, so that they may be shared")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path), help="The file to write; a folder for several."
)
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that holds the key; it is made when it is missing. Keep it out of the repository.",
)
@format_option("text", "json")
@reporting_errors
def command(files: tuple[Path, ...], output: Path, key_file: Path, form: str) -> None:
    """Replace hosts, accounts, domains, addresses, SIDs, identifiers and secrets in FILES of JSON lines.

    The same name becomes the same pseudonym wherever it stands: in fields, paths, command lines, and in every file that
    is scrubbed with the same key. Networks stay networks, well-known accounts and parts of names that tell a role stay.
    What is left and looks personal is listed: look at it before you share the events.
    """
    from emulator.events.scrub.files import scrub_files

    key = _key(key_file)
    several = len(files) > 1 or output.is_dir()
    if several:
        output.mkdir(parents=True, exist_ok=True)
    targets = {path: output / path.name if several else output for path in files}
    _refuse_overwriting(targets)

    def write(path: Path, lines: Iterator[str]) -> None:
        with whole_file(targets[path]) as raw:
            if targets[path].suffix == ".gz":
                with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                    packed.writelines(line.encode("utf8", "surrogatepass") for line in lines)
            else:
                raw.writelines(line.encode("utf8", "surrogatepass") for line in lines)

    with progress("scrubbing", len(files)) as advance:
        done = scrub_files(files, key, write, advance)
    if form == "json":
        print_json(done.to_json())
    else:
        _print(done)


def _key(path: Path) -> bytes:
    """The key in a file; a new one where there is no file."""
    if path.exists():
        key = path.read_bytes().strip()
        if len(key) < 32:
            raise click.UsageError(f"{path} holds no key: a key has at least 32 bytes")
        return key
    key = secrets.token_hex(32).encode()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key + b"\n")
    click.echo(f"{path} holds a new key: keep it secret, and out of the repository", err=True)
    return key


def _refuse_overwriting(targets: dict[Path, Path]) -> None:
    if len(set(targets.values())) < len(targets):
        raise click.UsageError("two of the files have the same name: scrub them one after the other")
    for path, target in targets.items():
        if target.exists() and target.samefile(path):
            raise click.UsageError(f"{path} would be overwritten: name another output")


def _print(done: Scrubbing) -> None:
    def listed(counts: object) -> str:
        assert isinstance(counts, dict)
        return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "none"

    click.echo(f"{done.events:,} events scrubbed")
    click.echo(f"identities found: {listed(dict(done.identities))}")
    click.echo(f"places replaced: {listed(dict(done.replaced))}")
    if not done.leftovers.counts:
        click.echo("nothing else looks personal; look through the events before you share them")
        return
    click.echo("what is left and looks personal:")
    for kind, count in sorted(done.leftovers.counts.items()):
        click.echo(f"  {count:,} x {kind}")
        for number, key, text in done.leftovers.examples[kind]:
            click.echo(f"    event {number}, {key}: {text}")
