"""The repository's Sigma rules say what their queries say, but for the differences that are written down."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from emulator.replay.corpus import load_material
from emulator.replay.sigma_comparison import Comparison, compare_with_sigma
from emulator.rules import Language, load_detections

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
KNOWN = yaml.safe_load(Path(__file__).with_name("sigma_differences.yaml").read_text("utf8"))


def test_differences_are_known() -> None:
    material = load_material(ROOT)
    detections = [one for one in load_detections(ROOT) if one.sigma is not None]
    assert {one.name: differences(compare_with_sigma(one, material, ROOT)) for one in detections} == KNOWN


def differences(comparison: Comparison) -> dict[str, list[int]]:
    return {
        one.case.id: [alerts for each in Language for alerts in (one.pairs[each].written, one.pairs[each].converted)]
        for one in comparison.cases
        if one.differs
    }
