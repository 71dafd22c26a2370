"""Parquet files that can't be read; what they give is compared in tests/reading."""

import sys
from pathlib import Path
from typing import Any

import pytest

import emulator


def rows(path: Path) -> list[tuple[Any, ...]]:
    return emulator.run("T | project N", language="kql", schemas={"T": {"N": "long"}}, tables={"T": path}).rows


@pytest.mark.once
def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"bad")
    with pytest.raises(emulator.QueryError, match="EVT1003"):
        rows(tmp_path / "a.parquet")


def test_without_pyarrow_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "emulator.interpreter.arrow_tables", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"good")
    with pytest.raises(emulator.QueryError, match="EVT1004"):
        rows(tmp_path / "a.parquet")
