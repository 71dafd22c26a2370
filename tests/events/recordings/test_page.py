"""`docs/recordings.md` lists every recording with its numbers, and a share of them is measured so again."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from emulator.events.recordings.manifests import load_manifests
from emulator.events.recordings.registry import published

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recordings.md").read_text("utf8")
SHARE = ["panther-falcon-fdr-tests", "msticpy/mde_proc_pub*", "otrf/*/cmd_psexec*"]


def test_the_page_lists_every_recording() -> None:
    files = published(load_manifests(ROOT / "corpus" / "recorded", ROOT))
    for file in files:
        name = file.name.replace("$", "\\$")
        line = f"\n| {name} | {file.facts.label} | {file.facts.recorded:,} | "
        assert PAGE.count(line) == 1, file.title
    listed = [line for line in PAGE.splitlines() if re.match(r"\| .* \| (malicious|benign|mixed) \| ", line)]
    assert len(listed) == len(files)
    assert f"| all | {len(files):,} | {sum(file.facts.recorded for file in files):,} | " in PAGE


@pytest.mark.once
@pytest.mark.usefixtures("recordings")
def test_a_share_is_measured_again() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import recordings_table
    finally:
        sys.path.pop(0)
    rows = list(recordings_table.measured_rows(SHARE, lambda _: None))
    lines = [recordings_table.line_of(row, lambda _: "a") for row in rows]
    assert len(lines) == 3
    assert not [line for line in lines if line not in re.sub(r"\*[a-z]+\*", "*a*", PAGE)]
