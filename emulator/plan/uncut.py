"""A plan without its final limit: how many alerts there are, whatever the product would show of them."""

from __future__ import annotations

from dataclasses import replace

from emulator.plan.expressions import Const
from emulator.plan.relations import Limit, Relation, Segment, Sort
from emulator.plan.steps import Branch, Expand, Filter


def without_final_limit(relation: Relation) -> Relation:
    """The relation with the limits at its end taken out; steps that only shape rows may stand behind them."""
    match relation:
        case Limit(input=inner):
            return without_final_limit(inner)
        case Sort(input=inner):
            return replace(relation, limit=None)
        case Segment(input=inner, steps=steps) if not any(isinstance(one, Filter | Branch | Expand) for one in steps):
            return replace(relation, input=without_final_limit(inner))
        case _:
            return relation


def final_limit(relation: Relation) -> int | None:
    """The most rows that the limits at the end let through; None without one, or when only a run knows."""
    match relation:
        case Limit(input=inner, count=Const(value=int(count))):
            below = final_limit(inner)
            return count if below is None else min(count, below)
        case Sort(limit=limit):
            return limit
        case Segment(input=inner, steps=steps) if not any(isinstance(one, Filter | Branch | Expand) for one in steps):
            return final_limit(inner)
        case _:
            return None
