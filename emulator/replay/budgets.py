"""Budgets: the most alerts that the owners of a detection accept, held against what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.replay.intervals import Rate
from emulator.replay.measuring import Measurement


def exceeded(measurements: Iterable[Measurement]) -> list[str]:
    """What is over budget with certainty: the whole interval of the rate lies above it."""
    return [text for one in measurements for text in _exceeded(one)]


def _exceeded(one: Measurement) -> Iterator[str]:
    budget = one.rule.detection.budgets.get(one.rule.name)
    if budget is None:
        return
    checks: list[tuple[Rate | None, float | None]] = [
        (one.per_host_day, budget.alerts_per_host_day),
        (one.per_million, budget.alerts_per_million_events),
    ]
    for rate, most in checks:
        if rate is not None and most is not None and rate.low > most:
            name = f"{one.rule.detection.name} {one.rule.name.value}"
            yield f"{name} on {one.part.name}: {rate} is over the budget of {most:g} per {rate.unit}"
