"""How far two sets of marginals are from each other, and how far they would be by chance alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.nodes import record
from emulator.replay.calibration.marginals import MARGINALS, OTHER, Marginal
from emulator.replay.calibration.observing import Observed

ENOUGH = 5
"""Hosts on either side from which on their rates are compared as distributions."""


@record
class Difference:
    """A key whose share differs."""

    key: str
    recorded: float
    made: float


@record
class SharesCompared:
    """A marginal on both sides; `distance` is the total variation: the share of events that would have to change keys.

    `by_chance` is its mean if the recording were drawn, event by event, from what was made; events come in bursts, so
    that truth lies above it. `shift` is how far the recording's dial was turned to fit best.
    """

    marginal: Marginal
    recorded: int
    made: int
    distance: float
    by_chance: float
    differences: tuple[Difference, ...]
    shift: int = 0

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "marginal": self.marginal.name,
            "recorded": self.recorded,
            "made": self.made,
            "distance": round(self.distance, 4),
            "by_chance": round(self.by_chance, 4),
            **({"shift": self.shift} if self.marginal.turns else {}),
            "shares": [
                {"key": one.key, "recorded": round(one.recorded, 4), "made": round(one.made, 4)}
                for one in self.differences
            ],
        }


@record
class RatesCompared:
    """Events per host and day of a table: medians, and which share of the hosts that were made has fewer.

    `distance` is the statistic of Kolmogorov and Smirnov, `p` its two-sided probability; None for few hosts.
    """

    table: str
    recorded: tuple[float, ...]
    made: tuple[float, ...]
    below: float
    distance: float | None
    p: float | None

    def to_json(self) -> dict[str, Any]:
        """Medians and distances."""
        return {
            "table": self.table,
            "hosts": {"recorded": len(self.recorded), "made": len(self.made)},
            "median": {"recorded": round(median(self.recorded), 1), "made": round(median(self.made), 1)},
            "below": round(self.below, 4),
            "distance": None if self.distance is None else round(self.distance, 4),
            "p": self.p,
        }


@record
class Comparison:
    """A recording beside what was made."""

    recorded: Observed
    made: Observed
    shares: tuple[SharesCompared, ...]
    rates: tuple[RatesCompared, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "recorded": self.recorded.name,
            "about": self.recorded.about,
            "limits": self.recorded.limits,
            "computers": self.recorded.computers,
            "made": self.made.name,
            "shares": [one.to_json() for one in self.shares],
            "per_host_day": [one.to_json() for one in self.rates],
        }


def compare(recorded: Observed, made: Observed) -> Comparison:
    """Hold what was made against a recording, in every marginal that both can tell."""
    shares = [
        _shares(one, recorded.shares[one.name], made.shares[one.name])
        for one in MARGINALS
        if one.name in recorded.shares and one.name in made.shares
    ]
    rates = [
        _rates(table, rates, made.per_host_day[_as_made(table)])
        for table, rates in recorded.per_host_day.items()
        if _as_made(table) in made.per_host_day
    ]
    return Comparison(recorded, made, tuple(shares), tuple(rates))


def _as_made(table: str) -> str:
    """Security's process starts are those of Defender's table."""
    return "DeviceProcessEvents" if table == "SecurityEvent" else table


def _shares(marginal: Marginal, recorded: Mapping[str, int], made: Mapping[str, int]) -> SharesCompared:
    if OTHER in recorded:
        made = _folded(made, recorded)
    turned = [(_turned(marginal, recorded, shift), shift) for shift in range(marginal.turns or 1)]
    found = [(_distance(counts, made), shift, counts) for counts, shift in turned]
    distance, shift, counts = min(found, key=lambda one: (one[0], one[1]))
    total, of_made = sum(counts.values()), sum(made.values())
    differences = sorted(
        (Difference(key, counts.get(key, 0) / total, made.get(key, 0) / of_made) for key in {*counts, *made}),
        key=lambda one: (-abs(one.recorded - one.made), one.key),
    )
    return SharesCompared(marginal, total, of_made, distance, by_chance(total, made), tuple(differences), shift)


def _folded(counts: Mapping[str, int], known: Mapping[str, int]) -> dict[str, int]:
    """Counts with everything that a reference does not list under one key."""
    kept = {key: count for key, count in counts.items() if key in known and key != OTHER}
    return {**kept, OTHER: sum(counts.values()) - sum(kept.values())}


def _turned(marginal: Marginal, counts: Mapping[str, int], shift: int) -> Mapping[str, int]:
    if not shift:
        return counts
    return {str((int(key) + shift) % marginal.turns): count for key, count in counts.items()}


def _distance(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Half of the sum of the differences of shares."""
    one, two = sum(first.values()), sum(second.values())
    return sum(abs(first.get(key, 0) / one - second.get(key, 0) / two) for key in {*first, *second}) / 2


def by_chance(drawn: int, made: Mapping[str, int]) -> float:
    """The mean distance of so many independent draws from the shares that they are drawn from: exact, De Moivre."""
    total = sum(made.values())
    return sum(_mean_deviation(drawn, count / total) for count in made.values()) / drawn / 2


def _mean_deviation(drawn: int, share: float) -> float:
    """The mean absolute deviation of a binomial count from its mean."""
    if not 0 < share < 1:
        return 0.0
    above = math.floor(drawn * share) + 1
    log_chance = (
        math.lgamma(drawn + 1)
        - math.lgamma(above + 1)
        - math.lgamma(drawn - above + 1)
        + above * math.log(share)
        + (drawn - above) * math.log1p(-share)
    )
    return 2 * above * (1 - share) * math.exp(log_chance)


def _rates(table: str, recorded: tuple[float, ...], made: tuple[float, ...]) -> RatesCompared:
    middle = median(recorded)
    below = sum(one < middle for one in made) / len(made)
    if min(len(recorded), len(made)) < ENOUGH:
        return RatesCompared(table, recorded, made, below, None, None)
    from scipy.stats import ks_2samp

    found = ks_2samp(recorded, made)
    return RatesCompared(table, recorded, made, below, float(found.statistic), float(found.pvalue))


def median(values: Sequence[float]) -> float:
    """The middle of sorted values."""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
