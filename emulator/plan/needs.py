"""What a plan needs from its tables: the columns that the filters right after a scan read."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.plan.expressions import And, Compare, Comparison, Expression, Not, Or, fields
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
        read |= _required(step.predicate)
    return read


def _required(predicate: Expression) -> frozenset[str]:
    """Fields without a value of which the condition can't be true, as far as its form tells: none under a negation."""
    match predicate:
        case And(operands=operands):
            return frozenset().union(*map(_required, operands))
        case Or(operands=operands):
            return frozenset.intersection(*map(_required, operands))
        case Not() | Compare(operator=Comparison.NOT_EQUAL):
            return frozenset()
        case _:
            return fields(predicate)
