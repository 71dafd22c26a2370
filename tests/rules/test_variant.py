"""A CQL query may say how Falcon's events look to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emulator.diagnostics import QueryError
from emulator.rules import Language, Variant, load_detection

GOOD = Path(__file__).parent / "good"
FOLDER = "detections/execution/T1059_full"


def changed(tmp_path: Path, value: str) -> Path:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    file = tmp_path / FOLDER / "detection.yaml"
    file.write_text(file.read_text("utf-8").replace("variant: fdr", f"variant: {value}"), "utf-8")
    return tmp_path / FOLDER


def test_a_variant_reaches_the_query(tmp_path: Path) -> None:
    queries = load_detection(changed(tmp_path, "ng-siem"), tmp_path).queries
    assert queries[Language.CQL].variant is Variant.NG_SIEM
    assert queries[Language.KQL].variant is None


def test_a_variant_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        load_detection(changed(tmp_path, "raw"), tmp_path)
    assert "variant" in str(caught.value)
