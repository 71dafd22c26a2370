"""What the clock costs: detections missed and repeated, and why, beside a rule that looks all the time."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from emulator.nodes import record
from emulator.replay.clocked.arrivals import Arrival
from emulator.replay.clocked.deployment import Deployment, Grouping, Trigger
from emulator.replay.clocked.simulation import Evaluate, Look, Simulated, simulate


@record
class Comparison:
    """A simulated rule beside the detections that there were, each with the first moment at which it was one.

    Of the missed, `split` lay in no window together, `late` arrived after the runs that would have seen them, and
    `held_back` were seen, and kept from raising an alert by trigger, suppression or throttling. Of the repeated,
    `overlapping` were seen by several windows; the rest came of events that arrived twice.
    """

    simulated: Simulated
    detections: int
    split: tuple[Hashable, ...]
    late: tuple[Hashable, ...]
    held_back: tuple[Hashable, ...]
    unexpected: tuple[Hashable, ...]
    overlapping: int
    waits: tuple[int, ...]

    @property
    def missed(self) -> int:
        """How many detections no alert told."""
        return len(self.split) + len(self.late) + len(self.held_back)

    @property
    def copied(self) -> int:
        """How many times a detection was repeated because an event arrived twice."""
        return self.simulated.repeated - self.overlapping

    def wait(self, share: float) -> int | None:
        """The ticks from detectable to detected that a share of the detections do not exceed; None without any."""
        return self.waits[max(0, math.ceil(share * len(self.waits)) - 1)] if self.waits else None


def detectable(
    events: Sequence[Arrival[Any]], lookback: int, evaluate: Evaluate, moments: Iterable[int]
) -> dict[Hashable, int]:
    """What a rule finds that looks back from some moments, with every event at hand as it happens: when it first does.

    Copies do not count: an event that happened once is seen once.
    """
    ordered = sorted((one for one in events if not one.copy), key=lambda one: one.at)
    first: dict[Hashable, int] = {}
    for moment in sorted(set(moments)):
        end = moment + 1
        seen = [one for one in ordered if end - lookback <= one.at < end]
        for detection, _ in evaluate(Look(end - lookback, end, seen)):
            first.setdefault(detection, moment)
    return first


def compare(
    deployment: Deployment,
    events: Sequence[Arrival[Any]],
    evaluate: Evaluate,
    wanted: dict[Hashable, int],
    *,
    offset: int = 0,
) -> Comparison:
    """Simulate a deployment and hold it against the detections that were to be had."""

    def run(one: Deployment, arrived: Sequence[Arrival[Any]]) -> Simulated:
        return simulate(one, arrived, evaluate, offset=offset)

    once = [one for one in events if not one.copy]
    plain = replace(deployment, trigger=Trigger(), grouping=Grouping.SINGLE, suppression=0, throttle=0)
    real = run(deployment, events)
    seen = run(plain, events).raised
    prompt = run(plain, [replace(one, arrived=one.at) for one in once]).raised
    raised = real.raised
    missed = [one for one in wanted if one not in raised]
    return Comparison(
        simulated=real,
        detections=len(wanted),
        held_back=tuple(one for one in missed if one in seen),
        late=tuple(one for one in missed if one not in seen and one in prompt),
        split=tuple(one for one in missed if one not in seen and one not in prompt),
        unexpected=tuple(one for one in raised if one not in wanted),
        overlapping=real.repeated if len(once) == len(events) else min(real.repeated, run(deployment, once).repeated),
        waits=tuple(sorted(at - wanted[one] for one, at in raised.items() if one in wanted)),
    )
