"""Aggregates of the rows where a predicate holds: `sumif` is `sum` of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.functions import Aggregator


class _Conditional:
    """Hands on the values of the rows whose last value is true."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Aggregator) -> None:
        self._inner = inner

    def step(self, *values: Any) -> None:
        """Values, then whether to count them; null is as good as false."""
        if values[-1]:
            self._inner.step(*values[:-1])

    def merge(self, other: _Conditional) -> None:
        self._inner.merge(other._inner)

    def finish(self) -> object:
        return self._inner.finish()


def where_true(meaning: Callable[..., Aggregator]) -> Callable[..., Aggregator]:
    """The aggregate that takes one more value, last in each row, and counts the rows where it is true."""

    def start(*constants: object) -> Aggregator:
        return _Conditional(meaning(*constants))

    return start
