"""The legs of a plan: each segment over a table, and the plan with those segments reading what an engine found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.nodes import record
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
)
from emulator.types import Rest

MARK = "\N{RIGHTWARDS ARROW}"
"""Joins a table's name and a number in the names of what an engine found; no table's name holds it."""


@record
class Leg:
    """A segment over a table, and the name under which the plan reads what an engine found for it."""

    segment: Segment
    scan: Scan
    name: str

    @property
    def is_open(self) -> bool:
        """True when its rows are events, with any fields."""
        return self.scan.row.rest is Rest.OPEN


def split(root: Relation, wanted: Callable[[str], bool]) -> tuple[Relation, list[Leg]]:
    """The plan with its scans of the wanted tables renamed, and its legs, left to right.

    Relations that are not looked into, and sub-plans inside expressions, go on reading the table itself.
    """
    legs: list[Leg] = []

    def leg(segment: Segment, scan: Scan) -> Segment:
        made = Leg(segment, scan, f"{scan.table}{MARK}{len(legs)}")
        legs.append(made)
        return replace(segment, input=replace(scan, table=made.name))

    def visit(node: Relation) -> Relation:
        match node:
            case Segment(input=Scan() as scan) if wanted(scan.table):
                return leg(node, scan)
            case Scan() if wanted(node.table):
                return leg(Segment(node, (), node.row, node.span), node)
            case Join(left=left, right=right):
                return replace(node, left=visit(left), right=visit(right))
            case Union(inputs=inputs) | TableFunction(inputs=inputs):
                return replace(node, inputs=tuple(map(visit, inputs)))
            case Apply(input=inner, body=body):
                return replace(node, input=visit(inner), body=visit(body))
            case Segment() | Aggregate() | Sort() | Limit() | Distinct() | Share():
                return replace(node, input=visit(node.input))
            case _:
                return node

    return visit(root), legs
