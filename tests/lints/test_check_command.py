"""`ruleproof check`, on lone queries and on repositories."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from emulator.cli import main

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("detections/lateral_movement/T1021.002_smb_admin_shares")
CASES = yaml.safe_load(Path(__file__).with_name("check_command.yaml").read_text("utf8"))


def check(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=text)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's detections and corpus, to be changed; the current folder is inside."""
    shutil.copytree(ROOT / "detections", tmp_path / "detections")
    shutil.copytree(ROOT / "corpus" / "scenarios", tmp_path / "corpus" / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES["queries"], ids=lambda case: case["title"])
def test_lone_queries(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in case.get("files", {}).items():
        Path(name).write_text(content, "utf8")
    ran = check(*case["arguments"], text=case.get("input"))
    assert ran.exit_code == case["exit"], ran.output
    assert [line for line in case["says"] if line not in ran.output] == [], ran.output


@pytest.mark.parametrize("case", CASES["repositories"], ids=lambda case: case["title"])
def test_repositories(case: dict[str, Any], repository: Path) -> None:
    for name, (old, new) in case.get("changes", {}).items():
        file = repository / FOLDER / name
        text = file.read_text("utf8")
        assert old in text
        file.write_text(text.replace(old, new), "utf8")
    for name, content in case.get("files", {}).items():
        file = repository / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf8")
    ran = check(*case["arguments"])
    assert ran.exit_code == case["exit"], ran.output
    assert [line for line in case["says"] if line not in ran.output] == [], ran.output
    assert [line for line in case.get("silent", []) if line in ran.output] == []


def test_json_is_one_document(repository: Path) -> None:
    ran = check("--format", "json", "--root", str(repository))
    found = json.loads(ran.stdout)
    assert {one["severity"] for one in found} == {"warning", "note"}
    assert {"code", "message", "help", "file", "line", "column"} <= found[0].keys()


def test_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = check()
    assert (ran.exit_code, "there is no detections/ folder here or above" in ran.output) == (2, True)


def test_a_detection_by_its_path_from_elsewhere(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    ran = check(str(repository / FOLDER), str(repository / FOLDER / "sentinel.kql"))
    assert (ran.exit_code, "1 detection checked: 0 errors" in ran.output) == (0, True)
