"""A failed verdict names the lines of the rule that made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner

from emulator.cli import main

pytestmark = pytest.mark.once
HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "failures.yaml").read_text("utf-8"))
RULE = "detections/lateral_movement/T1021.002_smb_admin_shares/"
Change = Callable[[str, str, str], Path]


def output_of(root: Path, form: str) -> str:
    ran = CliRunner().invoke(main, ["test", "--root", str(root), "--format", form])
    assert ran.exit_code == 1, ran.output
    return ran.stdout


@pytest.mark.once
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['case']}-{case['query']}")
def test_a_failure_names_the_lines_of_the_rule(case: dict[str, str], changed: Change) -> None:
    verdicts = json.loads(output_of(changed(case["file"], case["old"], case["new"]), "json"))
    (found,) = (one for one in verdicts if (one["case"], one["query"]) == (case["case"], case["query"]))
    assert found["verdict"] == "fail"
    assert [text.replace(RULE, "") for text in found["because"]] == case["because"]


@pytest.mark.parametrize("form", ["table", "junit", "github"])
def test_every_format_shows_them(form: str, changed: Change) -> None:
    case = CASES[0]
    shown = output_of(changed(case["file"], case["old"], case["new"]), form)
    assert f"{RULE}sentinel.kql:15" in "".join(shown.split("\n"))


def test_junit_stays_readable(changed: Change) -> None:
    case = CASES[0]
    root = ElementTree.fromstring(output_of(changed(case["file"], case["old"], case["new"]), "junit"))  # noqa: S314 - ours
    assert {one.attrib["message"] for one in root.iter("failure")} == {"expected exactly 1, got 0 alerts"}
