"""Some of the texts that `benchmarks/fuzz.py` tries many of: each gives rows or diagnostics, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from fuzz import Outcomes, attempt, fuzz

pytestmark = pytest.mark.once


def _broken(language: str, text: str) -> str:
    raise KeyError(language, text[:1])


@pytest.mark.parametrize("language", ["kql", "cql"])
def test_texts_give_rows_or_diagnostics(language: str) -> None:
    outcomes = fuzz(language, cases=40)
    assert outcomes.failures == {}
    assert len(outcomes.counts) > 1


def test_the_shortest_text_of_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.code_of", _broken)
    outcomes = Outcomes()
    for text in ("print 1", "1", "print 2"):
        attempt("kql", text, outcomes)
    assert sorted(outcomes.failures.values()) == ["1", "print 1"]
    assert outcomes.counts == {"failed": 3}
