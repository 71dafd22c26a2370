"""Many queries in one pass give what each gives alone, whatever the table holds and however it is searched."""

from __future__ import annotations

import functools
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import emulator
from emulator.many import run_many

pytestmark = pytest.mark.once
DRAWN = int(os.environ.get("RULEPROOF_MANY_RULES", "1"))
"""Rule sets that each form of search is tried on; set it in the environment to try many."""
CONDITIONS = yaml.safe_load((Path(__file__).parent.parent / "conditions.yaml").read_text("utf8"))
MORE = yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text("utf8"))
TYPES = {
    "S": "string",
    "U": "string",
    "N": "long",
    "B": "bool",
    "T": "datetime",
    "D": "dynamic",
    "TimeGenerated": "datetime",
}
START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = [
    "",
    "use",
    "USE",
    "net use \\\\h\\C$",
    "ADMIN$",
    "u\N{LATIN SMALL LETTER LONG S}e",
    "\N{KELVIN SIGN}",
    "k",
    "İ",
]
WORDS += [
    "a\nis",
    "xuse use1",
    "use\N{LATIN SMALL LETTER E WITH ACUTE}",
    "0use_",
    "us",
    "e",
    "\0use",
    "u" * 60 + "se",
    "445",
    "7e0",
]
TEXTS = st.none() | st.sampled_from(WORDS) | st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)).map("".join)
MOMENTS = st.integers(0, 100).map(lambda ago: START + timedelta(microseconds=ago))
ROW = st.fixed_dictionaries(
    {
        "S": TEXTS,
        "U": TEXTS,
        "N": st.none() | st.sampled_from([139, 445, 0, -1, 1 << 40]),
        "B": st.none() | st.booleans(),
        "T": st.none() | MOMENTS,
        "D": TEXTS,
        "TimeGenerated": st.none() | MOMENTS,
        "@timestamp": st.integers(0, 100).map(lambda at: 1_704_067_200_000 + at),
    }
)
FORMS = {
    "few values": {"_SMALL_TEXT": 1e9, "_SMALL_NUMBER": 1e9},
    "many values": {"_SMALL_TEXT": 0.0, "_SMALL_NUMBER": 0.0},
}


@functools.cache
def arrow_schema(text: str, time: str) -> Any:
    import pyarrow as pa

    kind = {"string": pa.string(), "large": pa.large_string(), "codes": pa.dictionary(pa.int32(), pa.string())}[text]
    stamp = pa.string() if time == "ms" else pa.int64()
    types = {"S": kind, "U": kind, "N": pa.int64(), "B": pa.bool_(), "D": pa.string(), "@timestamp": stamp}
    return pa.schema([*types.items(), ("T", pa.timestamp(time, "UTC")), ("TimeGenerated", pa.timestamp(time, "UTC"))])


def query(language: str, text: str) -> emulator.Query:
    schemas = {"T": TYPES, "Other": TYPES} if language == "kql" else None
    return emulator.compile(text, language=language, schemas=schemas)  # type: ignore[arg-type]  # one of two


def conditions(language: str) -> Any:
    """A condition of the file, or two of them joined, or one denied."""
    one = st.sampled_from([text for text in CONDITIONS[language] if language == "kql" or "|" not in text])
    if language == "cql":
        return one | st.builds("({}) or ({})".format, one, one)
    return (
        one
        | st.builds("({}) and ({})".format, one, one)
        | st.builds("({}) or ({})".format, one, one)
        | st.builds("not({})".format, one)
    )


@st.composite
def rules(draw: Any, language: str) -> dict[str, emulator.Query]:
    forms = draw(st.lists(st.sampled_from(MORE[language]), min_size=3, max_size=6))
    texts = [form.format(draw(conditions(language)), draw(conditions(language))) for form in forms]
    return {f"rule {number}": query(language, text) for number, text in enumerate(texts)}


def written(path: Path, rows: list[dict[str, Any]], text: str, time: str) -> None:
    from pyarrow import Table, parquet

    if time == "ms":
        rows = [{**row, "@timestamp": str(row["@timestamp"])} for row in rows]
        for row in rows:
            for name in ("T", "TimeGenerated"):
                row[name] = row[name] and row[name].replace(microsecond=row[name].microsecond * 1000 % 1_000_000)
    parquet.write_table(Table.from_pylist(rows, arrow_schema(text, time)), path, row_group_size=16)


def outcome(run: Any) -> tuple[Any, ...]:
    try:
        result = run()
    except emulator.QueryError as error:
        result = error
    if isinstance(result, emulator.QueryError):
        return tuple((one.code, one.message) for one in result.diagnostics)
    return result.to_json(), result.notes, dict(result.read)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("library", ["hyperscan", "re2"])
@pytest.mark.parametrize("language", ["kql", "cql"])
def test_same_results(
    language: str, library: str, form: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emulator.columnar.many import forms, passes

    for name, value in FORMS[form].items():
        monkeypatch.setattr(forms, name, value)
    monkeypatch.setattr(passes, "BATCH", 48)
    monkeypatch.setattr(passes, "_FEW", 2.0 if form == "few values" else 0.0)
    if library == "re2":
        monkeypatch.setitem(sys.modules, "hyperscan", None)
    folder = tmp_path_factory.mktemp("many")
    name = "T" if language == "kql" else "events"

    @settings(max_examples=DRAWN, phases=[Phase.generate], deadline=None)
    @given(
        rules(language),
        st.lists(ROW, max_size=90),
        st.sampled_from(["string", "large", "codes"]),
        st.sampled_from(["us", "ms", "ns"]),
        st.none() | st.tuples(st.none() | MOMENTS, st.none() | MOMENTS),
        st.integers(0, 90),
    )
    def law(
        asked: dict[str, emulator.Query], rows: list[dict[str, Any]], text: str, time: str, time_range: Any, cut: int
    ) -> None:
        written(folder / "0.parquet", rows[:cut], text, time)
        written(folder / "1.parquet", rows[cut:], text, time)
        options: dict[str, Any] = {"now": START + timedelta(microseconds=60), "time_range": time_range}
        found = run_many(asked, {name: folder / "*.parquet"}, **options)
        for rule, one in asked.items():
            engine = "duckdb" if rule in found.alone else "interpreter"
            alone = outcome(
                lambda one=one, engine=engine: one.run({name: folder / "*.parquet"}, engine=engine, **options)
            )
            assert outcome(lambda rule=rule: found[rule]) == alone, (one.source.text, rule in found.alone)

    law()
