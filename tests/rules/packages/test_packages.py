"""LogScale packages: what their files become, and files that can't be used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.rules.cron import shortest_gap
from emulator.rules.package_rules import detection_of
from emulator.rules.packages import PackagedQuery, is_packaged, open_packaged, packaged, read_package
from emulator.source import Source

pytestmark = pytest.mark.once
HERE = Path(__file__).parent
GOOD = HERE / "good"
MODEL = yaml.safe_load((HERE / "model.yaml").read_text("utf8"))
SCHEDULES = yaml.safe_load((HERE / "schedules.yaml").read_text("utf8"))


def written(span: timedelta | None) -> str | None:
    if span is None:
        return None
    seconds = int(span.total_seconds())
    named = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    unit, size = next(((unit, size) for unit, size in named if seconds and seconds % size == 0), ("s", 1))
    return f"{seconds // size}{unit}"


def described(rule: PackagedQuery) -> list[Any]:
    placed = rule.query.name == rule.file.name
    return [
        rule.kind.value,
        rule.name,
        list(rule.query.position(0)) if placed else None,
        written(rule.searched and rule.searched.start),
        written(rule.searched and rule.searched.end),
        written(rule.throttle),
        rule.throttle_field,
        written(rule.every),
        rule.enabled,
    ]


def test_model() -> None:
    package = read_package(GOOD, ".")
    found = {rule.file.name: described(rule) for rule in package.queries}
    assert package.name == "contoso/shares"
    assert found == MODEL
    assert [one.message for one in package.notes] == ["unknown key `newKey`"]


def test_what_a_package_lends() -> None:
    given = read_package(GOOD).given
    assert [name for name in given if name.startswith("query:")] == [
        *("query:since a moment", "query:contoso/shares:since a moment"),
        *("query:watched", "query:contoso/shares:watched"),
    ]
    assert given["lookup:shares.csv"] == given["lookup:contoso/shares/shares.csv"]


@pytest.mark.parametrize("name", MODEL)
def test_one_file_is_that_rule(name: str) -> None:
    one = open_packaged(GOOD / name)
    assert [rule.file.name for rule in one.queries] == [f"{GOOD.as_posix()}/{name}"]
    assert not one.parsers
    detection = detection_of(one.queries[0], one)
    assert detection.title == MODEL[name][1]
    assert detection.folder == f"contoso/shares:{detection.title}"


def test_a_file_of_no_package(tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text((GOOD / "alerts/mapped.yaml").read_text("utf8"), "utf8")
    one = open_packaged(file)
    assert (one.name, dict(one.given), one.queries[0].file.name) == ("", {}, file.as_posix())
    assert is_packaged(file)
    assert not is_packaged(tmp_path)
    assert not is_packaged(HERE / "model.yaml")


@pytest.mark.parametrize("file", sorted((HERE / "bad").glob("*.yaml")), ids=lambda file: file.stem)
def test_bad_file(file: Path) -> None:
    with pytest.raises(QueryError) as refused:
        packaged(Source(file.name, file.read_text("utf8")))
    assert f"{refused.value}\n" == file.with_suffix(".txt").read_text("utf8")


def test_everything_wrong_in_a_package_is_told(tmp_path: Path) -> None:
    for name in ("alerts", "queries", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "manifest.yaml").write_text("name: nobody", "utf8")
    (tmp_path / "alerts/a.yaml").write_text("name: a", "utf8")
    (tmp_path / "data/b.csv").write_bytes(b"\xff")
    with pytest.raises(QueryError) as refused:
        read_package(tmp_path, ".")
    assert [(one.source.name, one.code.id) for one in refused.value.diagnostics] == [
        ("alerts/a.yaml", "RUL2201"),
        ("data/b.csv", "RUL1104"),
        *(("manifest.yaml", code) for code in ("RUL2102", "RUL2102", "RUL2103")),
    ]


@pytest.mark.parametrize(("schedule", "gap"), SCHEDULES.items(), ids=str)
def test_schedule(schedule: str, gap: str | None) -> None:
    assert written(shortest_gap(schedule)) == gap
