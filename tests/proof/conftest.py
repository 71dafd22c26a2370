"""A copy of the repository's rules and corpus that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = "detections/lateral_movement/T1021.002_smb_admin_shares"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Copy the repository and replace a text, which stands there once, in a file of the first detection's folder."""

    def change(file: str, old: str, new: str) -> Path:
        for folder in ("detections", "corpus"):
            shutil.copytree(ROOT / folder, tmp_path / folder)
        path = tmp_path / RULE / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")
        return tmp_path

    return change
