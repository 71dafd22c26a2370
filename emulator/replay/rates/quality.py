"""How good the alerts of a query are, where people labelled them: precision, recall and time to detect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emulator.clock import format_timespan
from emulator.replay.cache.results import digest
from emulator.replay.measuring import Measurement
from emulator.replay.raised import MOST_ALERTS
from emulator.replay.rates.intervals import Share, Unmeasured, share_of
from emulator.replay.windows import Exposure
from emulator.rules.labels import CorpusLabels


@dataclass(slots=True)
class Quality:
    """Labelled alerts of a query: those that it raised by verdict, and how many of all true ones it raised.

    Alerts are counted by key, so that several rows of one time about the same entities are one. `known` counts the true
    alerts that any query of the language ever raised on the corpus. `delays` has the ticks from the start of an attack
    to the first true alert after it; `undetected` counts the attacks without one, `timeless` those whose true alerts
    show no time. `reasons` say why parts of a corpus tell nothing.
    """

    true: int = 0
    false: int = 0
    unlabelled: int = 0
    known: int = 0
    found: int = 0
    delays: list[int] = field(default_factory=list)
    undetected: int = 0
    timeless: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def precision(self) -> Share | Unmeasured:
        """The share of the labelled alerts that are true."""
        return share_of(self.true, self.true + self.false, self._reason("no alert that it raised is labelled"))

    @property
    def recall(self) -> Share | Unmeasured:
        """The share of the alerts known to be true that it raised. What no query ever raised is not known."""
        return share_of(self.found, self.known, self._reason("no alert is labelled true"))

    @property
    def time_to_detect(self) -> int | Unmeasured:
        """The median time from the start of an attack to the first true alert, in ticks of event time."""
        if self.delays:
            return sorted(self.delays)[(len(self.delays) - 1) // 2]
        if self.timeless:
            return Unmeasured("the true alerts show no time")
        return Unmeasured(
            self._reason("no true alert follows" if self.undetected else "no start of an attack is known")
        )

    def _reason(self, otherwise: str) -> str:
        return "; ".join(dict.fromkeys(self.reasons)) or otherwise

    def include(self, other: Quality) -> None:
        """Add what another part of a corpus tells."""
        self.true += other.true
        self.false += other.false
        self.unlabelled += other.unlabelled
        self.known += other.known
        self.found += other.found
        self.delays += other.delays
        self.undetected += other.undetected
        self.timeless += other.timeless
        self.reasons += other.reasons

    def to_json(self) -> dict[str, object]:
        """Precision, recall and time to detect, or why there is none."""
        time = self.time_to_detect
        return {
            "labelled": {"true": self.true, "false": self.false, "unlabelled": self.unlabelled},
            "precision": self.precision.to_json(),
            "recall": self.recall.to_json(),
            "time_to_detect": time.to_json() if isinstance(time, Unmeasured) else format_timespan(time),
        }


def seen_digest(exposure: Exposure) -> str:
    """A digest of what a corpus held: events by table, hosts and their days. Labels of another corpus are stale."""
    return digest([sorted(exposure.events.items()), sorted(exposure.host_days)])[:16]


def quality(one: Measurement, labels: Iterable[CorpusLabels]) -> Quality:
    """What labels say of the alerts of a query."""
    found = Quality()
    keys = {alert.key for alert in one.raised.alerts}
    group = find_labels(one, labels)
    if group is None or one.unmeasured:
        found.unlabelled = len(keys)
        return found
    if group.seen != seen_digest(one.exposure):
        found.unlabelled = len(keys)
        found.reasons.append(f"the labels of {one.part.name} are stale: it held other events when they were given")
        return found
    if one.alerts > len(one.raised.alerts):
        found.reasons.append(f"of {one.alerts:,} alerts only {MOST_ALERTS:,} are told apart")
        return found
    verdicts = {label.alert: label.is_true for label in group.labels}
    count = Counter(verdicts.get(key) for key in keys)
    found.true, found.false, found.unlabelled = count[True], count[False], count[None]
    found.known, found.found = sum(verdicts.values()), count[True]
    if group.attack_start is not None:
        _time(found, one, verdicts, group.attack_start)
    return found


def _time(found: Quality, one: Measurement, verdicts: Mapping[str, bool], start: int) -> None:
    times = [alert.at for alert in one.raised.alerts if verdicts.get(alert.key) and alert.at is not None]
    after = [at - start for at in times if at >= start]
    if after:
        found.delays.append(min(after))
    elif found.true and not times:
        found.timeless += 1
    else:
        found.undetected += 1


def find_labels(one: Measurement, labels: Iterable[CorpusLabels]) -> CorpusLabels | None:
    """The labels that are about the corpus and the language of a measurement."""
    wanted = one.part.name, one.rule.name.language
    return next((group for group in labels if (group.corpus, group.language) == wanted), None)


def qualities(measurements: Sequence[Measurement], labels: Mapping[str, Sequence[CorpusLabels]]) -> list[Quality]:
    """What labels say of each measurement; `labels` has those of detections by folder."""
    return [quality(one, labels.get(one.rule.detection.folder, ())) for one in measurements]


def pooled_qualities(measurements: Sequence[Measurement], found: Sequence[Quality]) -> dict[tuple[str, str], Quality]:
    """Quality by the name of a detection and of its query, over all parts."""
    groups: dict[tuple[str, str], Quality] = {}
    for one, quality in zip(measurements, found, strict=True):
        groups.setdefault((one.rule.detection.name, one.rule.name.value), Quality()).include(quality)
    return groups
