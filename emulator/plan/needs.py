"""What a plan needs from its tables: the columns that the filters right after a scan read."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.plan.expressions import fields
from emulator.plan.relations import Relation, Scan, Segment, inputs
from emulator.plan.steps import Filter


def needed_columns(relation: Relation) -> list[tuple[str, frozenset[str]]]:
    """For each scan of a plan, left to right: its table, and the table's columns that its leading filters read."""
    return list(_legs(relation))


def _legs(relation: Relation) -> Iterator[tuple[str, frozenset[str]]]:
    match relation:
        case Scan(table=table):
            yield table, frozenset()
        case Segment(input=Scan(table=table), steps=steps):
            yield table, _leading(steps)
        case _:
            for one in inputs(relation):
                yield from _legs(one)


def _leading(steps: tuple[object, ...]) -> frozenset[str]:
    read: frozenset[str] = frozenset()
    for step in steps:
        if not isinstance(step, Filter):
            break
        read |= fields(step.predicate)
    return read
