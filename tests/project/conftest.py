"""What the tests about the project look at: its tracked files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that git tracks and that is there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="session")
def texts(tracked: list[Path], root: Path) -> dict[str, str]:
    """The tracked files by their name, relative to the top folder; bytes that are no UTF-8 are replaced."""
    return {path.relative_to(root).as_posix(): path.read_bytes().decode("utf-8", "replace") for path in tracked}
