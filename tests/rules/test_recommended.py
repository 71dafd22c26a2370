"""The recommended queries on all cases: where they do something else than the deployed ones, it is listed and meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import emulator
from emulator.replay.corpus import load_material
from emulator.replay.staging import stage
from emulator.rules import Language, QueryName, load_detections

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DIFFERENCES = yaml.safe_load((HERE / "recommended.yaml").read_text("utf-8"))


@pytest.mark.parametrize("language", Language)
def test_recommended_query(language: Language) -> None:
    detection = next(each for each in load_detections(ROOT) if each.attack.technique == "T1021.002")
    better = detection.queries[language].recommended
    assert better is not None
    query = emulator.compile(better.source.text, language=language.value, assume=better.assumptions)
    material = load_material(ROOT)
    found = {}
    for case in detection.cases:
        staged = stage(case, language, material)
        interval = (staged.now - detection.schedule.lookback, None) if language is Language.CQL else None
        alerts = len(query.run(staged.tables, now=staged.now, time_range=interval).rows)
        if not case.expect[QueryName(language)].allows(alerts):
            found[case.id] = alerts
    assert found == DIFFERENCES[language]
