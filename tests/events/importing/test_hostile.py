"""Hostile sources: one diagnostic ends the import, and nothing is left, or records are rejected one by one."""

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.events.importing.formats import Reading, format_called
from emulator.events.importing.importing import Wanted, import_events
from emulator.events.importing.problems import Limits
from emulator.events.importing.provenance import REJECTED
from emulator.events.importing.tables import Tables
from tests.events.importing.hostile_bytes import MAKE

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("hostile.yaml").read_text("utf8"))
LIMITS = Limits(line=1 << 16, unpacked=1 << 21, ratio=50, spared=1 << 18, members=50, fields=2000, tables=20)
"""Small, so that small files are beyond them."""
MOST_MEMORY = 32 << 20


def codes(folder: Path) -> list[str]:
    path = folder / REJECTED
    return [json.loads(line)["code"] for line in path.read_text("utf8").splitlines()] if path.exists() else []


@contextmanager
def watched(*, really: bool) -> Iterator[None]:
    if not really:
        yield
        return
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def outcome(path: Path, to: Path, wanted: Wanted) -> tuple[str | list[str], int]:
    try:
        done = import_events([path], to, wanted, limits=LIMITS)
    except QueryError as error:
        (found,) = error.diagnostics
        assert found.source.name.startswith(path.name)
        assert sorted(one.name for one in to.parent.iterdir()) == [path.name]
        return str(found.code), 0
    assert done.counts.read == done.counts.kept + done.counts.rejected.total()
    return codes(to), done.counts.kept


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_hostile_source(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case["name"]
    path.write_bytes(MAKE[case["make"]]())
    named = format_called(case["format"]) if "format" in case else None
    with watched(really=case.get("watched", False)):
        found = outcome(path, tmp_path / "made", Wanted(named))
    assert found == (case["gives"], case.get("kept", 0))


def test_every_kind_of_bytes_has_a_case() -> None:
    assert {case["make"] for case in CASES} == MAKE.keys()


@pytest.mark.parametrize("most", [1, 2])
def test_folders_of_more_files_than_an_import_has_are_refused(most: int, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"ts": 1}', "utf8")
    with pytest.raises(QueryError, match="EVT1709") if most == 1 else nullcontext():
        import_events([tmp_path], tmp_path / "made", Wanted(), limits=Limits(members=most))


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", Path("/dev/null")):
        with pytest.raises(QueryError, match="EVT1706"):
            import_events([path], tmp_path / "made", Wanted())


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"ts": 1}', "utf8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Tables, "write", full)
    with pytest.raises(OSError, match="No space"):
        import_events([path], tmp_path / "made", Wanted())
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_fields_that_are_left_out_are_counted_by_sets_of_bounded_number() -> None:
    reading = Reading("a")
    for number in range(1100):
        reading.leave_out(f"f{number}", "g")
    found = reading.left_out
    assert (found["g"], found["f999"], found["\N{HORIZONTAL ELLIPSIS}"]) == (1000, 1, 100)
