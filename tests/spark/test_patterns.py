"""What Spark looks for in the place of a pattern; `test_java.py` shows that Java sees it so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.columnar.spark.patterns import AnyOf, Every, Found, Run, exact, weaker

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("patterns.yaml").read_text("utf8"))


def shown(found: Found | None) -> Any:
    match found:
        case Run(text=str(text)):
            return f"text {text}"
        case Run(pattern=pattern):
            return pattern
        case Every(parts=parts):
            return [shown(part) for part in parts]
        case AnyOf(parts=parts):
            return ["any", *(shown(part) for part in parts)]
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["pattern"])
def test_patterns(case: dict[str, Any]) -> None:
    assert shown(weaker(case["pattern"])) == case.get("weaker")
    assert exact(case["pattern"]) == case.get("exact")
