"""Budgets: the most alerts that the owners of a detection accept, held against what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from emulator.replay.measuring import Measurement
from emulator.replay.rates.intervals import Rate, exposure_needed, per_events, short
from emulator.replay.rates.pooling import pooled

_MILLION = 1_000_000


def exceeded(measurements: Iterable[Measurement]) -> list[str]:
    """What is over budget, of all that was measured together, but for recordings of attacks.

    A budget with a confidence asks for proof that the rate is not above it: the one-sided upper bound at this
    confidence must not be, and a query that is unmeasured proves nothing. One without is exceeded when the whole
    interval of the rate lies above it. Rates per host-day have the wider of both intervals, exact and by host.
    """
    return [text for one in pooled(one for one in measurements if not is_attack(one)) for text in _exceeded(one)]


def is_attack(one: Measurement) -> bool:
    """True of recordings that show an attack: alerts on them are no measure of a quiet day."""
    return one.part.label.startswith(("malicious", "mixed"))


def _exceeded(one: Measurement) -> Iterator[str]:
    budget = one.rule.detection.budgets.get(one.rule.name)
    if budget is None:
        return
    name = f"{one.rule.detection.name} {one.rule.name.value} on {one.part.name}"
    checks = [("host-day", budget.alerts_per_host_day), ("million events", budget.alerts_per_million_events)]
    for unit, most in checks:
        if most is None:
            continue
        over = f"over the budget of {short(most)} per {unit}"
        if budget.confidence is None:
            rate = _rate(one, unit, None)
            if rate is not None and rate.low > most:
                yield f"{name}: {rate} is {over}"
            continue
        told = f"{budget.confidence * 100:.4g}%"
        rate = _rate(one, unit, 2 * budget.confidence - 1)
        if rate is None:
            yield f"{name}: {one.unmeasured or 'nothing was seen'}, so it may be {over} ({told} certainty is asked for)"
        elif rate.high > most:
            wanted = _wanted(one, unit, most, budget.confidence) if rate.value < most else ""
            yield f"{name}: {short(rate.value)} per {unit} may be {short(rate.high)}, {over} ({told} certainty){wanted}"


def _rate(one: Measurement, unit: str, confidence: float | None) -> Rate | None:
    """The rate with the wider interval of those that it has."""
    given = {} if confidence is None else {"confidence": confidence}
    if unit != "host-day":
        return None if one.unmeasured else per_events(one.alerts, one.events, **given)
    exact = one.per_host_day if confidence is None else one.rate_within(confidence)
    clustered = one.by_host(**given)
    if exact is None or not isinstance(clustered, Rate):
        return exact
    return clustered if clustered.high - clustered.low > exact.high - exact.low else exact


def _wanted(one: Measurement, unit: str, most: float, confidence: float) -> str:
    """How much has to be seen to show that a budget is kept."""
    needed = math.ceil(exposure_needed(one.alerts, most, confidence) * (1 if unit == "host-day" else _MILLION))
    exposure = "host-days" if unit == "host-day" else "events"
    return f"; with as many alerts it takes at least {needed:,} {exposure} to show it is not"
