"""Rates: exact intervals, equal to scipy's own where it has them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson

from emulator.replay.intervals import per_events, per_exposure

COUNTS = st.integers(1, 5000).flatmap(lambda events: st.tuples(st.integers(0, events), st.just(events)))


@given(COUNTS)
def test_events_have_the_exact_binomial_interval(counts: tuple[int, int]) -> None:
    alerts, events = counts
    rate, exact = per_events(alerts, events), binomtest(alerts, events).proportion_ci(0.95, method="exact")
    assert rate is not None
    assert (rate.low, rate.high) == pytest.approx((exact.low * 1e6, exact.high * 1e6))
    assert rate.low <= rate.value <= rate.high


@given(st.integers(0, 500), st.floats(0.01, 1000))
def test_exposure_has_the_exact_poisson_interval(alerts: int, exposure: float) -> None:
    rate = per_exposure(alerts, exposure, "host-day")
    assert rate is not None
    assert poisson.cdf(alerts, rate.high * exposure) == pytest.approx(0.025)
    assert alerts == 0 or poisson.sf(alerts - 1, rate.low * exposure) == pytest.approx(0.025)


def test_nothing_seen_is_no_rate_and_no_alert_is_the_rule_of_three() -> None:
    assert per_events(0, 0) is None
    assert per_exposure(0, 0, "host-day") is None
    rate = per_exposure(0, 1, "host-day")
    assert rate is not None
    assert (rate.low, rate.high) == (0, pytest.approx(-math.log(0.025)))


def test_more_alerts_than_events_are_a_rate() -> None:
    rate = per_events(30, 10)
    assert rate is not None
    assert rate.value == pytest.approx(3e6)
    assert str(rate).startswith("3,000,000 per million events (95% interval ")
    assert rate.to_json()["unit"] == "million events"


@pytest.mark.parametrize(("mean", "exposure"), [(3.0, 2.0), (40.0, 10.0)])
def test_intervals_cover_at_least_as_often_as_they_say(mean: float, exposure: float) -> None:
    covered = 0.0
    for alerts in range(int(mean * exposure * 4) + 30):
        rate = per_exposure(alerts, exposure, "x")
        assert rate is not None
        covered += float(poisson.pmf(alerts, mean * exposure)) * (rate.low <= mean <= rate.high)
    assert covered >= 0.95
