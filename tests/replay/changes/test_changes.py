"""What a change changes: commits of a small repository, and the detection as deployed beside the tuned one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.replay.changes.differences import Difference, on_cases
from emulator.replay.changes.touched import tuned
from emulator.replay.corpus import load_material
from emulator.rules import load_detections
from emulator.rules.case import Kind

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[3]
RULE = "detections/discovery/T1033_whoami/sentinel.kql"


def git(root, *arguments):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, "-C", str(root), *arguments], check=True, capture_output=True)


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "tests/cli/repository", folder)
    git(tmp_path, "init", "-q", str(folder))
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    monkeypatch.chdir(folder)
    return folder


def diff(*arguments):
    return CliRunner().invoke(main, ["diff", *arguments], prog_name="ruleproof")


def told(*arguments):
    return json.loads(diff(*arguments, "--format", "json").stdout)


def test_nothing_touched(root):
    case = root / "detections/discovery/T1033_whoami/cases/run.yaml"
    case.write_text(case.read_text().replace("An operator", "Somebody"))
    (case.parents[1] / "labels.yaml").write_text("labels: []\n")
    assert diff("HEAD").stdout == "no rule is touched: nothing changes\n"


def test_a_lost_attack_fails(root):
    (root / RULE).write_text((root / RULE).read_text().replace("whoami", "whoareyou"))
    found = [one for one in told("HEAD") if one["query"] == "T1033_whoami kql"]
    assert {one["on"]: (one["before"], one["after"], one["lost"]) for one in found}["run"] == (1, 0, True)
    ran = diff("HEAD")
    assert ran.exit_code == 1
    assert "LOST: T1033_whoami kql no longer sees run" in ran.stdout
    assert diff("HEAD", "--fail-on", "never").exit_code == 0


def test_new_alerts_by_policy(root):
    (root / RULE).write_text("DeviceProcessEvents\n")
    assert diff("HEAD").exit_code == 0
    assert diff("HEAD", "--fail-on", "new").exit_code == 1
    assert all(not one["vanished"] for one in told("HEAD"))


def test_two_commits(root):
    (root / RULE).write_text("DeviceProcessEvents | where false\n")
    git(root, "commit", "-q", "-am", "second")
    (root / RULE).write_text("not a query")
    forward, back = told("HEAD~1", "HEAD"), told("HEAD", "HEAD~1")
    gone = [(one["on"], one["before"], len(one["vanished"])) for one in forward]
    assert gone == [(one["on"], one["after"], len(one["appeared"])) for one in back]
    assert ("run", 1, 1) in gone


def test_a_rule_that_goes(root):
    shutil.rmtree(root / "detections/discovery")
    found = told("HEAD")
    assert found
    assert all((one["after"], one["appeared"]) == (0, []) for one in found)


def test_a_broken_rule_is_told(root):
    (root / RULE).write_text("DeviceProcessEvents | whre x")
    ran = diff("HEAD")
    assert ran.exit_code == 2
    assert "sentinel.kql:1:23" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "RUL1401"),
        (["--", "--output=/x"], "no commit begins with `-`"),
        ([], "name the commit"),
        (["HEAD", "--tuned"], "name the commit"),
    ],
)
@pytest.mark.usefixtures("root")
def test_no_such_version(arguments, says):
    ran = diff(*arguments)
    assert ran.exit_code == 2
    assert says in ran.stderr


def test_a_corpus_and_its_rates(root):
    event = {
        "UtcTime": "2026-03-02 09:30:01.000",
        "ProcessId": "1",
        "Image": "C:\\whoami.exe",
        "CommandLine": "whoami.exe",
    }
    line = {
        "file": "a",
        "provider": "Microsoft-Windows-Sysmon",
        "event_id": 1,
        "computer": "w",
        "time": "2026-03-02T09:30:01Z",
    }
    (root / "one.jsonl").write_text(json.dumps(line | {"data": event}) + "\n")
    (root / RULE).write_text("DeviceProcessEvents | where false\n")
    ran = diff("HEAD", "--corpus", "one.jsonl", "--format", "markdown")
    assert ran.stdout.startswith("<!-- ruleproof diff -->\n")
    assert "per host-day (95% interval" in ran.stdout
    assert "corpus a (unlabelled): 1 -> 0 alerts" in diff("HEAD", "--corpus", "one.jsonl").stdout


@pytest.mark.parametrize("to", ["../../../elsewhere.kql", "/etc/hostname", "up/../../../../elsewhere.kql"])
def test_a_link_that_leads_out_is_refused(root, to):
    (root / "detections/up").symlink_to(".")
    (root / "detections/out.kql").symlink_to(to)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "links")
    ran = diff("HEAD")
    assert ran.exit_code == 2
    assert "`detections/out.kql` leads out of it" in " ".join(ran.stderr.split())


def test_a_link_inside_is_followed(root):
    rule = root / RULE
    rule.rename(rule.with_name("real.kql"))
    rule.symlink_to("real.kql")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "links")
    assert diff("HEAD").stdout == "no rule is touched: nothing changes\n"


def test_tuning_takes_every_documented_false_positive_and_no_attack():
    material = load_material(ROOT)
    detections = load_detections(ROOT)
    for versions in tuned(detections, ROOT):
        cases = versions.any.detection.cases
        found = {one.on: one for one in on_cases(versions, cases, material)}
        assert not [one for one in found.values() if one.lost or one.appeared]
        page = versions.any.name.language
        answered = [
            case
            for case in cases
            if any((one.page, one.part) == (page, "false positive") for one in case.source)
            and case.kind is Kind.BENIGN
            and found[case.id].before
        ]
        assert len(answered) > 2
        assert all(found[case.id].after == 0 for case in answered)


def test_the_interval_of_a_change():
    both = Difference("q", "c", "benign", is_case=False, appeared=("x",) * 5, vanished=("y",) * 5, events=10**6)
    rate = both.change(1.0, "million events")
    assert (rate.value, rate.low) == (0, -rate.high)
    assert rate.high > 0
    assert both.change(0, "host-day") is None


def test_no_difference_is_not_certainly_none():
    none = Difference("q", "c", "benign", is_case=False).change(100, "host-day")
    assert (none.value, none.low, none.high) == pytest.approx((0, -0.0369, 0.0369), abs=1e-4)
