"""Repositories to load: the good one with changes, as the files in `changes` describe them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """A copy of the good repository with the changes that a mapping names; returns its root."""

    def build(changes: dict[str, Any]) -> Path:
        root = tmp_path / "repository"
        shutil.copytree(HERE / "good", root)
        for source, target in changes.get("copy", {}).items():
            shutil.copytree(root / source, root / target)
        for change in changes.get("replace", ()):
            file = root / change["file"]
            text = file.read_text("utf-8")
            assert text.count(change["old"]) == 1, change
            file.write_text(text.replace(change["old"], change["new"]), "utf-8")
        contents = {name: text.encode() for name, text in changes.get("add", {}).items()}
        contents |= {name: bytes.fromhex(text) for name, text in changes.get("bytes", {}).items()}
        for name, data in contents.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        for name, target in changes.get("link", {}).items():
            (root / name).symlink_to(target)
        return root

    return build
