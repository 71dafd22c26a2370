"""Sessions at the command line: what is typed in a small repository, what is printed, and the exit code."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from emulator.cli import main

HERE = Path(__file__).parent
SESSIONS = sorted((HERE / "sessions").glob("*.yaml"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(HERE / "repository", folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RULEPROOF_RECORDINGS", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return folder


def change(root: Path, changes: dict[str, Any]) -> None:
    for name, text in changes.get("add", {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    for name, (old, new) in changes.get("replace", {}).items():
        text = (root / name).read_text("utf8")
        assert old in text, (name, old)
        (root / name).write_text(text.replace(old, new), "utf8")


def typed(line: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, shlex.split(line), input=given, prog_name="ruleproof")


def told(line: str, ran: Result) -> str:
    errors = f"(standard error)\n{ran.stderr}" if ran.stderr else ""
    return f"$ ruleproof {line}\n{ran.stdout}{errors}(exit code {ran.exit_code})\n"


@pytest.mark.parametrize("file", SESSIONS, ids=lambda file: file.stem)
def test_session(file: Path, root: Path) -> None:
    session = yaml.safe_load(file.read_text("utf8"))
    change(root, session)
    lines = [(line, typed(line, session.get("input"))) for line in session["run"]]
    assert not [ran.exception for _, ran in lines if not isinstance(ran.exception, SystemExit | None)]
    assert "\n".join(told(line, ran) for line, ran in lines) == file.with_suffix(".txt").read_text("utf8")
