"""Patterns of the package mean the same on every Python that it supports."""

from __future__ import annotations

import re
from pathlib import Path

GROUP = re.compile(r"(?<!\\)\)[*+?]\+")


def test_no_group_is_repeated_possessively(root: Path) -> None:
    """Before 3.11.5 Python matches `(?:a|b)*+` wrongly where the group can backtrack; `(?>(?:a|b)*)` says the same."""
    texts = {file: file.read_text("utf8") for file in (root / "emulator").rglob("*.py")}
    assert texts
    assert not [str(file) for file, text in texts.items() if GROUP.search(text)]
