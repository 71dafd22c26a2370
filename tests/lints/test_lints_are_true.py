"""What lints say is compared with what the query does."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.proof.lints import lint
from emulator.proof.lints.falcon_catalogue import falcon_catalogue
from emulator.proof.lints.pattern_parts import alternatives, covers
from emulator.query import Language

pytestmark = [pytest.mark.once, pytest.mark.untraced]
CONDITIONS = yaml.safe_load(Path(__file__).with_name("conditions.yaml").read_text("utf8"))
NAMES = ("", "a", "ab", "AB", "Ab", "b", "b c", "B C", "ab c", "abc", "c", "xb", "c b", "power", "a-b", "b cd")
ROWS: dict[str, list[dict[str, Any]]] = {
    "kql": [{"Name": name, "Port": port} for name in NAMES for port in (None, 1, 2, 3)],
    "cql": [{"Name": name, "Port": port} for name in (*NAMES, None) for port in (None, "1", "2", "x")],
}
SCHEMAS = {"T": {"Name": "string", "Port": "int"}}


def rows(text: str, language: Language) -> list[tuple[object, ...]]:
    tables = {"T" if language == "kql" else "events": ROWS[language]}
    return emulator.run(text, language=language, tables=tables, schemas=SCHEMAS if language == "kql" else None).rows


def piped(language: Language, *conditions: str) -> str:
    if language == "kql":
        return "T" + "".join(f" | where {one}" for one in conditions)
    return " | ".join(conditions) + " | groupBy([Name, Port], limit=max)"


@pytest.mark.parametrize("language", ["kql", "cql"])
def test_decided_conditions(language: Language) -> None:
    decided = 0
    for first, second in itertools.permutations(CONDITIONS[language], 2):
        query = emulator.compile(
            piped(language, first, second), language=language, schemas=SCHEMAS if language == "kql" else None
        )
        for found in lint(query):
            if query.source.slice(found.span) == second and found.code.id in ("RUL6002", "RUL6003"):
                decided += 1
                left = rows(piped(language, first), language) if found.code.id == "RUL6002" else []
                assert rows(query.source.text, language) == left, (first, second)
    assert decided > len(CONDITIONS[language])


def test_contained_alternatives() -> None:
    texts = ["".join(letters) for length in range(5) for letters in itertools.product("abx", repeat=length)]
    shapes = ["{0}|{1}", "x({0}|{1})", "({0}|{1})x", "x(?:{0}|{1})x", "^({0}|{1})", "({0}|{1})$", "(({0}|{1})x|b)"]
    contained = 0
    for shape, wide, narrow in itertools.product(shapes, ["a", "ab", "b", "bab", "xa"], ["a", "ab", "b", "ba", "abx"]):
        both, one = shape.format(wide, narrow), shape.format(wide, wide)
        if any(covers(group, wide, narrow) for group in alternatives(both) if group.items[0].text == wide):
            contained += 1
            assert [bool(re.search(both, text)) for text in texts] == [bool(re.search(one, text)) for text in texts]
    assert contained > len(shapes)


def lint_cases(file: str) -> list[dict[str, Any]]:
    """The CQL queries of a lint's file that it warns of."""
    cases = yaml.safe_load((Path(__file__).parent / f"cases/{file}.yaml").read_text("utf8"))
    return [case for case in cases if case.get("warns") and case.get("variant") != "fdr"]


CATALOGUE = [case for file in ("CQL6001_absent_fields", "CQL6004_tags_as_fields") for case in lint_cases(file)]


@pytest.mark.parametrize("case", CATALOGUE, ids=lambda case: case["title"])
def test_fields_that_events_lack(case: dict[str, Any]) -> None:
    """What is always true may be left out, what can never match drops everything: over an event of every kind."""
    catalogue = falcon_catalogue("ng-siem")
    events = [
        {**dict.fromkeys(catalogue.tags | carried, "x"), "#event_simpleName": name}
        for name, carried in catalogue.events.items()
    ]
    query = emulator.compile(case["query"], language="cql")
    for found in (one for one in lint(query) if one.code.id in ("CQL6001", "CQL6004")):
        decided = "*" if "is always true" in found.message else "false"
        text = case["query"][: found.span.start] + decided + case["query"][found.span.end :]
        results = [emulator.run(one, language="cql", tables={"events": events}).rows for one in (case["query"], text)]
        assert results[0] == results[1], found.message
