"""Precision, recall and time to detect from labels; a walk through alerts; labels that are stale."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emulator.clock import TICKS_PER_MINUTE, parse_iso
from emulator.replay.labelling import questions, renewed, session, stale_labels
from emulator.replay.measuring import Measurement, measure
from emulator.replay.rates.intervals import Share, Unmeasured
from emulator.replay.rates.quality import Quality, quality
from emulator.rules import Language, QueryName
from emulator.rules.labels import CorpusLabels, labels_text
from tests.replay.test_measuring import part, rule

EVENTS = [
    ["DeviceProcessEvents", f"2026-03-02T09:0{minute}:00Z", {"DeviceName": f"h{minute}", "FileName": "ab"[minute % 2]}]
    for minute in range(6)
]
ALL = rule(Language.KQL, "DeviceProcessEvents | project Timestamp, DeviceName, FileName")
TUNED = replace(
    rule(Language.KQL, 'DeviceProcessEvents | where FileName == "a" | project Timestamp, DeviceName'),
    name=QueryName.KQL_TUNED,
)
START = parse_iso("2026-03-02T09:01:00Z") or 0


def measured() -> list[Measurement]:
    return measure([ALL, TUNED], part(EVENTS))


def labelled() -> list[CorpusLabels]:
    """The alerts of the first five minutes: the first, third and fourth are true."""
    walk = session(measured(), [])
    for is_true in (True, False, True, True, False):
        walk.answer("so it was", is_true=is_true)
    return [replace(group, attack_start=START) for group in walk.groups]


def test_labels_give_precision_recall_and_time() -> None:
    found, tuned = (quality(one, labelled()) for one in measured())
    assert (found.precision, found.recall) == (pytest.approx(found.precision), pytest.approx(found.recall))
    assert isinstance(found.precision, Share)
    assert isinstance(tuned.precision, Share)
    assert isinstance(tuned.recall, Share)
    assert (found.precision.count, found.precision.of, found.unlabelled) == (3, 5, 1)
    assert (tuned.precision.count, tuned.precision.of, tuned.recall.count, tuned.recall.of) == (2, 3, 2, 3)
    assert (found.time_to_detect, tuned.time_to_detect) == (TICKS_PER_MINUTE, TICKS_PER_MINUTE)
    assert found.to_json()["time_to_detect"] == "00:01:00"


def test_what_is_not_known_has_a_reason() -> None:
    one, _ = measured()
    empty = quality(one, [])
    assert (empty.unlabelled, empty.precision, empty.recall, empty.time_to_detect) == (
        6,
        Unmeasured("no alert that it raised is labelled"),
        Unmeasured("no alert is labelled true"),
        Unmeasured("no start of an attack is known"),
    )
    late = [replace(group, attack_start=START + 60 * TICKS_PER_MINUTE) for group in labelled()]
    assert quality(one, late).time_to_detect == Unmeasured("no true alert follows")
    one.alerts += 1
    assert quality(one, labelled()).precision == Unmeasured("of 7 alerts only 10,000 are told apart")


def test_times_of_several_attacks() -> None:
    one, _ = measured()
    both = Quality()
    for _ in range(2):
        both.include(quality(one, labelled()))
    assert (both.time_to_detect, both.known, len(both.delays)) == (TICKS_PER_MINUTE, 6, 2)
    timeless = measure([rule(Language.KQL, "DeviceProcessEvents | project DeviceName")], part(EVENTS))
    walk = session(timeless, [])
    walk.answer("x", is_true=True)
    found = quality(timeless[0], [replace(group, attack_start=START) for group in walk.groups])
    assert found.time_to_detect == Unmeasured("the true alerts show no time")


def test_labels_of_another_corpus_are_stale() -> None:
    labels = labelled()
    other = measure([ALL], part(EVENTS[1:]))
    found = quality(other[0], labels)
    assert (found.unlabelled, found.true) == (5, 0)
    assert found.recall == Unmeasured("the labels of made up are stale: it held other events when they were given")
    (stale,) = stale_labels(other, labels)
    assert (stale.matching, len(stale.group.labels)) == (4, 5)
    mended = renewed(other, labels)
    assert not stale_labels(other, mended)
    assert quality(other[0], mended).known == 2
    elsewhere = CorpusLabels("elsewhere", Language.CQL, "0" * 16, None, ())
    assert renewed(other, [elsewhere]) == [elsewhere]


def test_a_walk_goes_on_where_it_was_left() -> None:
    found = measured()
    assert [one.queries for one in questions(found)][:2] == [("kql", "kql-tuned"), ("kql",)]
    walk = session(found, labelled())
    assert (walk.left, walk.undo()) == (1, False)
    walk.skip()
    assert (walk.question, walk.undo(), walk.left) == (None, True, 1)
    walk.answer(" because ", is_true=False)
    assert walk.groups[0].labels[-1].reason == "because"
    assert session(found, walk.groups).left == 0
    again = session(found, walk.groups, again=True)
    again.answer("after all", is_true=True)
    assert (again.left, len(again.groups[0].labels)) == (5, 6)
    assert again.undo()
    assert labels_text(again.groups) == labels_text(walk.groups)


def test_a_later_start_of_windows_changes_no_key() -> None:
    schedule = replace(ALL.detection.schedule, lookback=timedelta(minutes=2))
    short = replace(ALL, detection=replace(ALL.detection, schedule=schedule))
    keys = [{alert.key for alert in one.raised.alerts} for one in (*measure([short], part(EVENTS)), measured()[0])]
    assert keys[0] == keys[1]
