"""Bounds of compiling: how deep calls may nest meanwhile, and how large a plan may grow."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.interpreter.context import LimitReached

if TYPE_CHECKING:
    from emulator.plan.relations import Plan

_FRAMES = 20_000
"""Nested calls that compiling may need: the parsers bound how deep a query nests, and functions how deep they call."""
_recursing = 0
_usual = sys.getrecursionlimit()
_lock = threading.Lock()


@contextmanager
def room_to_recurse() -> Iterator[None]:
    """Let Python nest calls deeper meanwhile; the limit falls back when the last thread leaves."""
    global _recursing, _usual
    with _lock:
        _recursing += 1
        if _recursing == 1:
            _usual = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_usual, _FRAMES))
    try:
        yield
    finally:
        with _lock:
            _recursing -= 1
            if not _recursing:
                sys.setrecursionlimit(_usual)


MOST_PARTS = 500_000
"""Parts of a plan in which names are replaced by what they stand for: names that double would never end."""


def check_size(plan: Plan) -> None:
    """Raises LimitReached for a plan that would take minutes to compile."""
    from emulator.plan.size import size

    if sum(size(one) for one in (plan.root, *(more.relation for more in plan.more))) > MOST_PARTS:
        raise LimitReached(f"it has more than {MOST_PARTS:,} parts once names are replaced by what they stand for")
