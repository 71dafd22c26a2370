"""What rows of sensors must look like: JSON Schemas, Defender's from the catalogue of tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from emulator.events.sensors import FALCON_STREAM, SensorEvent
from emulator.schema import BuiltInCatalogue
from emulator.types import ScalarType

HERE = Path(__file__).parent
JSON_TYPES = {
    ScalarType.BOOL: {"type": "boolean"},
    ScalarType.INT: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    ScalarType.LONG: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    ScalarType.DATETIME: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$"},
    ScalarType.DYNAMIC: {"type": ["object", "array", "string", "number", "boolean"]},
}


@pytest.fixture(scope="session")
def check_row() -> Callable[[SensorEvent], None]:
    """A check of one event against the schema of its table."""
    return lambda event: _validator(event.table).validate(event.row)


@cache
def _validator(table: str) -> Draft202012Validator:
    if table == FALCON_STREAM:
        return Draft202012Validator(json.loads((HERE / "falcon_event.schema.json").read_text("utf-8")))
    row = BuiltInCatalogue().table(table)
    assert row is not None, table
    properties = {column.name: JSON_TYPES.get(column.type, {"type": "string"}) for column in row.columns}
    return Draft202012Validator({"type": "object", "properties": properties, "additionalProperties": False})
