"""What one run of a query carries: its clock, its tables, its limits, and what it found worth noting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.nodes import record

if TYPE_CHECKING:
    from emulator.interpreter.tables import Table

Row: TypeAlias = Any
"""A tuple in column order for a closed row; a mapping of field to text for an open one."""
Rows: TypeAlias = Iterable[Row]
Runner: TypeAlias = "Callable[[Run], Rows]"
"""A compiled relation."""

BATCH = 4096
"""Rows between two looks at the clock."""


@record
class Limits:
    """What one run may use: wall seconds, bytes of memory beyond what the process had, characters of query text."""

    seconds: float = 10.0
    memory: int = 1 << 30
    characters: int = 1 << 20


class LimitReached(Exception):  # noqa: N818 - it is a verdict, not a fault
    """A run went over one of its limits; `what` says which."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Run:
    """One run: what fixed expressions may ask, where rows come from, and what was counted."""

    now: int
    tables: dict[str, Table]
    limits: Limits
    start: int | None = None
    end: int | None = None
    notes: list[str] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    shared: dict[int, list[Row]] = field(default_factory=dict)
    """The rows of each `Share` evaluated so far, by its key."""
    groups: dict[int, Rows] = field(default_factory=dict)
    """The rows that each `Apply` under way is applied to, or that an engine found, by its key."""
    trace: Callable[[Any, Any, tuple[object, ...]], bool] | None = None
    deadline: float = 0.0
    _ticks: int = 0
    _base: int = 0

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.seconds

    def note(self, text: str) -> None:
        """Say something about the result, once."""
        if text not in self.notes:
            self.notes.append(text)

    def tick(self) -> None:
        """Look at the clock and the memory. Raises LimitReached."""
        if time.monotonic() > self.deadline:
            raise LimitReached(f"it took longer than {self.limits.seconds:g} seconds")
        self._ticks += 1
        if self._ticks % 8 == 0:
            self._look_at_memory()

    def _look_at_memory(self) -> None:
        import psutil  # only long runs pay for it

        used = psutil.Process().memory_info().rss
        if not self._base:
            self._base = used
        if used - self._base > self.limits.memory:
            raise LimitReached(f"it used more than {self.limits.memory >> 20} MiB of memory")

    def batches(self, rows: Rows) -> Iterator[list[Row]]:
        """The rows in lists of at most BATCH, with a tick for each full one."""
        if isinstance(rows, list) and len(rows) < BATCH:
            yield rows
            return
        iterator = iter(rows)
        while batch := list(islice(iterator, BATCH)):
            if len(batch) == BATCH:
                self.tick()
            yield batch

    def watched(self, rows: Rows) -> Rows:
        """The rows, with a tick for every BATCH of them."""
        if isinstance(rows, list) and len(rows) < BATCH:
            return rows
        return chain.from_iterable(self.batches(rows))
