"""The interval of a rate by host: alerts cluster on hosts, which the Poisson interval knows nothing of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulator.replay.rates.intervals import CONFIDENCE, Rate, Unmeasured

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000
LEAST_HOSTS = 4
"""Hosts with alerts below which the interval has no upper end: too many resamples hold none of them."""
_SEED = 1
_CELLS = 1_000_000


def per_host_day(
    alerts: Mapping[str, int], days: Mapping[str, int], confidence: float = CONFIDENCE
) -> Rate | Unmeasured:
    """Alerts per host-day with a studentised bootstrap interval over hosts, the same in every run.

    Hosts are drawn with replacement, each with all its alerts and days. Each resample gives the distance of its rate
    from the observed one in its own (linearised) standard errors; the quantiles of these distances give the interval
    (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 12.5). Plain percentiles of the rates cover
    far less often than they say while few hosts alert.
    """
    reason = _reason(alerts, days)
    if reason:
        return Unmeasured(reason)
    import numpy as np

    kinds = Counter((alerts.get(host, 0), count) for host, count in days.items())
    pairs = sorted(kinds)
    raised, exposed = (np.array([pair[place] for pair in pairs], dtype=float) for place in (0, 1))
    hosts = np.array([kinds[pair] for pair in pairs], dtype=float)
    rate = float(hosts @ raised / (hosts @ exposed))
    error = float(_errors(hosts[np.newaxis], raised, exposed)[1][0])
    distances = _distances(hosts, raised, exposed, rate)
    tail = (1 - confidence) / 2
    left, right = (float(one) for one in np.quantile(distances, [tail, 1 - tail], method="inverted_cdf"))
    if math.isinf(left):
        return Unmeasured(f"{_hosts(alerts)} with alerts are too few for an interval by host")
    return Rate(rate, max(0.0, rate - right * error), rate - left * error, "host-day", confidence=confidence)


def _reason(alerts: Mapping[str, int], days: Mapping[str, int]) -> str:
    raising = sum(count > 0 for count in alerts.values())
    elsewhere = sum(count for host, count in alerts.items() if host not in days)
    if not raising:
        return "no alert names a host"
    if elsewhere:
        return f"{elsewhere:,} alerts name a host of which the corpus has no events"
    if len(days) < LEAST_HOSTS or raising < LEAST_HOSTS:
        return f"{_hosts(alerts)} with alerts, of {len(days):,}, can't tell how hosts differ"
    return ""


def _hosts(alerts: Mapping[str, int]) -> str:
    raising = sum(count > 0 for count in alerts.values())
    return f"{raising:,} host{'' if raising == 1 else 's'}"


def _errors(drawn: NDArray[Any], raised: NDArray[Any], exposed: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rate of each drawing of hosts, and its standard error by linearisation."""
    import numpy as np

    total = drawn @ exposed
    rates = drawn @ raised / total
    squares = drawn @ raised**2 - 2 * rates * (drawn @ (raised * exposed)) + rates**2 * (drawn @ exposed**2)
    return rates, np.sqrt(np.maximum(squares, 0.0)) / total


def _distances(hosts: NDArray[Any], raised: NDArray[Any], exposed: NDArray[Any], rate: float) -> NDArray[Any]:
    """How far the rates of resamples lie from the observed one, in standard errors of their own.

    A resample without variation lies infinitely far, or nowhere when it has the observed rate.
    """
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(_SEED))
    count = int(hosts.sum())
    found = []
    left = RESAMPLES
    while left:
        batch = max(1, min(left, _CELLS // len(hosts)))
        rates, errors = _errors(generator.multinomial(count, hosts / count, size=batch).astype(float), raised, exposed)
        away = rates - rate
        some = errors > np.abs(rates) * 1e-9
        far = np.where(away == 0, 0.0, np.copysign(np.inf, away))
        found.append(np.where(some, away / np.where(some, errors, 1.0), far))
        left -= batch
    return np.concatenate(found)
