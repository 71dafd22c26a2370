"""Operators are bound by functions that are imported when a rule first has one."""

from __future__ import annotations

import pytest

from emulator.kql.binder.pipelines import OPERATORS, SOURCES, binder


@pytest.mark.parametrize(("kind", "place"), [*OPERATORS.items(), *SOURCES.items()])
def test_an_operator_is_bound_by_a_function_for_its_node(kind: type, place: str) -> None:
    node, *_ = binder(place).__annotations__.values()
    assert f"syntax.{kind.__name__}" in node.split(" | ")
