"""The data files that are shipped inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped_text(name: str) -> str:
    """The text of a shipped file by its path in the package.

    `importlib.resources` would do the same for packages inside archives, and takes 8 ms to import.
    """
    return (_PACKAGE / name).read_text("utf-8")


def shipped_names(folder: str) -> list[str]:
    """The names of the files in a folder of the package, sorted."""
    return sorted(entry.name for entry in (_PACKAGE / folder).iterdir())
