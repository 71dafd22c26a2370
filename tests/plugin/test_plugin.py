"""The pytest plugin, in runs of their own over a small repository and over projects without detections."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.once
HERE = Path(__file__).parent
RULE = "detections/execution/T1000_small"
# By its module and not by its entry point, so that the source is tested and not what happens to be installed.
PLUGIN = ("-p", "no:ruleproof", "-p", "emulator.pytest_plugin", "-p", "no:cacheprovider", "-q")


@pytest.fixture
def repository(pytester: pytest.Pytester) -> pytest.Pytester:
    shutil.copytree(HERE / "repository", pytester.path, dirs_exist_ok=True)
    return pytester


def test_each_case_is_a_test_of_each_query(repository: pytest.Pytester) -> None:
    ran = repository.runpytest_subprocess(*PLUGIN, "-rA")
    ran.assert_outcomes(passed=2, failed=2, skipped=1, xfailed=1)
    ran.stdout.fnmatch_lines_random(
        [
            f"{RULE}/cases/wrong.yaml:8: cql: expected exactly 1, got 0 alerts",
            f'{RULE}/logscale.cql:2: dropped it: FileName != "psexec.exe" (FileName=psexec.exe)',
            "*The case does not hold for all values that it leaves open. This one shows it:",
            "    tool: remcom.exe",
            f"PASSED {RULE}/cases/seen.yaml::seen[[]cql[]]",
            f"PASSED {RULE}/cases/open.yaml::open[[]cql[]]",
            f"FAILED {RULE}/cases/open.yaml::open[[]cql-property[]]*",
            f"XFAIL {RULE}/cases/missed.yaml::missed[[]cql[]] - *known miss: psexec.exe is excluded",
            "SKIPPED*unmeasured: the sensor records nothing of it*",
        ]
    )
    ran.stdout.no_fnmatch_line("*Traceback*")


def test_properties_can_be_left_out(repository: pytest.Pytester) -> None:
    ran = repository.runpytest_subprocess(*PLUGIN, "--ruleproof-properties=0", f"{RULE}/cases/open.yaml")
    ran.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "outcome", "shown"),
    [
        ("#event_simpleName=", {"errors": 0, "failed": 1}, "error*CQL1*"),
        ("#event_simpleName=ProcessRollup2 | eventInternals()", {"skipped": 1}, "*the emulator can't run it yet*"),
    ],
)
def test_a_query_that_does_not_compile(
    text: str, outcome: dict[str, int], shown: str, repository: pytest.Pytester
) -> None:
    (repository.path / RULE / "logscale.cql").write_text(text, "utf-8")
    ran = repository.runpytest_subprocess(*PLUGIN, "-rs", f"{RULE}/cases/seen.yaml")
    ran.assert_outcomes(**outcome)
    ran.stdout.fnmatch_lines([shown])


def test_a_file_that_is_no_case_is_an_error_of_collection(repository: pytest.Pytester) -> None:
    (repository.path / RULE / "cases" / "seen.yaml").write_text("id: seen\nkinds: malicious\n", "utf-8")
    ran = repository.runpytest_subprocess(*PLUGIN, f"{RULE}/cases/seen.yaml")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*unknown key `kinds`*", f"*{RULE}/cases/seen.yaml:2:1*"])


def test_other_projects_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.mkdir("cases").joinpath("a.yaml").write_text("id: a", "utf-8")
    nested = pytester.path / "fixtures"
    shutil.copytree(HERE / "repository", nested)
    pytester.makepyfile(
        "import sys\n"
        "def test_nothing_heavy():\n"
        "    assert not {'emulator.rules', 'emulator.replay', 'emulator.proof', 'yaml'} & set(sys.modules)\n"
    )
    ran = pytester.runpytest_subprocess(*PLUGIN, "-p", "no:hypothesispytest")
    ran.assert_outcomes(passed=1)
