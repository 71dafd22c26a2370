"""The quick look at a document agrees with the library that reports what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from emulator.rules.fitting import fits

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("fitting.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["schema"])[:60])
def test_what_fits_for_certain(case: dict[str, Any]) -> None:
    schema, unknown = case["schema"], case.get("unknown", [])
    anchored = {**schema, "pattern": rf"^(?:{schema['pattern']})\Z"} if "pattern" in schema else schema
    slow = Draft202012Validator(anchored)
    assert all(slow.is_valid(value) for value in [*case["fit"], *unknown])
    assert not any(slow.is_valid(value) for value in case["not"])
    assert all(fits(value, schema) for value in case["fit"])
    assert not any(fits(value, schema) for value in [*case["not"], *unknown])
