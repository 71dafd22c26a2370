"""What measures: a digest of the package itself, of the packages below it, and of Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from emulator.replay.cache.results import ResultCache, digest, file_digest

_PACKAGES = (
    "duckdb",
    "faker",
    "google-re2",
    "hyperscan",
    "numpy",
    "orjson",
    "pyarrow",
    "regex",
    "sqlglot",
    "ua-parser",
)
"""Packages whose release may change a result, or the events that it is about."""


@lru_cache(maxsize=2)
def software(cache: ResultCache) -> str:
    """The digest; that of files is remembered for as long as their sizes and times of change stay."""
    return digest([_package(cache), _versions(), sys.version])


def _package(cache: ResultCache) -> str:
    """SHA-256 of everything that the package consists of: meanings, schemas, mappings."""
    root = str(Path(__file__).parents[2])
    found = sorted(_files(root))
    key = digest(["package", root, [[name, stat.st_size, stat.st_mtime_ns] for name, stat in found]])
    known = cache.get(key)
    if known is None:
        known = {"sha256": digest([[os.path.relpath(name, root), file_digest(Path(name))] for name, _ in found])}
        cache.put(key, known)
    return str(known["sha256"])


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.is_file():
                yield entry.path, entry.stat()


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    return {name: _version(name) for name in _PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
