"""What `partition` asks of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError

LIBRARY = Library("kql", "partitions")
TOO_MANY = code(
    "KQL5003",
    "more than 64 partitions",
    "`partition` takes at most 64 values of its column unless a strategy lifts that limit, and the product then ends "
    "the query with an error. Write `partition hint.strategy=native by …`.",
)
_MOST = 64


@LIBRARY.table("_few_partitions(rows: rows, slot: long) -> rows", doc="partition-operator")
def few_partitions(rows: Iterable[tuple[Any, ...]], slot: int) -> Iterator[tuple[Any, ...]]:
    """The rows as they are. Raises MeaningError when the column in a slot has more than 64 values."""
    met: set[Any] = set()
    for row in rows:
        met.add(row[slot])
        if len(met) > _MOST:
            help = "write `partition hint.strategy=native by …`"
            raise MeaningError(TOO_MANY, f"`partition` met more than {_MOST} values of its column", help)
        yield row
