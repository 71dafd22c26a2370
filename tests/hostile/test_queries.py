"""Hostile query texts: each is answered with diagnostics or rows, soon, and with nothing else."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.interpreter.context import Limits

HERE = Path(__file__).parent
CASES = [
    pytest.param(language, case, id=f"{language}: {case['title']}")
    for language in ("kql", "cql")
    for case in yaml.safe_load((HERE / f"{language}.yaml").read_text("utf8"))
]
TABLES: dict[str, dict[str, Any]] = {
    "kql": {"DeviceProcessEvents": [{"FileName": "a", "ProcessId": 5}]},
    "cql": {"events": [{"a": "1", "b": "x" * 100}]},
}


@pytest.fixture
def _no_hang() -> Iterator[None]:
    """A minute is more than anything here may take: a hang fails instead of holding up the suite.

    Other tests may have left room for deeper calls than Python gives at first: what is too deep is told from that.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    signal.alarm(60)
    yield
    signal.alarm(0)
    sys.setrecursionlimit(before)


def text_of(parts: list[Any]) -> str:
    return "".join(part["of"] * part["times"] if isinstance(part, dict) else str(part) for part in parts)


def outcome(language: Any, case: dict[str, Any]) -> str:
    limits = Limits(seconds=case.get("seconds", 10), memory=case.get("mebibytes", 1024) << 20)
    try:
        emulator.compile(text_of(case["text"]), language=language).run(TABLES[language], limits=limits)
    except emulator.QueryError as error:
        first = error.diagnostics[0]
        assert all((first.line, first.column, first.message, first.help))
        return str(first.code)
    return "rows"


@pytest.mark.untraced
@pytest.mark.usefixtures("_no_hang")
@pytest.mark.parametrize(("language", "case"), CASES)
def test_hostile_query(language: str, case: dict[str, Any]) -> None:
    assert outcome(language, case).startswith(case["gives"])
