"""Results that were measured before, kept by the content of all that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import BufferedRandom
from pathlib import Path
from typing import Any, Self

MOST_BYTES = 256 << 20
"""What a cache may hold; the entries that were used longest ago go first."""
FORM = 2


def default_folder() -> Path:
    """Where a user's caches are on this platform."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ruleproof"


def digest(value: object) -> str:
    """SHA-256 of something made of plain values."""
    return text_digest(_text(value))


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _head(key: str, body: bytes) -> bytes:
    """The first line of an entry, which tells whether the rest of it is what was written."""
    return f"{FORM} {key} {hashlib.sha256(body).hexdigest()}".encode("ascii")


def _files(folder: Path) -> Iterator[tuple[int, int, str]]:
    """When the files of a cache were used last, their sizes and their paths; what others drop meanwhile is left out."""
    for inner in folder.iterdir() if folder.is_dir() else ():
        if len(inner.name) != 2 or not inner.is_dir():
            continue
        with os.scandir(inner) as entries:
            for entry in entries:
                try:
                    stat = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                yield stat.st_mtime_ns, stat.st_size, entry.path


class NewFile:
    """A file that takes its place once it is to be kept, so that others only see whole ones. Use it as a context."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        self._path, self._new = path, Path(name)
        self.file: BufferedRandom = os.fdopen(handle, "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self._new.unlink(missing_ok=True)

    def keep(self) -> None:
        """Put it in its place."""
        self.file.close()
        self._new.replace(self._path)


class ResultCache:
    """JSON objects by keys, in a folder that several processes may use. None as folder keeps nothing.

    An entry that can't be read, or is not what was written, counts as none and is told once through `tell`.
    """

    def __init__(self, folder: Path | None, tell: Callable[[str], None], most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._tell = tell
        self._most = most_bytes
        self._told: set[str] = set()
        self.hits = 0

    @property
    def keeps(self) -> bool:
        """Whether anything is kept."""
        return self._folder is not None

    def get(self, key: str) -> dict[str, Any] | None:
        """What was kept under a key."""
        if self._folder is None:
            return None
        path = self._path(key)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            head = body = b""
        if head != _head(key, body):
            self.damaged()
            return None
        self._touch(path)
        value: dict[str, Any] = json.loads(body)
        return value

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep a value; a cache that can't be written is told of once and else left."""
        if self._folder is None:
            return
        body = _text(value).encode("ascii")
        try:
            with NewFile(self._path(key)) as made:
                made.file.write(_head(key, body) + b"\n" + body)
                made.keep()
        except OSError as error:
            self._cannot_write(error)

    def find_file(self, key: str) -> Path | None:
        """The file that was kept under a key. Whoever wrote it knows whether it is whole."""
        path = None if self._folder is None else self._path(key, "bin")
        if path is None or not path.is_file():
            return None
        self._touch(path)
        return path

    def new_file(self, key: str) -> NewFile | None:
        """A file to write; None where nothing can be kept."""
        if self._folder is None:
            return None
        try:
            return NewFile(self._path(key, "bin"))
        except OSError as error:
            self._cannot_write(error)
            return None

    def digest_of(self, path: Path) -> str:
        """SHA-256 of a file, remembered for as long as its size and time of change stay."""
        stat = path.stat()
        key = digest(["file", str(path.resolve()), stat.st_size, stat.st_mtime_ns])
        known = self.get(key)
        if known is not None and isinstance(known.get("sha256"), str):
            return str(known["sha256"])
        found = file_digest(path)
        self.put(key, {"sha256": found})
        return found

    def prune(self) -> None:
        """Drop what was used longest ago until the rest fits."""
        if self._folder is None:
            return
        entries = list(_files(self._folder))
        used = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if used <= self._most:
                return
            try:
                Path(path).unlink(missing_ok=True)
            except OSError:
                continue
            used -= size

    def _path(self, key: str, kind: str = "json") -> Path:
        assert self._folder is not None
        return self._folder / key[:2] / f"{key}.{kind}"

    def damaged(self) -> None:
        """Tell that something kept can't be read."""
        self._say("an entry of the cache can't be read: it is made again")

    def _cannot_write(self, error: OSError) -> None:
        self._say(f"the cache {self._folder} can't be written: {error.strerror}")

    def _touch(self, path: Path) -> None:
        try:
            os.utime(path)
        except OSError:  # a folder that is read only
            return

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


NOTHING_KEPT = ResultCache(None, lambda _: None)
"""A cache that keeps nothing."""
