"""The README's examples do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.rules.case_file import read_case


def block(root: Path, language: str) -> str:
    """The README's one code block in a language."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```$", (root / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return found


def test_the_case_can_be_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(block(root, "yaml"), "utf-8")
    assert read_case(tmp_path / "case.yaml", tmp_path).id == "net-use-c-share"


def test_the_program_prints_what_its_comment_says(root: Path) -> None:
    pytest.importorskip("emulator.kql.front", reason="KQL has no front end yet", exc_type=ImportError)
    program = block(root, "python")
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == program.rpartition("# ")[2].strip()
