"""Every open point of the language is a named assumption that results tell, or is refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.assumptions import declared_assumptions

POINTS = yaml.safe_load((Path(__file__).parent / "points.yaml").read_text("utf-8"))


def run(point: dict[str, Any]) -> emulator.Result:
    assert point["basis"] in ("open", "inferred", "conflict", "beyond")
    return emulator.run(
        point["query"], language="cql", tables={}, assume=point.get("assume", ()), given=point.get("given", {})
    )


@pytest.mark.parametrize("point", [one for one in POINTS if "refused" in one], ids=lambda one: one["point"])
def test_a_point_is_refused(point: dict[str, Any]) -> None:
    with pytest.raises(emulator.QueryError) as caught:
        run(point)
    assert [str(one.code) for one in caught.value.diagnostics] == [point["refused"]]


@pytest.mark.parametrize("point", [one for one in POINTS if "refused" not in one], ids=lambda one: one["point"])
def test_a_point_is_told_with_the_result(point: dict[str, Any]) -> None:
    told = run(point).notes
    if "without" in point:
        assert not any(f"assumption {point['without']}:" in note for note in told)
        return
    declared = declared_assumptions()[point["assumption"]]
    assert "\n" not in declared.reason
    assert f"assumption {declared.name}: {declared.reason}" in told


def test_every_assumption_is_rested_on() -> None:
    """Each one that the language's modules declare is named once more than where it is declared."""
    package = Path(emulator.__file__).parent
    texts = [path.read_text("utf-8") for path in sorted((package / "cql").rglob("*.py"))]
    declared = dict(re.findall(r'^(\w+) = assumption\(\s*"([\w-]+)"', "\n".join(texts), re.MULTILINE))
    assert len(declared) > 30
    words = Counter(word for text in texts for word in re.findall(r"[A-Za-z][\w-]*", text))
    for constant, name in declared.items():
        assert words[constant] + words[name] > 2, f"nothing rests on the assumption {name}"
