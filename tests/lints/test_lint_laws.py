"""What holds of every lint on any query: it never raises, it points into the text, it says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import emulator
from emulator.diagnostics import QueryError, Severity, render
from emulator.events.sensors import FALCON_STREAM
from emulator.proof.lints import LINTS, lint
from emulator.proof.lints.falcon_catalogue import falcon_catalogue
from emulator.proof.mutation import mutants
from emulator.query import Language as LanguageName
from emulator.replay.corpus import load_material
from emulator.replay.staging import stage
from emulator.rules import Language, RuleQuery, ScenarioEvents, load_detections

pytestmark = [pytest.mark.once, pytest.mark.untraced]
TESTS = Path(__file__).resolve().parents[1]
QUERIES = [query for one in load_detections(TESTS.parent) for query in one.queries.values()]


def check_lints(text: str, language: LanguageName, assume: tuple[str, ...] = ()) -> None:
    try:
        query = emulator.compile(text, language=language, assume=assume)
    except QueryError:
        return
    for found in lint(query, assume=assume):
        assert found.severity is not Severity.ERROR
        assert 0 <= found.span.start < found.span.end <= len(text)
        assert found.help
        assert render(found)


def written_queries(node: object) -> list[str]:
    """Every text under a key `query` of a test's data."""
    if isinstance(node, dict):
        own = [str(node["query"])] if "query" in node else []
        return own + [text for value in node.values() for text in written_queries(value)]
    return [text for one in node for text in written_queries(one)] if isinstance(node, list) else []


@pytest.mark.parametrize("file", sorted(TESTS.glob("*/**/*.yaml")), ids=lambda file: str(file.relative_to(TESTS)))
def test_queries_of_other_tests(file: Path) -> None:
    try:
        texts = written_queries(yaml.safe_load(file.read_text("utf8")))
    except (yaml.YAMLError, ValueError):  # A file that tests the reading of broken files.
        texts = []
    for text in texts:
        check_lints(text, "kql")
        check_lints(text, "cql")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.source.name)
def test_mutants(query: RuleQuery) -> None:
    for mutant in mutants(query.source.text, query.language):
        check_lints(mutant.text, query.language.value, query.assumptions)


def test_recorded_queries(truth: Path) -> None:
    for line in truth.read_text("utf8").splitlines():
        check_lints(json.loads(line)["query"], "kql")


def test_every_lint_speaks() -> None:
    """Each lint has a file of cases, some of which warn and some of which don't."""
    codes = {file.stem[:7] for file in Path(__file__).parent.glob("cases/*.yaml")}
    assert len(codes) == len(LINTS)


def test_the_catalogue_knows_what_scenarios_render() -> None:
    material, catalogue = load_material(TESTS.parent), falcon_catalogue()
    for case in load_detections(TESTS.parent)[0].cases:
        rendered = all(isinstance(one, ScenarioEvents) for one in case.events)
        for event in stage(case, Language.CQL, material).tables.get(FALCON_STREAM, ()) if rendered else ():
            carried = catalogue.events.get(str(event["#event_simpleName"]), frozenset(event))
            assert {name for name in event if name[0] not in "#@"} <= carried
