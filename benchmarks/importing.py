"""Every folder of recordings imported whole, beside the counts of its manifest.

    RULEPROOF_RECORDINGS=FOLDER python benchmarks/importing.py [NAME…]

Seconds are those of one processor; folders without events are refused. Needs the extras `arrow` and `evtx`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from emulator.diagnostics import QueryError
from emulator.events.importing.importing import Wanted, import_events
from emulator.events.importing.provenance import Import
from emulator.events.recordings.mapped import recordings_folder

HEADING = "| Folder | Files | Events | Imported | Rejected | Files that differ | Seconds | Events a second |"


def line(folder: Path) -> str:
    """A row of the table."""
    listed = json.loads((folder / "manifest.json").read_text("utf8"))
    began = time.process_time()
    with tempfile.TemporaryDirectory() as made:
        try:
            done = import_events([folder], Path(made, "made"), Wanted())
        except QueryError as error:
            return f"| {folder.name} | {len(listed['files'])} | – | refused: {error.diagnostics[0].code} | | | | |"
    seconds = time.process_time() - began
    counts = done.counts
    return (
        f"| {folder.name} | {len(listed['files'])} | {listed['total_events']:,} | {counts.kept:,} "
        f"| {counts.rejected.total()} | {differing(folder, listed['files'], done)} | {seconds:.1f} "
        f"| {counts.kept / seconds:,.0f} |"
    )


def differing(folder: Path, listed: Sequence[dict[str, object]], done: Import) -> int:
    """How many files have other counts than the manifest says."""
    kept = {one.name: sum(file.counts.kept for file in one.files) for one in done.sources}
    paths = [str(one["path"]) for one in listed]
    names = [path if (folder / path).exists() else Path(path).name for path in paths]
    return sum(kept.get(name) != one["events"] for name, one in zip(names, listed, strict=True))


def main(names: Sequence[str]) -> None:
    """Print the table."""
    recordings = recordings_folder()
    assert recordings is not None, "RULEPROOF_RECORDINGS is not set"
    found = [one["folder"] for one in json.loads((recordings / "index.json").read_text("utf8"))]
    print(HEADING)
    print("|---" * HEADING.count(" |") + "|")
    for name in names or found:
        print(line(recordings / name), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
