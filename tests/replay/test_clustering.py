"""The interval by host: it covers where alerts cluster, agrees with scipy on how much rates vary, and says when not."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import bootstrap

from emulator.replay.rates.clustering import RESAMPLES, per_host_day
from emulator.replay.rates.intervals import Rate, Unmeasured, per_exposure

pytestmark = pytest.mark.once

DAYS = {f"h{number}": number % 5 + 3 for number in range(40)}


def organisation(draws: np.random.Generator, shape: float | None, days: Mapping[str, int]) -> dict[str, int]:
    """Alerts by host at a mean of one in two host-days; the smaller the shape, the more they cluster."""
    return {
        host: int(draws.poisson(count * (0.5 if shape is None else draws.gamma(shape, 0.5 / shape))))
        for host, count in days.items()
    }


@pytest.mark.parametrize("shape", [None, 0.2])
def test_it_covers_where_alerts_cluster(shape: float | None) -> None:
    draws = np.random.default_rng(7)
    covered, poisson, runs = 0, 0, 100
    for _ in range(runs):
        alerts = organisation(draws, shape, DAYS)
        found = per_host_day(alerts, DAYS)
        exact = per_exposure(sum(alerts.values()), sum(DAYS.values()), "host-day")
        assert isinstance(found, Rate)
        assert exact is not None
        assert found.value == pytest.approx(exact.value)
        covered += found.low <= 0.5 <= found.high
        poisson += exact.low <= 0.5 <= exact.high
    assert covered / runs >= 0.9
    assert (poisson / runs >= 0.9) if shape is None else (poisson / runs < 0.8)


def test_it_varies_as_much_as_scipy_says() -> None:
    alerts = organisation(np.random.default_rng(3), 1.0, DAYS)
    found = per_host_day(alerts, DAYS)
    pairs = (np.array([alerts[host] for host in DAYS]), np.array(list(DAYS.values())))
    other = bootstrap(
        pairs,
        lambda raised, days, axis: raised.sum(axis=axis) / days.sum(axis=axis),
        n_resamples=RESAMPLES,
        paired=True,
        vectorized=True,
        method="BCa",
        rng=np.random.default_rng(1),
    )
    assert isinstance(found, Rate)
    width = other.confidence_interval.high - other.confidence_interval.low
    assert (found.high - found.low) == pytest.approx(width, rel=0.25)
    assert per_host_day(alerts, DAYS) == found  # the same in every run


def test_more_confidence_is_a_wider_interval() -> None:
    alerts = organisation(np.random.default_rng(3), 1.0, DAYS)
    narrow, wide = (per_host_day(alerts, DAYS, confidence) for confidence in (0.8, 0.99))
    assert isinstance(narrow, Rate)
    assert isinstance(wide, Rate)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


@pytest.mark.parametrize(
    ("alerts", "hosts", "reason"),
    [
        ({}, 40, "no alert names a host"),
        ({"x": 3, "h1": 1}, 40, "3 alerts name a host of which the corpus has no events"),
        ({"h1": 9}, 40, "1 host with alerts, of 40, can't tell how hosts differ"),
        ({"h0": 9, "h1": 1}, 2, "2 hosts with alerts, of 2, can't tell how hosts differ"),
        ({f"h{number}": 500 for number in range(4)}, 2000, "4 hosts with alerts are too few for an interval by host"),
    ],
)
def test_too_few_hosts_are_unmeasured(alerts: dict[str, int], hosts: int, reason: str) -> None:
    days = {f"h{number}": 1 for number in range(hosts)}
    assert per_host_day(alerts, days, 0.99) == Unmeasured(reason)


def test_hosts_without_any_difference_have_no_width() -> None:
    days = {f"h{number}": 2 for number in range(8)}
    found = per_host_day(dict.fromkeys(days, 4), days)
    assert isinstance(found, Rate)
    assert (found.low, found.value, found.high) == (2, 2, 2)
