"""Properties of cases: a false one is found, shrunk and written out as a case; those of the repository hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from emulator.proof.properties import Counterexample, falsify
from emulator.replay.corpus import load_material
from emulator.replay.judging import Outcome, judge
from emulator.replay.rulebook import compile_rule
from emulator.rules import QueryName, load_detections

pytestmark = pytest.mark.once
HERE = Path(__file__).parent
RULE = "detections/lateral_movement/T1021.002_smb_admin_shares"
FALSE = yaml.safe_load((HERE / "falsified.yaml").read_text("utf-8"))


def falsified(root: Path, case: str, query: str, examples: int = 60) -> Counterexample | None:
    (detection,) = load_detections(root)
    rule = compile_rule(detection, QueryName(query), root)
    (chosen,) = (one for one in detection.cases if one.id == case)
    return falsify(rule, chosen, load_material(root), examples)


@pytest.mark.parametrize("case", FALSE, ids=lambda case: case["case"])
def test_a_false_property_gives_its_simplest_values(case: dict[str, str], changed: Callable[..., Path]) -> None:
    found = falsified(changed(case["file"], case["old"], case["new"]), case["case"], case["query"])
    assert found is not None
    values = found.parameters[0]
    assert {name: values[name] for name in case["values"]} == case["values"]
    assert found.case_text.splitlines()[: len(case["comment"])] == case["comment"]


@pytest.mark.parametrize("case", FALSE, ids=lambda case: case["case"])
def test_its_text_is_a_case_that_fails_alike(case: dict[str, str], changed: Callable[..., Path]) -> None:
    root = changed(case["file"], case["old"], case["new"])
    found = falsified(root, case["case"], case["query"])
    assert found is not None
    (root / RULE / "cases" / "falsified.yaml").write_text(found.case_text, "utf-8")
    judgement = judge(load_detections(root), load_material(root), root)
    failed = {(one.case.id, one.query.value) for one in judgement.verdicts if one.outcome is Outcome.FAIL}
    assert (f"{case['case']}-falsified", case["query"]) in failed


def test_a_true_property_gives_nothing(changed: Callable[..., Path]) -> None:
    root = changed("detection.yaml", "id: backup\n", "id: backup\n")
    assert falsified(root, "backup", "kql-tuned", 10) is None
    assert falsified(root, "net-without-share", "kql", 10) is None
