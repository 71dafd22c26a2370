"""A simulation counts missed and repeated alerts as a plain one does that asks of every run and every event."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from emulator.replay.clocked.arrivals import Arrival
from emulator.replay.clocked.comparison import compare, detectable
from emulator.replay.clocked.deployment import Deployment, Grouping, Trigger

HOSTS = "ab"


def at_least_two(look):
    """A rule that counts: two events of one host, or more, in the window."""
    counts = Counter(one.event for one in look.arrivals)
    return [(host, host) for host, count in counts.items() if count >= 2]


def each(look):
    """A rule for single events."""
    return [((one.event, one.at), one.event) for one in look.arrivals]


@st.composite
def corpora(draw):
    events = []
    for _ in range(draw(st.integers(1, 7))):
        at = draw(st.integers(0, 40))
        host = draw(st.sampled_from(HOSTS))
        events.append(Arrival(host, at, at + draw(st.sampled_from([0, 0, 1, 5, 30]))))
        if draw(st.integers(0, 4)) == 0:
            events.append(Arrival(host, at, at + draw(st.integers(0, 9)), copy=True))
    return events


deployments = st.builds(
    Deployment,
    frequency=st.integers(1, 12),
    lookback=st.integers(1, 15),
    delay=st.integers(0, 4),
    by_arrival=st.booleans(),
    trigger=st.sampled_from([Trigger(), Trigger(">", 1), Trigger("==", 1)]),
    grouping=st.sampled_from(Grouping),
    most_alerts=st.sampled_from([2, 150]),
    suppression=st.sampled_from([0, 0, 10]),
    throttle=st.sampled_from([0, 0, 13]),
    throttle_field=st.just("host"),
)


def plainly(deployment, events, rule):
    """Every run over all of time; the detections that each raises, in order."""
    told, quiet, throttled = [], -1000, {}
    for end in range(-100, 200):
        now = end + deployment.delay
        if end % deployment.frequency or now < quiet:
            continue
        seen = []
        for one in events:
            place = one.arrived if deployment.by_arrival else one.at
            if end - deployment.lookback <= place < end and one.arrived <= now:
                seen.append((place, one))
        seen.sort(key=lambda pair: pair[0])
        look = type("Look", (), {"arrivals": [one for _, one in seen]})
        rows = rule(look)
        if not deployment.trigger.pulled(len(rows)):
            continue
        free = {value for _, value in rows if throttled.get(value, -1000) <= now}
        kept = [detection for detection, value in rows if value in free]
        if deployment.throttle:
            throttled |= dict.fromkeys(free, now + deployment.throttle)
        else:
            kept = [detection for detection, _ in rows]
        if kept:
            told += kept
            if deployment.suppression:
                quiet = now + deployment.suppression
    return told


@given(corpora(), deployments, st.sampled_from([at_least_two, each]))
def test_counts(events, deployment, rule):
    wanted = detectable(events, deployment.lookback, rule, [one.at for one in events])
    found = compare(deployment, events, rule, wanted)
    told = plainly(deployment, events, rule)
    assert found.missed == len(set(wanted) - set(told))
    assert found.simulated.repeated == len(told) - len(set(told))
    assert set(found.unexpected) == set(told) - set(wanted)
    assert len(found.waits) == len(set(told) & set(wanted))


@given(corpora(), deployments)
def test_alerts_are_grouped(events, deployment):
    wanted = detectable(events, deployment.lookback, each, [one.at for one in events])
    alerts = compare(deployment, events, each, wanted).simulated.alerts
    runs = Counter(alert.at for alert in alerts)
    if deployment.grouping is Grouping.SINGLE:
        assert set(runs.values()) <= {1}
    else:
        assert max(runs.values(), default=0) <= deployment.most_alerts


@given(corpora(), st.integers(1, 12), st.integers(0, 10))
def test_a_window_as_long_as_the_frequency_and_the_longest_delay_misses_no_event(events, frequency, more):
    """A lookback of frequency and delay together loses no single event, however late it arrives."""
    longest = max(one.arrived - one.at for one in events)
    deployment = Deployment(frequency, frequency + longest + more)
    wanted = detectable(events, deployment.lookback, each, [one.at for one in events])
    assert compare(deployment, events, each, wanted).missed == 0


@given(corpora(), st.integers(1, 12))
def test_prompt_events_in_touching_windows_are_told_once(events, frequency):
    prompt = {(one.event, one.at): Arrival(one.event, one.at, one.at) for one in events}
    deployment = Deployment(frequency, frequency)
    wanted = detectable(list(prompt.values()), frequency, each, [one.at for one in prompt.values()])
    found = compare(deployment, list(prompt.values()), each, wanted)
    assert (found.missed, found.simulated.repeated) == (0, 0)
