"""Rates: exact intervals, equal to scipy's own where it has them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, poisson

from emulator.replay.rates.intervals import (
    Share,
    Unmeasured,
    difference,
    exposure_needed,
    per_events,
    per_exposure,
    share,
    share_of,
)

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


@given(COUNTS)
def test_shares_have_the_exact_binomial_interval(counts: tuple[int, int]) -> None:
    count, of = counts
    found, exact = share_of(count, of, ""), binomtest(count, of).proportion_ci(0.95, method="exact")
    assert isinstance(found, Share)
    assert (found.value, found.low, found.high) == pytest.approx((count / of, exact.low, exact.high))
    assert share_of(0, 0, "nothing") == Unmeasured("nothing")


@pytest.mark.parametrize("chance", [0.003, 0.2, 0.5])
def test_shares_are_covered_at_least_as_often_as_they_say(chance: float) -> None:
    bounds = [share(count, 40) for count in range(41)]
    assert (
        sum(float(binom.pmf(count, 40, chance)) for count, (low, high) in enumerate(bounds) if low <= chance <= high)
        >= 0.95
    )


@given(st.integers(1, 10**6))
def test_without_an_alert_the_rule_of_three_holds(events: int) -> None:
    rate, days = per_events(0, events), per_exposure(0, events, "host-day")
    assert rate is not None
    assert days is not None
    assert rate.at_most == pytest.approx((1 - 0.05 ** (1 / events)) * 1e6)
    assert days.at_most == pytest.approx(3 / events, rel=0.002)
    assert exposure_needed(0, days.at_most or 0, 0.95) == pytest.approx(events)


@pytest.mark.once
@pytest.mark.parametrize(("new", "gone"), [(0.1, 0.1), (1.0, 0.1), (3.0, 3.0), (8.0, 0.5)])
def test_the_interval_of_a_difference_covers_at_least_as_often_as_it_says(new: float, gone: float) -> None:
    covered = 0.0
    for more in range(int(new * 3) + 8):
        for fewer in range(int(gone * 3) + 8):
            found = difference(more, fewer, 1.0, "day")
            assert found is not None
            chance = float(poisson.pmf(more, new) * poisson.pmf(fewer, gone))
            covered += chance * (found.low <= new - gone <= found.high)
    assert covered >= 0.95
    assert difference(1, 0, 0, "day") is None
