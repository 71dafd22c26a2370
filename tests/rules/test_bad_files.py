"""Files that can't be used: each is answered with diagnostics and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.rules import load_detections
from emulator.rules.case_file import read_case

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", sorted((HERE / "bad").glob("*.yaml")), ids=lambda file: file.stem)
def test_bad_case_file(file: Path) -> None:
    with pytest.raises(QueryError) as refused:
        read_case(file, HERE / "bad")
    assert f"{refused.value}\n" == file.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("file", sorted((HERE / "changes").glob("*.yaml")), ids=lambda file: file.stem)
def test_bad_repository(file: Path, repository: Callable[[dict[str, Any]], Path]) -> None:
    changes = yaml.safe_load(file.read_text("utf-8"))
    with pytest.raises(QueryError) as refused:
        load_detections(repository(changes), max_bytes=changes.get("max_bytes", 1 << 20))
    assert f"{refused.value}\n" == file.with_suffix(".txt").read_text("utf-8")
