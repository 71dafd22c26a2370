"""Labelling: the alerts of a detection on a corpus one after the other, each with the verdict that it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from emulator.clock import format_datetime
from emulator.nodes import record
from emulator.replay.measuring import Measurement
from emulator.replay.raised import Alert
from emulator.replay.rates.quality import find_labels, seen_digest
from emulator.rules import Language
from emulator.rules.labels import CorpusLabels, Label


@record
class Question:
    """An alert to be labelled: the rows that share its key, and the queries that raised it."""

    corpus: str
    language: Language
    alert: Alert
    rows: int
    queries: tuple[str, ...]


@record
class Stale:
    """Labels of a corpus that held other events when they were given; so many are of alerts that are raised still."""

    group: CorpusLabels
    matching: int


def questions(measurements: Iterable[Measurement]) -> list[Question]:
    """The alerts of a detection in order of corpus, language and time; those of several queries once."""
    found: dict[tuple[str, Language, str], Question] = {}
    for one in measurements:
        rows: dict[str, int] = {}
        for alert in one.raised.alerts:
            rows[alert.key] = rows.get(alert.key, 0) + 1
            place = one.part.name, one.rule.name.language, alert.key
            known = found.get(place) or Question(one.part.name, one.rule.name.language, alert, 0, ())
            names = tuple(dict.fromkeys((*known.queries, one.rule.name.value)))
            found[place] = replace(known, rows=max(known.rows, rows[alert.key]), queries=names)
    return sorted(found.values(), key=lambda one: (one.corpus, one.language, one.alert.at or 0, one.alert.key))


def stale_labels(measurements: Iterable[Measurement], labels: Iterable[CorpusLabels]) -> list[Stale]:
    """The labels whose corpus held other events when they were given."""
    keys: dict[tuple[str, Language], set[str]] = {}
    stale: dict[tuple[str, Language], CorpusLabels] = {}
    for one in measurements:
        group = find_labels(one, labels)
        if group is not None and group.seen != seen_digest(one.exposure):
            place = group.corpus, group.language
            stale[place] = group
            keys.setdefault(place, set()).update(alert.key for alert in one.raised.alerts)
    return [Stale(group, sum(label.alert in keys[place] for label in group.labels)) for place, group in stale.items()]


def renewed(measurements: Sequence[Measurement], labels: Iterable[CorpusLabels]) -> list[CorpusLabels]:
    """Labels without those of alerts that a corpus, as it is now, no longer has."""
    found = []
    stale = {(one.group.corpus, one.group.language) for one in stale_labels(measurements, labels)}
    for group in labels:
        if (group.corpus, group.language) not in stale:
            found.append(group)
            continue
        members = [one for one in measurements if find_labels(one, [group])]
        keys = {alert.key for one in members for alert in one.raised.alerts}
        kept = tuple(label for label in group.labels if label.alert in keys)
        found.append(replace(group, seen=seen_digest(members[0].exposure), labels=kept))
    return found


@dataclass(slots=True)
class Session:
    """A walk through questions: what is answered, what comes next, and the way back.

    `seen` has the digest of each corpus and language that is walked through.
    """

    groups: list[CorpusLabels]
    queue: list[Question]
    seen: dict[tuple[str, Language], str]
    _next: int = 0
    _undo: list[tuple[int, list[CorpusLabels]]] = field(default_factory=list)

    @property
    def question(self) -> Question | None:
        """What is to be answered now; None at the end."""
        return self.queue[self._next] if self._next < len(self.queue) else None

    @property
    def left(self) -> int:
        """How many questions there are still."""
        return len(self.queue) - self._next

    def answer(self, reason: str, *, is_true: bool) -> None:
        """Label the alert in question and go on."""
        one = self.queue[self._next]
        time = "" if one.alert.at is None else format_datetime(one.alert.at)
        label = Label(one.alert.key, is_true, reason.strip(), time, dict(one.alert.entities))
        self._undo.append((self._next, list(self.groups)))
        self._put(one, label)
        self._next += 1

    def skip(self) -> None:
        """Leave the alert in question unlabelled."""
        self._undo.append((self._next, list(self.groups)))
        self._next += 1

    def undo(self) -> bool:
        """Take the last answer back; False when there is none."""
        if not self._undo:
            return False
        self._next, self.groups = self._undo.pop()
        return True

    def _put(self, one: Question, label: Label) -> None:
        place = one.corpus, one.language
        for position, group in enumerate(self.groups):
            if (group.corpus, group.language) == place:
                others = tuple(known for known in group.labels if known.alert != label.alert)
                self.groups[position] = replace(group, labels=(*others, label))
                return
        self.groups.append(CorpusLabels(one.corpus, one.language, self.seen[place], None, (label,)))


def session(measurements: Sequence[Measurement], labels: Sequence[CorpusLabels], *, again: bool = False) -> Session:
    """A walk through the alerts that have no label, or with `again` through all."""
    known = {(group.corpus, group.language, label.alert) for group in labels for label in group.labels}
    queue = [one for one in questions(measurements) if again or (one.corpus, one.language, one.alert.key) not in known]
    seen = {(one.part.name, one.rule.name.language): seen_digest(one.exposure) for one in measurements}
    return Session(list(labels), queue, seen)
