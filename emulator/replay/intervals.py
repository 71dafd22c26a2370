"""Exact confidence intervals for how often a rule fires."""

from __future__ import annotations

from emulator.nodes import record

CONFIDENCE = 0.95


@record
class Rate:
    """Alerts per unit with an exact interval; without a single unit there is no rate."""

    value: float
    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        interval = f"{CONFIDENCE:.0%} interval {_short(self.low)} to {_short(self.high)}"
        return f"{_short(self.value)} per {self.unit} ({interval})"

    def to_json(self) -> dict[str, object]:
        """The rate and its interval."""
        return {"value": self.value, "low": self.low, "high": self.high, "unit": self.unit, "confidence": CONFIDENCE}


def _short(number: float) -> str:
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
    return Rate(alerts / events * million, low * million, high * million, "million events")


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
    return Rate(alerts / exposure, low / exposure, high / exposure, unit)
