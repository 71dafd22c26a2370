"""A law of tunings: an exclusion takes out the rows that hold a name of its allow-list, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator.rules import Exclusion, Language, Tuning, load_detection, tuned_text
from emulator.source import NOWHERE, Source

HERE = Path(__file__).parent
DETECTION = load_detection(HERE / "good/detections/execution/T1059_full", HERE / "good")
NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="*"), min_size=1, max_size=12)
EXCLUSIONS = {
    Language.KQL: (Exclusion("Name in ({tools})", "T", NOWHERE),),
    Language.CQL: (Exclusion("in(Name, values=[{tools}])", "", NOWHERE),),
}
TEXTS = {Language.KQL: "T | project Name", Language.CQL: "Name=* | table([Name])"}


def names_after(language: Language, allowed: list[str], names: list[str]) -> set[str]:
    """The names that a tuned query leaves of rows with these names."""
    tuning = Tuning("t", "Some names", "", (), {"tools": tuple(allowed)}, EXCLUSIONS, NOWHERE)
    query = replace(DETECTION.queries[language], source=Source("query", TEXTS[language]))
    text = tuned_text(replace(DETECTION, queries={language: query}, tunings=(tuning,)), language)
    schemas = {"T": {"Name": "string"}} if language is Language.KQL else None
    result = emulator.run(
        text, language=language.value, schemas=schemas, tables={"T": [], "events": []} | rows(language, names)
    )
    return {str(row[0]) for row in result.rows}


def rows(language: Language, names: list[str]) -> dict[str, list[dict[str, object]]]:
    """One row a name, in the table that the language reads."""
    if language is Language.KQL:
        return {"T": [{"Name": name} for name in names]}
    return {"events": [{"Name": name, "@timestamp": "1"} for name in names]}


@pytest.fixture(scope="module", autouse=True)
def _room_for_deep_queries() -> None:
    """Compiling raises Python's recursion limit for good, and Hypothesis warns when that happens in a property."""
    emulator.compile("print 1", language="kql")


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=4))
def test_kql_excludes_exactly_the_allowed_names(allowed: list[str], others: list[str]) -> None:
    assert names_after(Language.KQL, allowed, allowed + others) == set(others) - set(allowed)


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=4))
def test_cql_excludes_exactly_the_allowed_names(allowed: list[str], others: list[str]) -> None:
    assert names_after(Language.CQL, allowed, allowed + others) == set(others) - set(allowed)
