"""Tests of parsers: what is wrong with each, at its place in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.diagnostics import QueryError, render
from emulator.replay.parser_tests import run_parser_tests
from emulator.rules.packages import packaged
from emulator.rules.parsers import Parser
from emulator.source import Source

pytestmark = pytest.mark.once
HERE = Path(__file__).parent / "parsers"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.yaml")), ids=lambda file: file.stem)
def test_parser(file: Path) -> None:
    assert told(file) == file.with_suffix(".txt").read_text("utf8")


def told(file: Path) -> str:
    parser = packaged(Source(file.name, file.read_text("utf8")))
    assert isinstance(parser, Parser)
    try:
        verdicts = run_parser_tests(parser, {})
    except QueryError as error:
        return f"{error}\n"
    parts = [f"test {one.number}: {len(one.events)} events, {len(one.failures)} failures" for one in verdicts]
    parts += [render(failure) for one in verdicts for failure in one.failures]
    return "\n\n".join(parts) + "\n"
