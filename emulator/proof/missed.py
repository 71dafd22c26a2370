"""Attacks that a query should see in a recording and does not: where their rows went."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.clock import to_datetime
from emulator.proof.funnel import funnel, why_nothing
from emulator.replay.measuring import Measurement


def missed_attacks(measurements: Sequence[Measurement]) -> dict[int, list[str]]:
    """By position: why a query raised nothing on a part that shows the detection's own technique."""
    found: dict[int, list[str]] = {}
    for position, one in enumerate(measurements):
        if one.rule.detection.attack.technique in one.part.techniques and not one.alerts and not one.unmeasured:
            found[position] = ["missed: " + text for text in _reasons(one)] or ["missed: no row came to any stage"]
    return found


def _reasons(one: Measurement) -> list[str]:
    tables: dict[str, list[dict[str, object]]] = {}
    last = 0
    for event in one.part.events(one.rule.name.language):
        tables.setdefault(event.table, []).append(dict(event.row))
        last = max(last, event.at)
    return list(why_nothing(funnel(one.rule.query, tables, to_datetime(last), one.rule.given)))
