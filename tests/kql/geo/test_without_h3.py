"""H3 cells where the package for them is not installed."""

from __future__ import annotations

import sys

import pytest

import emulator


def test_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(emulator.QueryError, match=r"pip install 'ruleproof\[geo\]'") as refused:
        emulator.run("print geo_point_to_h3cell(1, 1)", language="kql", tables={})
    assert [str(one.code) for one in refused.value.diagnostics] == ["KQL4072"]
