"""Deletions in rules: which there are in a text, and that the cases notice every one that can change anything."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from emulator.proof.mutation import mutants
from emulator.proof.survival import survivors
from emulator.replay.corpus import load_material
from emulator.rules import Detection, Language, load_detections

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TEXTS = yaml.safe_load((HERE / "deletions.yaml").read_text("utf-8"))
SURVIVORS = yaml.safe_load((HERE / "survivors.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", TEXTS, ids=range(len(TEXTS)))
def test_what_can_be_deleted_from_a_text(case: dict[str, object]) -> None:
    language = next(one for one in Language if one.value in case)
    found = mutants(str(case[language.value]), language)
    assert [[one.line, one.description, one.text] for one in found] == case["deletions"]


@pytest.mark.once
@pytest.mark.parametrize("detection", load_detections(ROOT), ids=lambda one: one.name)
def test_cases_notice_every_deletion_that_can_change_anything(detection: Detection) -> None:
    found = survivors(detection, ROOT, load_material(ROOT))
    listed = [(one["query"], one["line"], one["deletion"]) for one in SURVIVORS[detection.name]]
    assert [(one.language, one.mutant.line, one.mutant.description) for one in found] == listed
