"""Corpora of tables: the same measurements as of events in memory, by both engines, and what the cache gives again."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.clock import parse_iso
from emulator.diagnostics import QueryError
from emulator.interpreter.context import LimitReached, Limits
from emulator.query import DEFAULT_LIMITS, Query, compile
from emulator.replay.cache.results import ResultCache, default_folder
from emulator.replay.measuring import Measurement
from emulator.replay.rulebook import Rule
from emulator.replay.tables.corpus import TableCorpus, find_tables
from emulator.rules import Language
from tests.replay.test_measuring import CASES, measured, rule

SAME = [
    "alerts",
    "alerts_shown",
    "events",
    "events_by_table",
    "events_without_time",
    "hosts",
    "host_days",
    "windows",
    "unmeasured",
    "partly_unmeasured",
    "notes",
    "per_million_events",
    "per_host_day",
]
WRITTEN = [case for case in CASES if case["events"]]

pytestmark = pytest.mark.once


def rows_of(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, as files hold them."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for table, at, columns in case["events"]:
        ticks = parse_iso(at) if at else None
        stamp = None if ticks is None else (ticks - 621355968000000000) // 10
        time: dict[str, Any] = {"Timestamp": at or None}
        if "cql" in case:
            time = {} if stamp is None else {"@timestamp": str(stamp // 1000)}
        tables.setdefault(table, []).append({**time, **columns})
    return tables


def as_lines(case: dict[str, Any], folder: Path) -> None:
    for table, rows in rows_of(case).items():
        place = folder / table if table == "events" else folder
        place.mkdir(exist_ok=True)
        (place / f"{table}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf8")


def as_parquet(case: dict[str, Any], folder: Path) -> None:
    """A folder of two files for each table."""
    import pyarrow as pa  # an extra
    from pyarrow import compute, parquet

    for table, rows in rows_of(case).items():
        (folder / table).mkdir()
        names = list(dict.fromkeys(name for row in rows for name in row))
        whole = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
        if "Timestamp" in names:
            stamps = pa.array([row.get("Timestamp") for row in rows], pa.string())
            texts = compute.replace_substring(stamps, "Z", "")
            whole = whole.set_column(names.index("Timestamp"), "Timestamp", texts.cast(pa.timestamp("us")))
        parquet.write_table(whole.slice(0, 1), folder / table / "a.parquet")
        parquet.write_table(whole.slice(1), folder / table / "b.parquet")


def found_in(folder: Path) -> TableCorpus:
    found = find_tables(folder)
    assert found is not None
    return found


class Told:
    """A replay with a cache in a folder, and what it told."""

    def __init__(self, folder: Path | None, engine: str = "duckdb", limits: Limits = DEFAULT_LIMITS) -> None:
        self.lines: list[str] = []
        self.cache = ResultCache(folder, self.lines.append)
        self.engine, self.limits = engine, limits

    def measure(self, rules: list[Rule], folder: Path) -> list[Measurement]:
        from emulator.replay.tables.measuring import Replay, measure_tables  # it needs an extra

        how = Replay(self.engine, self.limits, self.cache, self.lines.append, lambda: None)
        return measure_tables(rules, found_in(folder), how)


def of(case: dict[str, Any]) -> Rule:
    language = Language.KQL if "kql" in case else Language.CQL
    return rule(language, case[language.value])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first case as Parquet."""
    folder = tmp_path_factory.mktemp("corpus")
    as_parquet(CASES[0], folder)
    return folder


@pytest.fixture(scope="module")
def measured_once(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Measurement]]:
    """A cache that knows the rules of two cases over the corpus, and what was measured."""
    kept = tmp_path_factory.mktemp("kept")
    return kept, Told(kept, "interpreter").measure([of(CASES[0]), of(CASES[3])], corpus)


def as_events_do(found: Measurement, case: dict[str, Any]) -> None:
    given, wanted = found.to_json(), measured(case).to_json()
    assert {name: given[name] for name in SAME} == {name: wanted[name] for name in SAME}


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case["title"])
def test_tables_measure_as_events_do(case: dict[str, Any], tmp_path: Path) -> None:
    as_parquet(case, tmp_path)
    (found,) = Told(None).measure([of(case)], tmp_path)
    assert found.engine == "duckdb"
    as_events_do(found, case)


@pytest.mark.parametrize("case", [next(one for one in WRITTEN if name in one) for name in ("kql", "cql")])
def test_text_is_converted_and_small_corpora_are_interpreted(case: dict[str, Any], tmp_path: Path) -> None:
    as_lines(case, tmp_path)
    (found,) = Told(None, "auto").measure([of(case)], tmp_path)
    assert found.engine == "interpreter"
    as_events_do(found, case)


def test_only_a_changed_rule_is_run_again(corpus: Path, measured_once: tuple[Path, list[Measurement]]) -> None:
    kept, first = measured_once
    again = Told(kept, "interpreter").measure([of(CASES[0]), of(CASES[3])], corpus)
    assert [found.cached for found in (*first, *again)] == [False, False, True, True]
    assert [{**found.to_json(), "cached": False} for found in again] == [found.to_json() for found in first]
    changed = rule(Language.KQL, CASES[0]["kql"].replace('"a"', '"b"'))
    third = Told(kept, "interpreter").measure([changed, of(CASES[3])], corpus)
    assert [(found.cached, found.alerts) for found in third] == [(False, 1), (True, first[1].alerts)]


@pytest.mark.parametrize("change", ["corpus", "lookback", "engine", "given"])
def test_what_a_result_depends_on_is_part_of_its_key(
    change: str, corpus: Path, measured_once: tuple[Path, list[Measurement]], tmp_path: Path
) -> None:
    kept, _ = measured_once
    one, engine = of(CASES[0]), "interpreter"
    match change:
        case "corpus":
            corpus = tmp_path
            as_parquet({**CASES[0], "events": CASES[0]["events"] * 2}, corpus)
        case "lookback":
            schedule = replace(one.detection.schedule, lookback=one.detection.schedule.lookback * 2)
            one = replace(one, detection=replace(one.detection, schedule=schedule))
        case "engine":
            engine = "duckdb"
        case "given":
            one = replace(one, given={"watchlist:x": [{"a": "1"}]})
    (found,) = Told(kept, engine).measure([one], corpus)
    assert not found.cached


@pytest.mark.parametrize(
    "damage",
    ["", "2", "2 ab 00\n{}", '{"alerts":0}'],
    ids=["empty", "half", "other", "no head"],
)
def test_a_damaged_entry_counts_as_none(damage: str, tmp_path: Path) -> None:
    lines: list[str] = []
    cache = ResultCache(tmp_path, lines.append)
    cache.put("ab", {"alerts": 1})
    (path,) = tmp_path.rglob("*.json")
    path.write_text(damage, "utf8")
    assert (cache.get("ab"), cache.get("ab")) == (None, None)
    assert lines == ["an entry of the cache can't be read: it is made again"]


def test_a_damaged_cache_is_made_again(corpus: Path, tmp_path: Path) -> None:
    (first,) = Told(tmp_path, "interpreter").measure([of(CASES[0])], corpus)
    for path in tmp_path.rglob("*.json"):
        path.write_text("{", "utf8")
    (again,) = Told(tmp_path, "interpreter").measure([of(CASES[0])], corpus)
    assert again.to_json() == first.to_json()
    assert Told(tmp_path, "interpreter").measure([of(CASES[0])], corpus)[0].cached


def test_a_cache_is_bounded(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path, pytest.fail, most_bytes=1000)
    for number in range(20):
        cache.put(f"{number:064}", {"number": number})
    cache.prune()
    assert 0 < sum(path.stat().st_size for path in tmp_path.rglob("*.json")) <= 1000
    assert cache.get(f"{0:064}") is None
    assert cache.get(f"{19:064}") == {"number": 19}


def test_a_cache_that_can_not_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf8")
    lines: list[str] = []
    cache = ResultCache(tmp_path / "file", lines.append)
    cache.put("ab", {})
    cache.put("cd", {})
    assert lines == [f"the cache {tmp_path / 'file'} can't be written: Not a directory"]


@pytest.mark.parametrize("engine", ["duckdb", "interpreter"])
def test_a_rule_that_reaches_a_limit_is_not_measured(engine: str, corpus: Path, tmp_path: Path) -> None:
    language = Language.KQL
    text = """
        DeviceProcessEvents | where FileName == "a" | extend k = 1
        | join kind=inner (range x from 1 to 300000 step 1 | extend k = 1) on k | summarize max(x)
    """
    query = compile(text, language="kql", limits=Limits(seconds=0.001))
    slow = replace(rule(language, CASES[0]["kql"]), query=query)
    told = Told(tmp_path, engine)
    found, other = told.measure([slow, of(CASES[0])], corpus)
    assert found.unmeasured == "not measured: it took longer than 0.001 seconds"
    assert (other.unmeasured, other.alerts) == ("", 2)
    assert [one.cached for one in told.measure([slow, of(CASES[0])], corpus)] == [False, True]


def test_what_holds_no_tables(tmp_path: Path) -> None:
    (tmp_path / "recorded.jsonl").write_text("{}", "utf8")
    assert find_tables(tmp_path) is None


def test_a_table_in_two_places_is_refused(tmp_path: Path) -> None:
    as_lines(CASES[0], tmp_path)
    as_parquet(CASES[0], tmp_path)
    with pytest.raises(QueryError, match="EVT1503"):
        find_tables(tmp_path)


def test_files_of_several_formats_are_refused(tmp_path: Path) -> None:
    as_parquet(CASES[0], tmp_path)
    (tmp_path / "DeviceProcessEvents" / "c.csv").write_text("a\n1\n", "utf8")
    with pytest.raises(QueryError, match="EVT1503"):
        find_tables(tmp_path)


def test_rows_that_do_not_fit_are_told(tmp_path: Path) -> None:
    (tmp_path / "DeviceProcessEvents.jsonl").write_text('{"Timestamp":"x"}\n{"FileName":"a"}\nno\n', "utf8")
    told = Told(None)
    (found,) = told.measure([of(CASES[0])], tmp_path)
    assert told.lines == ["DeviceProcessEvents: 2 rows were left out: they can't be read as rows of the table"]
    assert (found.events, found.exposure.untimed) == (0, 1)


def test_what_was_converted_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emulator.events import conversion

    corpus, kept, case = tmp_path / "corpus", tmp_path / "kept", CASES[0]
    corpus.mkdir()
    as_lines(case, corpus)
    with (corpus / "DeviceProcessEvents.jsonl").open("a", encoding="utf8") as file:
        file.write("no\n")
    told = [Told(kept, "interpreter") for _ in range(4)]
    rules = [of(case), rule(Language.KQL, case["kql"] + "\n"), of(case), rule(Language.KQL, case["kql"] + " ")]
    convert = conversion.convert
    found = [told[0].measure(rules[:1], corpus)]
    monkeypatch.setattr(conversion, "convert", lambda *_, **__: pytest.fail("it was converted before"))
    found += [told[1].measure(rules[1:2], corpus), told[2].measure(rules[2:3], corpus)]
    for path in kept.rglob("*.bin"):
        path.write_bytes(b"PAR1")
    monkeypatch.setattr(conversion, "convert", convert)
    found.append(told[3].measure(rules[3:], corpus))
    left_out = "DeviceProcessEvents: 1 rows were left out: they can't be read as rows of the table"
    damaged = "an entry of the cache can't be read: it is made again"
    assert [one.lines for one in told] == [[left_out], [left_out], [left_out], [damaged, left_out]]
    assert [(one.alerts, one.cached) for (one,) in found] == [(2, False), (2, False), (2, True), (2, False)]


@pytest.mark.parametrize(("name", "code"), [("DeviceProcessEvents", "EVT10"), ("Unknown", "EVT1502")])
def test_parquet_that_can_not_be_replayed(name: str, code: str, tmp_path: Path) -> None:
    import pyarrow as pa  # an extra
    from pyarrow import parquet

    path = tmp_path / f"{name}.parquet"
    parquet.write_table(pa.table({"Timestamp": ["2026-03-02T09:00:00Z"]}), path)
    if name == "DeviceProcessEvents":
        path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(QueryError, match=code):
        Told(None).measure([of(CASES[0])], tmp_path)


@pytest.mark.parametrize(
    ("platform", "variable", "place"),
    [("linux", "XDG_CACHE_HOME", "ruleproof"), ("win32", "LOCALAPPDATA", "ruleproof"), ("darwin", "HOME", "Library")],
)
def test_where_a_cache_is(
    platform: str, variable: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    found = default_folder()
    assert found.is_relative_to(tmp_path / place)
    assert found.name == "ruleproof"


def test_the_command(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[1] / "cli" / "repository")
    line = ["replay", str(corpus), "--engine", "duckdb", "--cache", str(tmp_path), "--format", "json"]
    first, again, without = (CliRunner().invoke(main, [*line, *more]) for more in ([], [], ["--no-cache"]))
    documents = [json.loads(ran.stdout) for ran in (first, again, without)]
    assert [ran.exit_code for ran in (first, again, without)] == [0, 0, 0], first.output
    assert [{one["cached"] for one in found} for found in documents] == [{False}, {True}, {False}]
    assert {one["engine"] for found in documents for one in found} == {"duckdb"}


def test_a_stopped_rule_fails_the_command(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emulator.replay.tables import measuring as table_measuring  # it needs an extra

    def over(queries: dict[str, Any], *_: object, **__: object) -> dict[str, QueryError]:
        return {name: query.stopped(LimitReached("it took too long"), {}) for name, query in queries.items()}

    def alone(query: Query, *_: object) -> QueryError:
        return query.stopped(LimitReached("it took too long"), {})

    monkeypatch.setattr(table_measuring, "run_many", over)
    monkeypatch.setattr(table_measuring, "_alone", alone)
    monkeypatch.chdir(Path(__file__).parents[1] / "cli" / "repository")
    ran = CliRunner().invoke(main, ["replay", str(corpus), "--engine", "duckdb", "--no-cache"])
    assert ran.exit_code == 2
    assert " was not measured: it took too long" in ran.stderr
    assert " was not measured: it took too long" in CliRunner().invoke(main, ["label", str(corpus), "--list"]).stderr


def test_alerts_on_tables_are_labelled(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(Path(__file__).parents[1] / "cli" / "repository", root)
    query = root / "detections" / "discovery" / "T1033_whoami" / "sentinel.kql"
    query.write_text('DeviceProcessEvents | where FileName == "a" | project Timestamp, DeviceName', "utf8")
    line = ["label", str(corpus), "-d", "T1033_whoami", "--root", str(root)]
    left = CliRunner().invoke(main, line, input="t\n")
    assert (left.exit_code, (query.parent / "labels.yaml").exists()) == (0, False)
    ran = CliRunner().invoke(main, line, input="t\nso it was\nt\nagain\n")
    assert ran.exit_code == 0, ran.output
    listed = json.loads(CliRunner().invoke(main, [*line, "--list", "--format", "json"]).stdout)
    assert [(one["verdict"], one["reason"]) for one in listed] == [(True, "so it was"), (True, "again")]
    replayed = CliRunner().invoke(
        main,
        [
            "replay",
            str(corpus),
            "-d",
            "T1033_whoami",
            "--root",
            str(root),
            "--format",
            "json",
            "--cache",
            str(tmp_path),
        ],
    )
    told = json.loads(replayed.stdout)[0]
    assert (told["precision"]["count"], told["recall"]["of"]) == (2, 2)
