"""Parquet files, read through a stand-in for pyarrow: the real one weighs more than everything else together."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import pytest

import emulator


class ArrowException(Exception):  # noqa: N818 - pyarrow's name
    """What pyarrow raises."""


class Batch:
    def to_pylist(self) -> list[dict[str, Any]]:
        return [{"N": 1}, {"N": 2}]


class ParquetFile:
    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None: ...

    def iter_batches(self) -> Iterator[Batch]:
        if self.content != b"good":
            raise ArrowException("not a Parquet file")
        yield Batch()


@pytest.fixture
def pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    package, parquet = ModuleType("pyarrow"), ModuleType("pyarrow.parquet")
    vars(package).update(ArrowException=ArrowException, parquet=parquet, __path__=[])
    vars(parquet).update(ParquetFile=ParquetFile)
    monkeypatch.setitem(sys.modules, "pyarrow", package)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", parquet)


def rows(path: Path) -> list[tuple[Any, ...]]:
    return emulator.run("T | project N", language="kql", schemas={"T": {"N": "long"}}, tables={"T": path}).rows


@pytest.mark.usefixtures("pyarrow")
def test_parquet_is_read_in_batches(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"good")
    assert rows(tmp_path / "a.parquet") == [(1,), (2,)]


@pytest.mark.usefixtures("pyarrow")
def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"bad")
    with pytest.raises(emulator.QueryError, match="EVT1003"):
        rows(tmp_path / "a.parquet")


def test_without_pyarrow_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"good")
    with pytest.raises(emulator.QueryError, match="EVT1004"):
        rows(tmp_path / "a.parquet")
