"""Parts of a corpus and a cache: the same measurements, of which only those that changed are made again."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.clock import TICKS_PER_DAY, parse_iso
from emulator.events.recordings import mapped as recordings
from emulator.events.recordings.mapped import Tally
from emulator.events.sensors import Sensor, SensorEvent
from emulator.interpreter.context import Limits
from emulator.proof.missed import why_missed
from emulator.query import Query, compile
from emulator.replay.cache.results import NOTHING_KEPT, ResultCache
from emulator.replay.corpus import Material
from emulator.replay.measuring import Measurement, measure
from emulator.replay.parts import kept_events
from emulator.replay.parts.kept_events import EventWriter, KeptEvents
from emulator.replay.parts.measuring import measure_parts
from emulator.replay.parts.recordings import PartCorpus, corpus_of_path
from emulator.replay.parts.synthetic import synthetic_corpus
from emulator.replay.rulebook import Rule
from emulator.rules import Language
from tests.replay.test_measuring import CASES, part, rule

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpus/recorded/sample.jsonl"
EVERYTHING = [event for case in CASES for event in case["events"]]
RULES = [
    rule(Language.KQL if "kql" in case else Language.CQL, case["kql" if "kql" in case else "cql"]) for case in CASES
]


class Kept:
    """A cache in a folder, and a corpus."""

    def __init__(self, folder: Path, corpus: PartCorpus) -> None:
        self.folder, self.corpus = folder, corpus
        self.lines: list[str] = []

    def measure(self, rules: list[Rule]) -> list[Measurement]:
        cache = ResultCache(self.folder, self.lines.append)
        return measure_parts(rules, self.corpus, cache, why_missed, lambda: None)


def told(found: Iterable[Measurement]) -> list[dict[str, object]]:
    return [{**one.to_json(), "why": one.why or [], "cached": None} for one in found]


def fresh(rules: list[Rule], corpus: PartCorpus) -> list[dict[str, object]]:
    return told(one for each in corpus.parts for one in measure(rules, each))


def cached(found: list[Measurement]) -> list[bool]:
    return [one.cached for one in found]


def longer(one: Rule) -> Rule:
    """The rule, looking back twice as far."""
    schedule = replace(one.detection.schedule, lookback=one.detection.schedule.lookback * 2)
    return replace(one, detection=replace(one.detection, schedule=schedule))


def other(one: Rule) -> Rule:
    """The rule with another text and the same meaning."""
    text = one.query.source.text + "\n"
    return replace(one, query=compile(text, language=one.query.language))


@pytest.fixture(params=[None, "known"])
def made_up(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Two parts with all events of the cases, whose span is known or not."""
    first, events = parse_iso("2026-03-01T00:00:00Z"), EVERYTHING
    span = None
    if request.param:
        assert first is not None
        span, events = (first, first + 3 * TICKS_PER_DAY - 1), sorted(EVERYTHING, key=lambda event: str(event[1]))
    parts = (part(events, span, "one"), part(events[:4], span, "two"))
    return Kept(tmp_path / "cache", PartCorpus(parts, "made up"))


def test_what_is_kept_is_what_was_measured(made_up: Kept) -> None:
    rules = [*RULES, *map(longer, RULES)]
    wanted = fresh(rules, made_up.corpus)
    cold, warm = made_up.measure(rules), made_up.measure(rules)
    assert (told(cold), told(warm)) == (wanted, wanted)
    assert (set(cached(cold)), set(cached(warm))) == ({False}, {True})


@pytest.mark.parametrize("changed", range(len(RULES)))
def test_a_changed_rule_is_run_alone_on_what_was_kept(changed: int, tmp_path: Path) -> None:
    made_up = Kept(tmp_path, PartCorpus((part(EVERYTHING),), "made up"))
    made_up.measure(RULES)
    rules = [other(one) if place == changed else one for place, one in enumerate(RULES)]
    wanted = fresh(rules, made_up.corpus)

    def never(_: Language) -> Iterable[SensorEvent]:
        pytest.fail("the events were kept")

    made_up.corpus = PartCorpus(tuple(replace(one, events=never) for one in made_up.corpus.parts), "made up")
    found = made_up.measure(rules)
    assert told(found) == wanted
    assert cached(found) == [place != changed for place in range(len(RULES))]


@pytest.mark.parametrize("change", ["corpus", "lookback", "given", "detection", "nothing"])
def test_what_a_result_depends_on(change: str, made_up: Kept) -> None:
    one = RULES[0]
    made_up.measure([one])
    match change:
        case "corpus":
            made_up.corpus = replace(made_up.corpus, content="other")
        case "lookback":
            one = longer(one)
        case "given":
            one = replace(one, given={"watchlist:x": [{"a": "1"}]})
        case "detection":
            source = replace(one.detection.source, text=one.detection.source.text + "\n")
            one = replace(one, detection=replace(one.detection, source=source))
    assert set(cached(made_up.measure([one]))) == {change == "nothing"}


def test_what_is_known_is_not_compiled(made_up: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up.measure(RULES)
    queries = [compile(one.query.source.text, language=one.query.language, when_needed=True) for one in RULES]
    monkeypatch.setattr(Query, "_compile", lambda *_: pytest.fail("its result is known"))
    rules = [replace(one, query=query) for one, query in zip(RULES, queries, strict=True)]
    assert set(cached(made_up.measure(rules))) == {True}


@pytest.mark.parametrize("kind", ["*.json", "*.bin", "*"])
def test_what_is_damaged_is_made_again(kind: str, made_up: Kept) -> None:
    wanted = told(made_up.measure(RULES))
    for path in made_up.folder.glob(f"??/{kind}"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert told(made_up.measure(list(map(other, RULES)))) == wanted
    assert made_up.lines == ["an entry of the cache can't be read: it is made again"]
    made_up.measure(RULES)
    assert set(cached(made_up.measure(RULES))) == {True}


def test_a_rule_that_was_stopped_is_run_again(made_up: Kept) -> None:
    text = """
        DeviceProcessEvents | where FileName == "a" | extend k = 1
        | join kind=inner (range x from 1 to 300000 step 1 | extend k = 1) on k | summarize max(x)
    """
    stopped = replace(RULES[0], query=compile(text, language="kql", limits=Limits(seconds=0.001)))
    first = made_up.measure([stopped, RULES[1]])
    assert [one.unmeasured.partition(":")[0] for one in first[:2]] == ["not measured", ""]
    assert cached(made_up.measure([stopped, RULES[1]]))[:2] == [False, True]


@pytest.mark.parametrize("folder", [None, "file"])
def test_without_a_cache(folder: str | None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf8")
    corpus = PartCorpus((part(EVERYTHING),), "made up")
    lines: list[str] = []
    cache = ResultCache(None if folder is None else tmp_path / folder, lines.append)
    assert told(measure_parts(RULES, corpus, cache, why_missed, lambda: None)) == fresh(RULES, corpus)
    assert len(lines) == (folder is not None)


def test_a_corpus_of_unknown_content_is_not_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path, PartCorpus((part(EVERYTHING),)))
    kept.measure(RULES)
    assert set(cached(kept.measure(RULES))) == {False}


def test_recordings_are_mapped_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, material = tmp_path / "events", Material(ROOT, {}, (), None)
    folder.mkdir()
    (folder / "a.jsonl").write_text(SAMPLE.read_text("utf8") + "no event\n", "utf8")
    cache = ResultCache(tmp_path / "cache", pytest.fail)

    def replayed() -> tuple[list[dict[str, object]], int]:
        tally = Tally()
        corpus = corpus_of_path(folder, material, tally, cache)
        return told(measure_parts(RULES, corpus, cache, why_missed, lambda: None)), tally.bad

    first = replayed()
    monkeypatch.setattr(recordings, "read_recordings", lambda *_: pytest.fail("it was mapped before"))
    assert replayed() == first
    assert first[0]
    assert first[1] == 1


def test_an_organisation_is_made_once(tmp_path: Path) -> None:
    profile = ROOT / "corpus/profiles/office.yaml"
    corpus = synthetic_corpus(profile, NOTHING_KEPT, hosts=1, days=1, seed=1)
    kept = Kept(tmp_path, corpus)
    wanted = fresh(RULES[:1], corpus)
    assert told(kept.measure(RULES[:1])) == wanted
    assert told(kept.measure([other(RULES[0])])) == wanted
    assert corpus.content != synthetic_corpus(profile, NOTHING_KEPT, hosts=2, days=1, seed=1).content


ROWS = st.dictionaries(st.text(), st.text() | st.integers(-(1 << 63), (1 << 63) - 1) | st.booleans(), max_size=3)
EVENTS = st.lists(st.builds(SensorEvent, st.just(Sensor.DEFENDER), st.sampled_from("abc"), st.integers(0, 9), ROWS))


def written(parts: list[list[SensorEvent]], path: Path, **options: Any) -> EventWriter:
    with path.open("w+b") as file:
        writer = EventWriter(file, **options)
        for number, events in enumerate(parts):
            for event in events:
                writer.add(number, event)
            writer.end(number)
        writer.close()
    return writer


@settings(max_examples=10)
@given(st.lists(EVENTS, max_size=3), st.frozensets(st.sampled_from("abcd")), st.integers(1, 4))
def test_kept_events_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[SensorEvent]], tables: frozenset[str], piece: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "events.bin"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_events, "_PIECE", piece)
        assert not written(parts, path).gave_up
    kept = KeptEvents(path, Sensor.DEFENDER)
    for number, events in enumerate(parts):
        assert list(kept.events(number)) == events
        assert list(kept.events(number, tables)) == [event for event in events if event.table in tables]
    content = path.read_bytes()
    place = random.Random(len(content)).randrange(len(content))  # noqa: S311 - a byte of the file
    for damaged in (content[:place], content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="it is"):
            KeptEvents(path, Sensor.DEFENDER)


@pytest.mark.parametrize("value", [1 << 64, datetime(2026, 1, 1, tzinfo=UTC), "\ud800", b"x"])
def test_what_json_does_not_hold_is_not_kept(value: Any, tmp_path: Path) -> None:
    rows: list[Any] = [{"a": "1"}, {"a": value}]
    events = [SensorEvent(Sensor.DEFENDER, table, 1, row) for row, table in zip(rows, "ab", strict=True)]
    assert written([events, events], tmp_path / "events.bin").gave_up


def test_too_many_events_are_not_kept(tmp_path: Path) -> None:
    event = SensorEvent(Sensor.DEFENDER, "a", 1, {"a": "b"})
    assert written([[event]] * 9, tmp_path / "events.bin", most_bytes=100).gave_up
    assert not written([[event]], tmp_path / "events.bin", most_bytes=100).gave_up
