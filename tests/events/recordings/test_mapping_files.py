"""The mapping files themselves: their form, and that they name fields, tables and sources that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from emulator.events.mapping.files import Basis, Constant, Nothing, load_mapping, mapping_files
from emulator.events.mapping.report import described
from emulator.events.mapping.transformations import transformations
from emulator.proof.lints.falcon_catalogue import falcon_catalogue
from emulator.schema import BUILT_IN

FOLDER = resources.files("emulator.events") / "mappings"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FILES = {name: yaml.load((FOLDER / name).read_text("utf-8"), Loader=LOADER) for name in mapping_files()}  # noqa: S506  # safe either way
UNSEEN = {
    ("CreateService", "ServiceImagePath"),
    ("ProcessRollup2", "OriginalFilename"),
    ("SmbServerShareOpenedEtw", "SmbShareName"),
}
"""Fields that a published mapping or a list of events names, and no line that the catalogue was read from has."""
EACH = pytest.mark.parametrize("name", FILES)


@EACH
def test_form(name: str) -> None:
    schema = json.loads((FOLDER / "mapping.schema.json").read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(FILES[name])] == []
    assert name == f"{FILES[name]['source']}_to_{FILES[name]['target']}.yaml"


@EACH
def test_every_published_field_names_a_source_of_the_legend(name: str) -> None:
    named = {field["published"] for _, field in _fields(FILES[name]) if "published" in field}
    assert named == set(FILES[name]["legend"])


@EACH
def test_steps_are_declared(name: str) -> None:
    assert {step for _, field in _fields(FILES[name]) for step in field.get("as", ())} <= set(transformations())


@EACH
def test_defender_columns_exist(name: str) -> None:
    for rule in FILES[name]["events"] if FILES[name]["target"] == "defender" else ():
        row = BUILT_IN.table(rule["table"])
        assert row is not None
        assert set(rule["fields"]) <= {column.name for column in row.columns}


@EACH
def test_falcon_fields_exist(name: str) -> None:
    mapping = load_mapping(name)
    for rule in (rule for rules in mapping.rules.values() for rule in rules if mapping.target == "falcon"):
        event = next(one.recipe for one in rule.fields if one.name == "#event_simpleName")
        assert isinstance(event, Constant)
        for one in rule.fields:
            variants = ("fdr", "ng-siem") if one.only is None else (one.only.value.partition(":")[2],)
            for catalogue in map(falcon_catalogue, variants):
                known = catalogue.events.get(str(event.value), catalogue.fields) | catalogue.tags | {"@timestamp"}
                assert isinstance(one.recipe, Nothing) or one.name in known or (event.value, one.name) in UNSEEN


@EACH
def test_inbound_is_never_an_outbound_event(name: str) -> None:
    for rule in FILES[name]["events"]:
        inbound = any({"false", "%%14592"} & set(test.get("equals", ())) for test in rule.get("when", ()))
        event = rule["fields"].get("#event_simpleName", {}).get("constant", "")
        assert not inbound or not event.startswith("NetworkConnect")


@EACH
def test_every_rule_says_what_it_rests_on(name: str) -> None:
    for rule in (rule for rules in load_mapping(name).rules.values() for rule in rules):
        for one in (field for field in rule.fields if not isinstance(field.recipe, Nothing)):
            assert described(one.recipe), one.name
            assert one.provenance.basis is not Basis.MISSING
            assert one.provenance.note


@EACH
def test_an_event_has_rules_or_a_reason(name: str) -> None:
    mapping = load_mapping(name)
    assert not mapping.rules.keys() & mapping.without.keys()


def test_every_step_is_used() -> None:
    used = {step for content in FILES.values() for _, field in _fields(content) for step in field.get("as", ())}
    assert used == set(transformations())


def _fields(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for rule in content["events"]:
        for name, field in rule["fields"].items():
            yield name, field
            yield from field.get("object", {}).items()
            yield from ((name, field[inner]) for inner in ("else", "supposed") if inner in field)
