"""What the documents tell people to type exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import COMMANDS, main

SET_UP = "python3 -m venv .venv && .venv/bin/pip install -e . tox && .venv/bin/ruleproof test"
TEST = ".venv/bin/tox"
SHOWN = re.compile(r"(?:`|/bin/|= |^ +)ruleproof ([a-z]+(?:-[a-z]+)*)\b", re.MULTILINE)
SHELL = ("README.md", "CONTRIBUTING.md", "tox.ini", ".github/workflows/pull-request.yml", ".ci/run")


@pytest.mark.parametrize("document", ["README.md", ".ci/run"])
def test_two_commands_do_everything(root: Path, document: str) -> None:
    lines = [line.strip() for line in (root / document).read_text("utf-8").splitlines()]
    assert [line for line in lines if line in (SET_UP, TEST)] == [SET_UP, TEST]


def test_documented_commands_exist(root: Path) -> None:
    shown = {name for document in SHELL for name in SHOWN.findall((root / document).read_text("utf-8"))}
    assert shown == COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_commands_describe_themselves(name: str) -> None:
    ran = CliRunner().invoke(main, [name, "--help"])
    assert (ran.exit_code, "Usage:" in ran.output) == (0, True)
