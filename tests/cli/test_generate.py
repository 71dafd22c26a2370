"""`ruleproof events generate`: files that other commands read, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main

pytestmark = pytest.mark.once
SMALL = Path(__file__).parents[1] / "events/organisation/small.yaml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_a_folder_is_a_corpus_of_tables(tmp_path: Path) -> None:
    ran = run("events", "generate", SMALL, "--events", "1_500", "--hosts", 9, "-o", tmp_path / "made")
    assert ran.exit_code == 0
    assert "1,500 events of 9 hosts" in ran.stdout
    assert {path.name for path in (tmp_path / "made").iterdir()} > {"events.parquet", "DeviceProcessEvents.parquet"}
    query = "DeviceProcessEvents | where FileName == 'updater.exe' | count"
    given = f"DeviceProcessEvents={tmp_path / 'made' / 'DeviceProcessEvents.parquet'}"
    found = CliRunner().invoke(main, ["query", "--language", "kql", "--table", given, "-"], input=query)
    assert found.exit_code == 0


def test_json_counts_the_rows(tmp_path: Path) -> None:
    arguments = ("--days", 1, "--hosts", 3, "--sensor", "falcon:fdr", "--start", "2026-02-03", "--format", "json")
    told = json.loads(run("events", "generate", SMALL, "-o", tmp_path, *arguments).stdout)
    assert (told["hosts"], told["days"], list(told["tables"])) == (3, 1.0, ["events"])
    assert told["events"] == told["tables"]["events"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--events or --days"),
        (("--events", 1, "--days", 1), "--events or --days"),
        (("--days", 1, "--sensor", "falcon:fdr", "--sensor", "falcon:ng-siem"), "events of one kind"),
        (("--days", 1, "--hosts", 100), "there can't be 100 computers"),
        (("--events", "10 million"), "write a number such as 500000, 500k or 10M"),
        (("--events", "0k"), "'0k' is no amount"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[object, ...], message: str, tmp_path: Path) -> None:
    ran = run("events", "generate", SMALL, "-o", tmp_path / "made", *arguments)
    assert (ran.exit_code, message in ran.stderr) == (2, True)
    assert not (tmp_path / "made").exists()


def test_no_half_of_a_file_is_left_where_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf8")
    ran = run("events", "generate", SMALL, "--days", 1, "--hosts", 2, "-o", tmp_path / "file" / "made")
    assert (ran.exit_code, "can't be made" in ran.stderr) == (2, True)
    (tmp_path / "DeviceLogonEvents.parquet").mkdir()
    ran = run("events", "generate", SMALL, "--days", 1, "--hosts", 2, "-o", tmp_path)
    assert (ran.exit_code, "can't be written" in ran.stderr) == (2, True)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not (tmp_path / "DeviceFileEvents.parquet").exists()
