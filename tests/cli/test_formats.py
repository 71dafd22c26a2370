"""What machines read: JSON, JUnit and GitHub's summary say the same verdicts; files are written whole."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from emulator.cli import COMMANDS, main

REPOSITORY = Path(__file__).with_name("repository")
RULE = Path("detections/discovery/T1033_whoami/sentinel.kql")
OFFICE = Path(__file__).parents[2] / "corpus" / "profiles" / "office.yaml"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small repository with a query that misses."""
    shutil.copytree(REPOSITORY, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
    text = RULE.read_text("utf8")
    RULE.write_text(text.replace("whoami.exe", "other|<b>.exe"), "utf8")
    return tmp_path / "repository"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("root")
def test_json_has_one_object_a_verdict() -> None:
    ran = run("test", "--format", "json")
    verdicts = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert all({"detection", "query", "case", "verdict", "expected", "actual"} <= one.keys() for one in verdicts)
    assert Counter(one["verdict"] for one in verdicts) == {"pass": 4, "fail": 1, "known-miss": 1, "unmeasured": 1}
    failed = next(one for one in verdicts if one["verdict"] == "fail")
    assert (failed["query"], failed["case"], failed["expected"], failed["actual"]) == (
        "kql",
        "run",
        "exactly 1",
        "0 alerts",
    )


def test_json_tells_problems_on_standard_error(root: Path) -> None:
    (root / RULE).write_text("DeviceProcessEvents | where", "utf8")
    ran = run("test", "--format", "json")
    assert (ran.exit_code, len(json.loads(ran.stdout)), "error[KQL1" in ran.stderr) == (2, 4, True)


def test_junit_counts_what_json_says(root: Path) -> None:
    ran = run("test", "--junit", "out.xml")
    tree = ElementTree.fromstring((root / "out.xml").read_text("utf8"))  # noqa: S314 - written by the command itself
    suite = tree.find("testsuite[@name='T1033_whoami']")
    assert ran.exit_code == 1
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "1", "0", "1"]
    assert [len(tree.findall(f".//{tag}")) for tag in ("failure", "skipped", "system-out")] == [1, 1, 1]
    assert run("test", "--format", "junit").stdout == (root / "out.xml").read_text("utf8")
    assert sorted(path.name for path in root.iterdir()) == ["detections", "out.xml"]


def test_junit_has_problems_and_gaps(root: Path) -> None:
    (root / RULE).write_text("DeviceProcessEvents | where FileNam == 'a'", "utf8")
    (root / "detections/execution/T1059_encoded/rule.kql").write_text("print 1 | evaluate autocluster()", "utf8")
    tree = ElementTree.fromstring(run("test", "--format", "junit").stdout)  # noqa: S314 - written by the command itself
    assert [one.get("type") for one in tree.findall(".//error")][-1] == "KQL4016"
    assert "gap" in {one.get("type") for one in tree.findall(".//error")}


def test_broken_files_are_in_every_report(root: Path) -> None:
    (root / RULE).write_text("DeviceProcessEvents | where FileName == '\x7f'", "utf8")
    ran = run("test", "--format", "github", "--junit", "out.xml")
    assert ran.exit_code == 2
    assert "::error file=detections/discovery/T1033_whoami/sentinel.kql,line=1" in ran.stdout
    assert 'type="RUL1104"' in (root / "out.xml").read_text("utf8")
    assert json.loads(run("test", "--format", "json").stdout)["diagnostics"][0]["code"] == "RUL1104"


def test_a_report_that_can_not_be_written_is_an_error(root: Path) -> None:
    assert run("test", "--junit", "no/such/folder/out.xml").exit_code == 2
    (root / "folder").mkdir()
    assert run("test", "--junit", "folder").exit_code == 2


def test_the_summary_shows_rules_as_text(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = root / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run("test", "--format", "github")
    run("replay", str(OFFICE), "--hosts", "2", "--days", "1", "--format", "github")
    text = summary.read_text("utf8")
    assert "| T1033\\_whoami | kql | 0 | 1 | 1 | 1 | 0 |".replace("\\_", "_") in text
    assert "| fail | run | kql | exactly 1 | 0 alerts |" in text
    assert "## How often the rules fire" in text
    assert "<b>" not in text
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(root / "no" / "summary.md"))
    assert run("test", "--format", "github").exit_code == 2


@pytest.mark.usefixtures("root")
def test_replay_and_why_print_one_document() -> None:
    ran = run("replay", str(OFFICE), "--hosts", "2", "--days", "1", "--seed", "3", "--format", "json")
    measured = json.loads(ran.stdout)
    assert [(one["detection"], one["query"]) for one in measured][:2] == [
        ("T1033_whoami", "kql"),
        ("T1033_whoami", "cql"),
    ]
    assert all(one["hosts"] == one["host_days"] == 2 and one["per_host_day"]["low"] == 0 for one in measured)
    explained = json.loads(run("why", "T1033", "--case", "run", "--format", "json").stdout)
    assert [one["alerts"] for one in explained] == [0, 1]
    assert explained[0]["legs"][0]["dropped_at"] == 3
    listed = json.loads(run("explain", "--format", "json").stdout)
    assert {"code": "EVT1001", "title": "there is no such event file"} in listed["codes"]


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("test")
    assert (ran.exit_code, "there is no detections/ folder here or above" in ran.stderr) == (2, True)
    assert run("test", "--root", str(REPOSITORY)).exit_code == 0


def test_help_lists_the_commands() -> None:
    ran = run("--help")
    assert all(f"  {name} " in ran.stdout for name in COMMANDS)
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_codes_and_assumptions_are_listed() -> None:
    lines = run("explain").stdout.splitlines()
    assert "  KQL5001  a limit of the run was reached" in lines
    assert any(line.startswith("  infix-in (cql, opt-in): ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_query_texts_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.kql").write_bytes(b'print "\xe9"')
    (tmp_path / "large.kql").write_bytes(b" " * ((4 << 20) + 1))
    assert "is not UTF-8 text (byte 7)" in run("query", str(tmp_path / "latin.kql")).stderr
    assert "is larger than 4 MiB" in run("query", str(tmp_path / "large.kql")).stderr


def test_why_explains_a_few_events_only(root: Path) -> None:
    (root / "many.jsonl").write_text('{"FileName": "a"}\n' * 25, "utf8")
    many = ("why", "T1033", "--events", "many.jsonl", "--query", "cql", "--format", "json")
    assert len(json.loads(run(*many).stdout)) == 20
    assert "only the first 20 events are explained" in run(*many).stderr
    ran = run("why", "T1033", "--events", "many.jsonl", "--query", "kql", "--format", "json")
    assert (ran.stdout, "there was no event to explain" in ran.stderr) == ("[]\n", True)


def test_a_recording_that_shows_the_technique(root: Path) -> None:
    sample = Path(__file__).parents[2] / "corpus" / "recorded"
    shutil.copytree(sample, root / "corpus" / "recorded")
    rule = root / "detections" / "discovery" / "T1033_whoami" / "detection.yaml"
    rule.write_text(rule.read_text("utf8").replace("technique: T1033", "technique: T1021.002"), "utf8")
    lines = run("replay", "corpus/recorded/sample.jsonl").stdout.splitlines()
    assert "    T1033_whoami kql: 0 seen, 1 missed, 0 unmeasured, of 1" in lines
    assert any("missed: DeviceProcessEvents: line 3 dropped the last" in line for line in lines)


def test_a_process_of_its_own() -> None:
    command = [sys.executable, "-c", "from emulator.cli import main; main()", "query", "-", "--language", "kql"]
    ran = subprocess.run(command, input="print x = 1", capture_output=True, text=True, check=True)
    assert ran.stdout == "x\n1\n"


def test_limits_can_be_set(root: Path) -> None:
    (root / "rows.jsonl").write_text('{"a": "1"}\n' * 9000, "utf8")
    (root / "long.cql").write_text("a=1 | b=2", "utf8")
    slow = run("query", "long.cql", "--events", "rows.jsonl", "--seconds", "0.001")
    assert (slow.exit_code, "CQL5001" in slow.stderr) == (2, True)
    long = run("query", "long.cql", "--characters", "5")
    assert (long.exit_code, "9 characters" in long.stderr) == (2, True)
    assert run("test", "--characters", "5").exit_code == 2
