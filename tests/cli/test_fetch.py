"""`ruleproof events fetch` where much is missing, and where the package that fetches is."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.events.recordings.lists import COLUMNS

MANIFEST = """name: own
label: benign
note: quiet days
origin: {repository: r, commit: c, licence: MIT, folder: "", address: "http://127.0.0.1:9/{path}"}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("RULEPROOF_RECORDINGS", raising=False)
    folder = tmp_path / "corpus" / "recorded"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(MANIFEST)
    rest = "\t".join(["", "1", "1", "9", "0" * 64, "benign", "", "", ""])
    lines = ["\t".join(COLUMNS), *(f"{number}.evtx\t{rest}" for number in range(25))]
    (folder / "own.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_many_missing_files_are_summed(root: Path) -> None:
    ran = CliRunner().invoke(
        main, ["events", "fetch", "--offline", "--root", str(root), "--cache", str(root / "cache")]
    )
    told = ran.stderr.splitlines()
    assert (ran.exit_code, len(told), told[0]) == (1, 21, "not here: own/0.evtx")
    assert told[-1] == "and 5 more of own (--format json names them)"


def test_without_the_package_that_fetches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delitem(sys.modules, "emulator.events.recordings.downloading", raising=False)
    ran = CliRunner().invoke(
        main, ["events", "fetch", "own/3.evtx", "--root", str(root), "--cache", str(root / "cache")]
    )
    assert ran.exit_code == 1
    assert "pip install 'ruleproof[fetch]'" in ran.stderr
