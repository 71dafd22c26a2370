"""Sessions with `ruleproof sigma` in a small repository; they need the extra, which one environment installs."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from emulator.cli import main

pytestmark = pytest.mark.once
HERE = Path(__file__).parent


@pytest.mark.parametrize("file", sorted(HERE.glob("*.yaml")), ids=lambda file: file.stem)
def test_sigma_session(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "repository"
    shutil.copytree(HERE.parent / "repository", root)
    monkeypatch.chdir(root)
    session = yaml.safe_load(file.read_text("utf8"))
    for name, text in session["add"].items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with (root / name).open("a", encoding="utf8") as stream:
            stream.write(text)
    for name in session.get("missing", ()):
        monkeypatch.setitem(sys.modules, name, None)
    told = []
    for line in session["run"]:
        ran = CliRunner().invoke(main, shlex.split(line), prog_name="ruleproof")
        assert isinstance(ran.exception, SystemExit | None), ran.exception
        errors = f"(standard error)\n{ran.stderr}" if ran.stderr else ""
        told.append(f"$ ruleproof {line}\n{ran.stdout}{errors}(exit code {ran.exit_code})\n")
    assert "\n".join(told) == file.with_suffix(".txt").read_text("utf8")
