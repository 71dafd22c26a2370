"""Sorting: stable, key by key from the last, with nulls where the plan puts them."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.rowcode import tuple_maker
from emulator.interpreter.values import as_hex, as_number
from emulator.plan.relations import Ordering, Sort, SortKey
from emulator.types import RowType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

_READ: dict[Ordering, Callable[[Any], Any]] = {Ordering.NUMERIC: as_number, Ordering.HEX: as_hex}


def sort_runner(node: Sort, source: Runner, row: RowType, runner: Callable[[Relation], Runner]) -> Runner:
    """Compile a sort of `source`, whose rows have the type `row`."""
    make = tuple_maker(tuple(key.value for key in node.keys), row, runner)

    def run_sort(run: Run) -> Rows:
        key_of = make(run)
        keyed = [(key_of(row), row) for row in run.watched(source(run))]
        for position, key in reversed(list(enumerate(node.keys))):
            keyed = _by_key(keyed, position, key)
            run.tick()
        rows = [one[1] for one in keyed]
        if node.limit is None or len(rows) <= node.limit:
            return rows
        if node.noted:
            run.note(f"{len(rows) - node.limit} of {len(rows)} rows are beyond the limit of {node.limit}")
        return rows[: node.limit]

    return run_sort


def _by_key(keyed: list[tuple[tuple[Any, ...], Row]], position: int, key: SortKey) -> list[tuple[tuple[Any, ...], Row]]:
    """Sorted by one key; rows that compare equal stay in order."""
    read = _READ.get(key.ordering)
    present: list[tuple[Any, tuple[tuple[Any, ...], Row]]] = []
    missing = []
    for one in keyed:
        value = one[0][position]
        value = read(value) if read is not None else value
        if value is None or value != value:  # NaN sorts with the nulls
            missing.append(one)
        else:
            present.append((value, one))
    present.sort(key=itemgetter(0), reverse=key.descending)
    ordered = [one for _, one in present]
    return missing + ordered if key.nulls_first else ordered + missing
