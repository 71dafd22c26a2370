"""Every lint on data: the queries of one file per lint, and the places and words of what it says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.diagnostics import Diagnostic
from emulator.proof.lints import lint
from emulator.query import Language as LanguageName
from emulator.rules import Detection, Entity, Language, Variant, load_detections

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(Path(__file__).parent.glob("*/*.yaml"))
CASES = [(file.stem, case) for file in FILES for case in yaml.safe_load(file.read_text("utf8"))]
TABLES = {
    "T": {"Name": "string", "Path": "string", "Port": "int", "Count": "long", "Time": "datetime", "Bag": "dynamic"},
    "U": {"Name": "string", "Other": "string", "Port": "int"},
}


def told(found: list[Diagnostic]) -> list[str]:
    """Each diagnostic as `line:column code [text] message`, with the text that it points at."""
    return [
        f"{one.line}:{one.column} {one.code} [{' '.join(one.source.slice(one.span).split())}] {one.message}"
        for one in found
    ]


def linted(case: dict[str, Any], code: str) -> list[Diagnostic]:
    language: LanguageName = case.get("language", "cql" if code.startswith("CQL") else "kql")
    assume = case.get("assume", [])
    schemas = None if case.get("catalogue") else TABLES
    query = emulator.compile(case["query"], language=language, schemas=schemas, assume=assume)
    detection = mapped(case.get("entities"))
    if "variant" in case:
        detection = of_variant(Variant(case["variant"]))
    found = lint(query, assume=assume, detection=detection)
    return [one for one in found if one.code.id.startswith(code)]


def mapped(entities: dict[str, str] | None) -> Detection | None:
    """A detection that maps entities to columns, in both languages alike."""
    if entities is None:
        return None
    columns = [Entity(kind, dict.fromkeys(Language, column)) for kind, column in entities.items()]
    return replace(load_detections(ROOT)[0], entities=tuple(columns))


def of_variant(variant: Variant) -> Detection:
    """A detection whose CQL query says how Falcon's events look to it."""
    detection = load_detections(ROOT)[0]
    query = replace(detection.queries[Language.CQL], variant=variant)
    return replace(detection, queries={**detection.queries, Language.CQL: query})


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case['title']}" for file, case in CASES])
def test_lint(file: str, case: dict[str, Any]) -> None:
    found = linted(case, case.get("code", file[:7]))
    assert told(found) == case.get("warns", [])
    if "help" in case:
        assert [one.help for one in found] == case["help"]
    if "also" in case:
        assert [[one.source.slice(label.span) for label in one.also] for one in found] == case["also"]


def test_first_detection() -> None:
    expected = yaml.safe_load(Path(__file__).with_name("first_detection.yaml").read_text("utf8"))
    for detection in load_detections(ROOT):
        for query in detection.queries.values():
            better = query.recommended
            assert better is not None
            for source, assume in ((query.source, query.assumptions), (better.source, better.assumptions)):
                compiled = emulator.compile(source.text, language=query.language.value, assume=assume, name=source.name)
                name = source.name.rpartition("/")[2]
                assert told(lint(compiled, assume=assume, detection=detection)) == expected[name], name


def test_the_text_of_a_saved_query_is_not_the_querys() -> None:
    given = {"query:q": "groupBy(x, limit=3) | head(2) | table(a, b)", "lookup:f.csv": "a\n1"}
    query = emulator.compile('match(file="f.csv", field=a) | $q()', language="cql", given=given)
    assert lint(query, given=given) == []
    again = emulator.compile("$q() | groupBy(x, limit=3)", language="cql", given=given)
    assert [one.code.id for one in lint(again, given=given)] == ["CQL6006"]
