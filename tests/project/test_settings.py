"""Facts that stand in two places agree."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

import pytest

VARIABLE = re.compile(r"\bRULEPROOF_[A-Z]+\b")


@pytest.fixture(scope="module")
def python_versions(root: Path) -> list[str]:
    """The versions that the package says it runs on, oldest first."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))


def test_tox_runs_every_version(root: Path, python_versions: list[str]) -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(root / "tox.ini", "utf-8")
    every = [f"py{version.replace('.', '')}" for version in python_versions]
    assert re.findall(r"\bpy3\d+\b", tox["testenv:cov"]["base_python"]) == every
    assert re.findall(r"\bpy3\d+\b", tox["tox"]["env_list"]) == every[1:]


def test_the_pull_request_workflow_sets_up_every_version(root: Path, python_versions: list[str]) -> None:
    workflow = (root / ".github/workflows/pull-request.yml").read_text("utf-8")
    assert sorted(re.findall(r"^ +(3\.\d+)$", workflow, re.MULTILINE)) == python_versions


def test_lint_reads_every_workflow_and_form(root: Path) -> None:
    found = {path.relative_to(root).as_posix() for path in (root / ".github").rglob("*.yml")}
    tox = (root / "tox.ini").read_text("utf-8")
    assert found == set(re.findall(r"\{toxinidir\}/(\.github/\S+)", tox))


def test_the_oldest_version_is_the_same_everywhere(root: Path, python_versions: list[str]) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    oldest = python_versions[0]
    named = (
        settings["project"]["requires-python"],
        settings["tool"]["mypy"]["python_version"],
        settings["tool"]["ruff"]["target-version"],
    )
    assert named == (f">={oldest}", oldest, "py" + oldest.replace(".", ""))


def test_every_variable_is_documented(root: Path, texts: dict[str, str]) -> None:
    used = {name for text in texts.values() for name in VARIABLE.findall(text)}
    assert used == set(VARIABLE.findall((root / "README.md").read_text("utf-8")))


def test_the_changelog_names_the_version(root: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\]", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
