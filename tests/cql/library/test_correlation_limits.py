"""Wide correlations end with a diagnostic."""

from __future__ import annotations

import pytest

import emulator
from emulator.cql import constellations
from emulator.diagnostics import QueryError


def _run(count: int) -> None:
    queries = ", ".join(f"q{at}: {{a=1}}" for at in range(count))
    events = [{"a": "1", "@timestamp": str(at)} for at in range(30)]
    emulator.run(f"correlate({queries}, maxPerRoot=1000)", language="cql", tables={"events": events})


def test_tries_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constellations, "MOST_TRIED", 1000)
    with pytest.raises(QueryError) as caught:
        _run(4)
    assert str(caught.value.diagnostics[0].code) == "CQL5007"


def test_queries_are_limited() -> None:
    with pytest.raises(QueryError) as caught:
        _run(101)
    assert str(caught.value.diagnostics[0].code) == "CQL4006"
