"""Versions of a repository's rules: the files of a commit laid out in a folder of their own."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.rules import labels
from emulator.source import NOWHERE, Source

NO_VERSION = code(
    "RUL1401",
    "a version of the repository that can't be had",
    "`ruleproof diff` compares commits of the git repository that holds the detections. Name a branch, a tag or a "
    "commit that this clone has; a shallow clone may need `git fetch --unshallow`.",
)
FOLDERS = ("detections", "schemas")
"""What of a repository decides what its rules do."""
MOST_BYTES = 1 << 30
_SECONDS = 120


@contextmanager
def version(root: Path, commit: str) -> Iterator[Path]:
    """A folder with the rules of a commit, while the context lasts. Raises QueryError when there is no such commit."""
    folder = Path(tempfile.mkdtemp(prefix="ruleproof-"))
    try:
        _unpack(_archive(root, commit), folder, commit)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _archive(root: Path, commit: str) -> bytes:
    """The rule folders of a commit as a tar file."""
    if commit.startswith("-"):
        raise _missing(commit, "no commit begins with `-`")
    listed = _git(root, commit, "ls-tree", "--name-only", f"{commit}:./").decode("utf8", "replace").split()
    folders = [name for name in FOLDERS if name in listed]
    if not folders:
        raise _missing(commit, "it has no folder `detections`")
    return _git(root, commit, "archive", "--format=tar", f"{commit}:./", "--", *folders)


def _git(root: Path, commit: str, *arguments: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise _missing(commit, "the program `git` is not here")
    try:
        done = subprocess.run(  # noqa: S603 - git itself, with arguments of our own and a commit that is no option
            [git, "-C", str(root), *arguments], capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _missing(commit, f"git took longer than {_SECONDS} seconds") from None
    if done.returncode:
        told = done.stderr.decode("utf8", "replace").strip().splitlines()
        raise _missing(commit, told[0] if told else "git failed")
    return done.stdout


def _unpack(archive: bytes, folder: Path, commit: str) -> None:
    """Lay out an archive: links come last, so that nothing is written through one, and none may lead out."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = tar.getmembers()
        if sum(member.size for member in members) > MOST_BYTES:
            raise _missing(commit, f"its rules are larger than {MOST_BYTES >> 20} MiB")
        links = [member for member in members if member.issym()]
        plain = [member for member in members if member.isfile() or member.isdir()]
        if len(links) + len(plain) < len(members) or not all(_is_inside(folder, member.name) for member in members):
            raise _missing(commit, "it holds what is no file of a repository")
        tar.extraction_filter = _as_it_is  # looked at here: Python itself does so since 3.11.4 alone
        tar.extractall(folder, plain)  # noqa: S202 - their names have been looked at
        tar.extractall(folder, links)  # noqa: S202 - as above; where they lead is looked at before anything is read
    for link in links:
        if not _is_inside(folder, link.name):
            raise _missing(commit, f"`{link.name}` leads out of it")


def _as_it_is(member: tarfile.TarInfo, _: str) -> tarfile.TarInfo:
    return member


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a path, with the links that are there, leads into a folder."""
    root = os.path.realpath(folder)
    return os.path.commonpath([root, os.path.realpath(folder / name)]) == root


def _missing(commit: str, why: str) -> QueryError:
    help = "name a branch, a tag or a commit of this clone"
    return QueryError([Diagnostic(NO_VERSION, f"`{commit}` can't be had: {why}", NOWHERE, help, Source("git", ""))])


def digest(folder: Path) -> str:
    """A digest of the files below a folder, by name and content.

    Cases and labels do not count: they are what is asked of a rule, and what is known of its alerts.
    """
    made = hashlib.sha256()
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "cases")
    for path in sorted(path for path in files if path.name != labels.NAME):
        made.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        made.update(path.read_bytes())
    return made.hexdigest()
