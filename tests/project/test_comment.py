"""The comment on a pull request: written once, then written anew, and nothing where no rule is touched."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.replay.changes.differences import Difference
from emulator.reports.difference_table import MARKER, MOST_CHARACTERS, difference_markdown

pytestmark = pytest.mark.once

CHANGE = Difference("T1 kql", "made up", "benign", is_case=False, before=1, appeared=("a",), events=10)
GH = """#!/bin/bash
printf '%s\\n' "$*" >> "$LOG"
case "$*" in *--paginate*) printf '%s' "$KNOWN" ;; esac
"""


@pytest.fixture
def step(root: Path) -> dict[str, Any]:
    """The step of the workflow that writes the comment."""
    jobs = yaml.safe_load((root / ".github/workflows/pull-request.yml").read_text("utf8"))["jobs"]
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert not any("checkout" in one.get("uses", "") for one in jobs["comment"]["steps"])
    found: dict[str, Any] = jobs["comment"]["steps"][-1]
    return found


@pytest.mark.parametrize(
    ("known", "changes", "said"),
    [
        ("", [CHANGE], ["--silent --method POST repos/a/b/issues/7/comments --field body=@diff.md"]),
        ("12\n34\n", [CHANGE], ["--silent --method PATCH repos/a/b/issues/comments/12 --field body=@diff.md"]),
        ("12\n", [], ["--silent --method PATCH repos/a/b/issues/comments/12 --field body=@diff.md"]),
        ("", [], []),
    ],
)
def test_one_comment(
    step: dict[str, Any], tmp_path: Path, known: str, changes: list[Difference], said: list[str]
) -> None:
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "diff.md").write_text(difference_markdown(changes), "utf8")
    given = {"KNOWN": known, "LOG": str(tmp_path / "log"), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    names = {"REPOSITORY": "a/b", "NUMBER": "7", "OURS": step["env"]["OURS"]}
    subprocess.run(["bash", "-e", "-c", step["run"]], check=True, cwd=tmp_path, env=os.environ | given | names)
    asked, *written = (tmp_path / "log").read_text("utf8").splitlines()
    assert asked.startswith("api --paginate repos/a/b/issues/7/comments --jq .[] | select(.user.login ==")
    assert written == [f"api {one}" for one in said]


def test_the_comment_is_found_by_its_marker(step: dict[str, Any]) -> None:
    assert f'startswith("{MARKER}")' in step["env"]["OURS"]
    assert difference_markdown([]).startswith(MARKER)
    assert "\nNo rule is touched" in difference_markdown([])


def test_a_comment_is_not_too_long() -> None:
    text = difference_markdown([CHANGE] * 3000)
    assert MOST_CHARACTERS * 0.9 < len(text) <= MOST_CHARACTERS + 100
    assert text.endswith(" further lines are left out.\n")
