"""A rule over a corpus on the clock: what its schedule misses and repeats there, and which schedule would do better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from emulator.clock import TICKS_PER_MINUTE, format_timespan
from emulator.events.sensors import SensorEvent
from emulator.nodes import record
from emulator.replay.clocked.arrivals import Arrival, Ingestion, arrivals
from emulator.replay.clocked.comparison import Comparison, compare, detectable
from emulator.replay.clocked.deployment import Deployment
from emulator.replay.clocked.rules import evaluation, is_row_by_row, matters, name_of
from emulator.replay.rulebook import Rule

MOST_MOMENTS = 2_000
"""Moments from which a rule that counts is asked what there was to find; of more, so many are taken evenly."""
_FREQUENCIES = tuple(TICKS_PER_MINUTE * minutes for minutes in (5, 15, 60, 240, 1440))
_SHARES = (0.5, 0.99, 1.0)


@record
class Advice:
    """Another schedule, and what it would miss and repeat."""

    frequency: int
    lookback: int
    missed: int
    repeated: int
    alerts: int


@record
class Clocked:
    """A rule on the clock over some events, of which those that `matter` can change its result.

    `sampled` says that what there was to find was asked from some moments only. `advice` is in order: the schedule that
    misses least and repeats least comes first, and the one that runs least often of several such.
    """

    rule: Rule
    corpus: str
    deployment: Deployment
    events: int
    untimed: int
    matter: int
    sampled: bool
    comparison: Comparison
    advice: tuple[Advice, ...]

    def to_json(self) -> dict[str, object]:
        """Everything as plain values; times as timespans."""
        found, deployed = self.comparison, self.deployment
        waits = {f"{share:.0%}": found.wait(share) for share in _SHARES}
        return {
            "detection": self.rule.detection.name,
            "query": self.rule.name.value,
            "corpus": self.corpus,
            "frequency": format_timespan(deployed.frequency),
            "lookback": format_timespan(deployed.lookback),
            "delay": format_timespan(deployed.delay),
            "by_arrival": deployed.by_arrival,
            "events": self.events,
            "events_without_time": self.untimed,
            "events_that_matter": self.matter,
            "runs": found.simulated.runs,
            "runs_left_out": found.simulated.left_out,
            "alerts": len(found.simulated.alerts),
            "detections": found.detections,
            "detections_sampled": self.sampled,
            "missed": {
                "split": [name_of(one) for one in found.split],
                "late": [name_of(one) for one in found.late],
                "held_back": [name_of(one) for one in found.held_back],
            },
            "repeated": {"overlapping": found.overlapping, "copied": found.copied},
            "unexpected": len(found.unexpected),
            "time_to_detect": {share: None if wait is None else format_timespan(wait) for share, wait in waits.items()},
            "advice": [
                {
                    "frequency": format_timespan(one.frequency),
                    "lookback": format_timespan(one.lookback),
                    "missed": one.missed,
                    "repeated": one.repeated,
                    "alerts": one.alerts,
                }
                for one in self.advice
            ],
        }


def on_the_clock(
    rule: Rule,
    corpus: str,
    events: Iterable[SensorEvent],
    deployment: Deployment,
    ingestion: Ingestion,
    *,
    seed: int = 1,
    advise: bool = False,
) -> Clocked:
    """Run a rule as deployed over the events of a corpus. Events without a time are left out and counted.

    Raises QueryError when a run fails.
    """
    test = matters(rule)
    kept: list[tuple[str, int, SensorEvent]] = []
    count = untimed = 0
    for event in events:
        count += 1
        if event.at <= 0:
            untimed += 1
            continue
        if test(event):
            kept.append((event.table, event.at, event))
    arrived = list(arrivals(kept, ingestion, seed))
    evaluate = evaluation(rule, deployment)
    wanted, sampled = _wanted(rule, deployment, arrived)
    comparison = compare(deployment, arrived, evaluate, wanted)
    advice = _advice(rule, deployment, arrived, wanted) if advise and arrived else ()
    return Clocked(rule, corpus, deployment, count, untimed, len(kept), sampled, comparison, advice)


def _wanted(rule: Rule, deployment: Deployment, arrived: Sequence[Arrival[Any]]) -> tuple[dict[Any, int], bool]:
    """What there was to find, with the first moment of each; and whether only some moments were asked."""
    evaluate = evaluation(rule, replace(deployment, by_arrival=False))
    if is_row_by_row(rule.query.plan.root):
        found: dict[Any, int] = {}
        for one in arrived:
            alone = {} if one.copy else detectable([one], deployment.lookback, evaluate, [one.at])
            found.update((detection, min(at, found.get(detection, at))) for detection, at in alone.items())
        return found, False
    moments = sorted({one.at for one in arrived})
    step = -(-len(moments) // MOST_MOMENTS) or 1
    return detectable(arrived, deployment.lookback, evaluate, moments[::step]), step > 1


def _advice(
    rule: Rule, deployment: Deployment, arrived: Sequence[Arrival[Any]], wanted: dict[Any, int]
) -> tuple[Advice, ...]:
    """Schedules that run as often or more often, the best first: windows that touch, or that wait for late events."""
    delays = sorted(one.arrived - one.at for one in arrived)
    waits = sorted({0, *(_minutes(delays[round(share * (len(delays) - 1))]) for share in (0.99, 1.0))})
    tried: list[Advice] = []
    for frequency in {deployment.frequency, *(one for one in _FREQUENCIES if one < deployment.frequency)}:
        for wait in waits:
            other = replace(deployment, frequency=frequency, lookback=frequency + wait)
            found = compare(other, arrived, evaluation(rule, other), wanted)
            alerts = len(found.simulated.alerts)
            tried.append(Advice(frequency, other.lookback, found.missed, found.simulated.repeated, alerts))
    return tuple(sorted(tried, key=lambda one: (one.missed, one.repeated, -one.frequency, one.lookback)))


def _minutes(time: int) -> int:
    """A time rounded up to whole minutes, as schedules have them."""
    return -(-time // TICKS_PER_MINUTE) * TICKS_PER_MINUTE
