"""Connected parts of graphs of any size: without recursion, and with a look at the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from emulator.interpreter.graph_components import strong_parts, weak_parts

pytestmark = pytest.mark.once
COUNT = 70_000
Parts = Callable[[int, Sequence[int], Sequence[int], Callable[[], None]], list[int]]


@pytest.mark.parametrize(("parts", "found"), [(weak_parts, 1), (strong_parts, COUNT)])
def test_a_long_chain_is_one_weak_part_and_many_strong_ones(parts: Parts, found: int) -> None:
    ticks: list[None] = []
    numbers = parts(COUNT, range(COUNT - 1), range(1, COUNT), lambda: ticks.append(None))
    assert len(set(numbers)) == found
    assert ticks
