"""What the loaders make of good files."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from emulator.rules import Expectation, Language, QueryName, load_detection, load_detections, tuned_text
from emulator.rules.checking import schema_text
from emulator.rules.names import parse_origin
from emulator.rules.packages import Kind
from emulator.source import NOWHERE, Source, Span

HERE = Path(__file__).parent
FULL = HERE / "good/detections/execution/T1059_full"
LOGSCALE = [f"logscale_{kind}" for kind in (*Kind, "parser", "manifest")]


def test_every_key_reaches_the_model() -> None:
    detection = load_detection(FULL, HERE / "good")
    assert json.dumps(plain(detection), indent=1) + "\n" == (HERE / "model.json").read_text("utf-8")


def test_a_small_detection_needs_little() -> None:
    detection = load_detections(HERE / "good")[0]
    assert (detection.name, detection.related.playbook, detection.budgets, detection.tunings) == (
        "T1000_small",
        "",
        {},
        (),
    )
    assert [str(case.expect[QueryName.CQL]) for case in detection.cases] == ["exactly 1"]
    assert detection.sigma is None


def test_the_full_files_use_every_key() -> None:
    used = {
        "detection": keys_of(FULL / "detection.yaml"),
        "case": set().union(*map(keys_of, FULL.glob("cases/*.yaml"))),
    }
    for name, keys in used.items():
        assert set(named_keys(json.loads(schema_text(name)))) - keys == set()


@pytest.mark.parametrize("name", ["case", "detection", *LOGSCALE])
def test_every_value_is_described(name: str) -> None:
    for part in parts(json.loads(schema_text(name))):
        assert "description" in part, part


@pytest.mark.parametrize(
    "name", ["as_deployed.kql", "recommended.kql", "as_deployed.cql", "recommended.cql", "one.kql"]
)
def test_tuned_text(name: str) -> None:
    detection = load_detection(FULL, HERE / "good")
    which, _, language = name.partition(".")
    tunings = [detection.tuning("others")] if which == "one" else None
    text = tuned_text(detection, Language(language), tunings, recommended=which == "recommended")
    assert text == (HERE / "tuned" / name).read_text("utf-8")


def test_no_tuning_leaves_the_query_unmodified() -> None:
    detection = load_detection(FULL, HERE / "good")
    for language, query in detection.queries.items():
        assert tuned_text(detection, language, []) == query.source.text


@pytest.mark.parametrize("case", yaml.safe_load((HERE / "expectations.yaml").read_text("utf-8")), ids=str)
def test_expectation(case: dict[str, Any]) -> None:
    expectation = Expectation(case["least"], case["most"], (), "", NOWHERE)
    assert str(expectation) == case["text"]
    assert [count for count in range(6) if expectation.allows(count)] == case["allows"]


def test_no_detections_where_there_is_no_folder(tmp_path: Path) -> None:
    assert load_detections(tmp_path) == []


def test_a_place_on_a_page_reads_as_it_is_written() -> None:
    assert str(parse_origin("cql false positive 12")) == "cql false positive 12"
    with pytest.raises(ValueError, match="not a place"):
        parse_origin("cql bullet 1")


def plain(value: object) -> Any:
    """A model as JSON values; sources as their names, spans as the text they cover would be too long, so left out."""
    if isinstance(value, Source):
        return value.name
    if isinstance(value, UUID | datetime | timedelta | enum.Enum):
        return str(value)
    if dataclasses.is_dataclass(value):
        fields = ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value) if each.name != "places")
        return {name: plain(each) for name, each in fields if not isinstance(each, Span)}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def keys_of(file: Path) -> set[str]:
    """Every key of a YAML file, at any depth."""
    found: set[str] = set()
    pending = [yaml.safe_load(file.read_text("utf-8"))]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            found |= set(map(str, value))
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return found


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and the schemas in it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values()]
    inner += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for each in inner:
        yield from parts(each)


def named_keys(schema: dict[str, Any]) -> Iterator[str]:
    """Every key that a schema names."""
    for part in parts(schema):
        yield from part.get("properties", {})
