"""Exact confidence intervals for how often a rule fires, and for shares such as precision."""

from __future__ import annotations

import math

from emulator.nodes import record

CONFIDENCE = 0.95


@record
class Unmeasured:
    """Why there is no figure."""

    reason: str

    def __str__(self) -> str:
        return f"unmeasured: {self.reason}"

    def to_json(self) -> dict[str, object]:
        """The reason."""
        return {"unmeasured": self.reason}


@record
class Rate:
    """Alerts per unit with an exact interval; without a single unit there is no rate.

    `at_most` is what a rate without an alert does not exceed: one-sided, which is known as the rule of three.
    """

    value: float
    low: float
    high: float
    unit: str
    at_most: float | None = None
    confidence: float = CONFIDENCE

    def __str__(self) -> str:
        interval = f"{self.confidence * 100:.4g}% interval {short(self.low)} to {short(self.high)}"
        bound = "" if self.at_most is None else f"; at most {short(self.at_most)} by the rule of three"
        return f"{short(self.value)} per {self.unit} ({interval}{bound})"

    def to_json(self) -> dict[str, object]:
        """The rate and its interval."""
        found = {"value": self.value, "low": self.low, "high": self.high, "unit": self.unit}
        bound = {} if self.at_most is None else {"at_most": self.at_most}
        return {**found, **bound, "confidence": self.confidence}


@record
class Share:
    """So many of at least one, with an exact interval."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.of

    def __str__(self) -> str:
        interval = f"{CONFIDENCE:.0%} interval {short(self.low)} to {short(self.high)}"
        return f"{short(self.value)}, {self.count:,} of {self.of:,} ({interval})"

    def to_json(self) -> dict[str, object]:
        """The share, what it is made of, and its interval."""
        found = {"value": self.value, "count": self.count, "of": self.of}
        return {**found, "low": self.low, "high": self.high, "confidence": CONFIDENCE}


def share_of(count: int, of: int, nothing: str) -> Share | Unmeasured:
    """A share, Clopper-Pearson; of nothing it is unmeasured, for the reason given."""
    return Share(count, of, *share(count, of)) if of else Unmeasured(nothing)


def short(number: float) -> str:
    """A figure for people: three digits, or the whole number of a large one."""
    return "0" if number == 0 else f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"


def per_events(alerts: int, events: int, confidence: float = CONFIDENCE) -> Rate | None:
    """Alerts per million events, Clopper-Pearson: each event either raises an alert or does not.

    More alerts than events (one event may raise several) are counted as a rate instead, see `per_exposure`.
    None without events.
    """
    million = 1_000_000
    if events <= 0:
        return None
    if alerts > events:
        return per_exposure(alerts, events / million, "million events", confidence)
    low, high = share(alerts, events, confidence)
    most = None if alerts else share(0, events, 2 * confidence - 1)[1] * million
    return Rate(alerts / events * million, low * million, high * million, "million events", most, confidence)


def share(count: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share that was observed as `count` of at least one, Clopper-Pearson."""
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, of - count)) if count < of else 1.0
    return low, high


def per_exposure(alerts: int, exposure: float, unit: str, confidence: float = CONFIDENCE) -> Rate | None:
    """Alerts per unit of exposure, Garwood: alerts arrive as a Poisson process. None without exposure."""
    if exposure <= 0:
        return None
    from scipy.stats import chi2

    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * alerts)) / 2 if alerts else 0.0
    high = float(chi2.ppf(1 - tail, 2 * (alerts + 1))) / 2
    most = None if alerts else float(chi2.ppf(confidence, 2)) / 2 / exposure
    return Rate(alerts / exposure, low / exposure, high / exposure, unit, most, confidence)


def difference(more: int, fewer: int, exposure: float, unit: str) -> Rate | None:
    """The rate of one kind of alert less that of another on the same events, such as new ones and gone ones.

    The interval is made of both Garwood intervals (MOVER: Zou and Donner, Statistics in Medicine 27, 2008); it covers
    at least as often as it says wherever that was computed. None without exposure.
    """
    first, second = per_exposure(more, exposure, unit), per_exposure(fewer, exposure, unit)
    if first is None or second is None:
        return None
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Rate(value, low, high, unit)


def exposure_needed(alerts: int, most: float, confidence: float) -> float:
    """How much must be seen, with so many alerts, to show that the rate is at most `most` per unit."""
    from scipy.stats import chi2

    return float(chi2.ppf(confidence, 2 * (alerts + 1))) / 2 / most
