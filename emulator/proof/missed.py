"""Attacks that a query should see in a recording and does not: where their rows went."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.clock import to_datetime
from emulator.proof.funnel import funnel, why_nothing
from emulator.replay.measuring import Measurement


def missed_attacks(measurements: Sequence[Measurement]) -> dict[int, list[str]]:
    """By position: why a query raised nothing on a part that shows the detection's own technique."""
    found = {place: why_missed(one) if one.why is None else one.why for place, one in enumerate(measurements)}
    return {place: reasons for place, reasons in found.items() if reasons}


def why_missed(one: Measurement) -> list[str]:
    """Why a query raised nothing on a part that shows the detection's own technique; [] for all others."""
    if one.rule.detection.attack.technique not in one.part.techniques or one.alerts or one.unmeasured:
        return []
    return ["missed: " + text for text in _reasons(one)] or ["missed: no row came to any stage"]


def _reasons(one: Measurement) -> list[str]:
    tables: dict[str, list[dict[str, object]]] = {}
    last = 0
    for event in one.part.events(one.rule.name.language):
        tables.setdefault(event.table, []).append(dict(event.row))
        last = max(last, event.at)
    return list(why_nothing(funnel(one.rule.query, tables, to_datetime(last), one.rule.given)))
