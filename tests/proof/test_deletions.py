"""Deletions in rules: which there are in a text, and that the cases notice every one that can change anything."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from emulator.proof.blame import blame
from emulator.proof.mutation import mutants
from emulator.proof.survival import Trial, trials
from emulator.replay.corpus import load_material
from emulator.replay.staging import stage
from emulator.rules import Language, load_detections

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TEXTS = yaml.safe_load((HERE / "deletions.yaml").read_text("utf-8"))
SURVIVORS = yaml.safe_load((HERE / "survivors.yaml").read_text("utf-8"))
DETECTIONS = {one.name: one for one in load_detections(ROOT)}
LINES = re.compile(r"(?:ql:|behind lines? )(\d+)(?:-(\d+))?")


MATERIAL = load_material(ROOT)


@cache
def tried(detection: str) -> list[Trial]:
    return list(trials(DETECTIONS[detection], ROOT, MATERIAL))


def named_lines(trial: Trial) -> set[int]:
    """The lines that the failure of a mutant names."""
    assert trial.rule is not None
    assert trial.verdict is not None
    staged = stage(trial.verdict.case, trial.language, MATERIAL)
    text = "\n".join(blame(trial.rule, trial.verdict.case, staged))
    return {line for first, last in LINES.findall(text) for line in range(int(first), int(last or first) + 1)}


@pytest.mark.parametrize("case", TEXTS, ids=range(len(TEXTS)))
def test_what_can_be_deleted_from_a_text(case: dict[str, object]) -> None:
    language = next(one for one in Language if one.value in case)
    found = mutants(str(case[language.value]), language)
    assert [[one.line, one.description, one.text] for one in found] == case["deletions"]


@pytest.mark.once
@pytest.mark.parametrize("name", DETECTIONS)
def test_cases_notice_every_deletion_that_can_change_anything(name: str) -> None:
    survived = [one for one in tried(name) if one.survived]
    listed = [(one["query"], one["line"], one["deletion"]) for one in SURVIVORS[name]]
    assert [(one.language, one.mutant.line, one.mutant.description) for one in survived] == listed


@pytest.mark.once
@pytest.mark.parametrize("name", DETECTIONS)
def test_the_failure_names_the_line_of_what_was_deleted(name: str) -> None:
    noticed = [one for one in tried(name) if not one.survived and not one.mutant.description.startswith("leg ")]
    assert noticed
    assert [one.mutant for one in noticed if one.mutant.line not in named_lines(one)] == []
