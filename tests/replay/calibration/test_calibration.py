"""Marginals of recordings and organisations, and how far they are from each other."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from rich.console import Console
from scipy.stats import ks_2samp

from emulator.cli import main
from emulator.diagnostics import QueryError
from emulator.events.organisation import Organisation
from emulator.replay.calibration.comparing import by_chance, compare
from emulator.replay.calibration.made import Claim, Made
from emulator.replay.calibration.observing import KEYS, Observed, observe
from emulator.replay.calibration.references import read_reference
from emulator.reports.comparison_table import print_claims, print_comparison

pytestmark = pytest.mark.once
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROFILE = ROOT / "corpus/profiles/office.yaml"
SMALL = ROOT / "tests/events/organisation/small.yaml"
WORKSTATION = ROOT / "corpus/references/workstation-2021.yaml"
CASES = yaml.safe_load((HERE / "observed.yaml").read_text("utf8"))
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def rows(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for table, groups in case["rows"].items():
        time = "TimeGenerated" if table == "SecurityEvent" else "Timestamp"
        step = timedelta(seconds=case.get("step", 1800))
        events = [group["row"] for group in groups for _ in range(group["times"])]
        tables[table] = [{**row, time: BEGIN + number * step} for number, row in enumerate(events)]
    return tables


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_tables_tell_their_marginals(case: dict[str, Any]) -> None:
    facts = observe("rows", "", rows(case)).facts()
    assert {key: facts[key] for key in ("hosts", "shares", "per_host_day")} == {
        key: case[key] for key in ("hosts", "shares", "per_host_day")
    }
    assert facts["events"] == {table: len(given) for table, given in rows(case).items() if table != "EmailEvents"}


def seen(shares: dict[str, dict[str, int]], rates: tuple[float, ...] = (), name: str = "seen") -> Observed:
    return Observed(name, "", 1, {}, shares, {"DeviceFileEvents": rates} if rates else {})


def distance(marginal: str, recorded: dict[str, int], made: dict[str, int]) -> float:
    (found,) = compare(seen({marginal: recorded}), seen({marginal: made})).shares
    return found.distance


def test_distances_are_the_share_of_events_that_would_have_to_change() -> None:
    assert distance("programs", {"a": 3, "b": 1}, {"a": 30, "b": 10}) == 0
    assert distance("programs", {"a": 1}, {"b": 7}) == 1
    assert distance("programs", {"a": 3, "b": 1}, {"a": 1, "b": 1}) == 0.25


def test_what_a_reference_does_not_list_is_other() -> None:
    assert distance("programs", {"a": 2, "other": 2}, {"a": 1, "b": 1, "c": 0}) == 0
    assert distance("programs", {"a": 2}, {"a": 1, "b": 1}) == 0.5


def test_the_clock_of_a_recording_is_turned_to_fit() -> None:
    recorded, made = {"1": 3, "2": 1}, {"23": 3, "0": 1}
    (found,) = compare(seen({"hours": recorded}), seen({"hours": made})).shares
    assert (found.distance, found.shift) == (0, 22)
    assert distance("logons", {"1": 1}, {"2": 1}) == 1


@pytest.mark.parametrize("drawn", [1, 2, 5])
def test_chance_is_the_mean_over_all_draws(drawn: int) -> None:
    made = {"a": 5, "b": 3, "c": 2}
    mean = 0.0
    for keys in product(made, repeat=drawn):
        counts = Counter(keys)
        mean += (
            prod(made[key] / 10 for key in keys) * sum(abs(counts[key] / drawn - made[key] / 10) for key in made) / 2
        )
    assert by_chance(drawn, made) == pytest.approx(mean)
    assert by_chance(drawn, {"a": 4}) == 0


def test_rates_of_enough_hosts_are_compared_as_distributions() -> None:
    few, many, others = (1.0, 4.0), (1.0, 2.0, 3.0, 5.0, 8.0), (2.5, 3.5, 6.0, 7.0, 9.0, 9.5)
    (found,) = compare(seen({}, many), seen({}, others)).rates
    assert (found.below, found.distance) == (1 / 6, ks_2samp(many, others).statistic)
    (found,) = compare(seen({}, few), seen({}, others)).rates
    assert (found.below, found.distance, found.to_json()["median"]) == (0, None, {"recorded": 2.5, "made": 6.5})
    assert not compare(seen({}, many), seen({})).rates


def test_facts_hold_so_many_keys() -> None:
    counts = {f"p{number}.exe": 10 + number for number in range(KEYS + 3)}
    kept = seen({"programs": counts}).facts()["shares"]["programs"]
    assert len(kept) == KEYS + 1
    assert (kept["other"], sum(kept.values())) == (10 + 11 + 12, sum(counts.values()))


def test_the_office_starts_programs_as_the_workstation_did() -> None:
    recorded = read_reference(WORKSTATION)
    organisation = Organisation.from_profile(PROFILE, 3, 6, 1, root=ROOT)
    found = {one.marginal.name: one for one in compare(recorded, Made(organisation, "office").of("people")).shares}
    assert found["programs"].by_chance < found["programs"].distance < 0.3


@pytest.mark.parametrize("path", sorted((ROOT / "corpus/references").glob("*.yaml")), ids=lambda path: path.stem)
def test_references_are_well_formed(path: Path) -> None:
    found = read_reference(path)
    assert found.name == path.stem
    assert found.limits


EDITS = (HERE / "bad_references.txt").read_text("utf8").splitlines()[1:]


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_wrong_with_a_reference_is_said(edit: str, tmp_path: Path) -> None:
    old, new, code, help = edit.split(" => ")
    text = WORKSTATION.read_text("utf8")
    assert old in text
    (tmp_path / "r.yaml").write_text(text.replace(old, new, 1), "utf8")
    with pytest.raises(QueryError) as caught:
        read_reference(tmp_path / "r.yaml")
    assert caught.value.diagnostics[0].code.id == code
    assert help in caught.value.diagnostics[0].help


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, ["events", "compare", *map(str, arguments)])


def exported(folder: Path, case: dict[str, Any]) -> Path:
    folder.mkdir()
    for table, given in rows(case).items():
        lines = [json.dumps(row, default=datetime.isoformat) for row in given]
        (folder / f"{table}.jsonl").write_text("\n".join(lines), "utf8")
    return folder


def test_a_comparison_reads_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(tmp_path / "mine", CASES[0])
    monkeypatch.chdir(tmp_path)
    ran = run(SMALL, "mine", WORKSTATION, "--hosts", 6, "--computers", "servers", "--seed", 4)
    assert ran.exit_code == 0
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert ran.stdout == (HERE / "small.txt").read_text("utf8")


def test_what_can_and_what_can_not_be_told_is_printed() -> None:
    out = Console(width=80, file=io.StringIO(), highlight=False)
    print_comparison(out, compare(seen({}, (1.0, 2.0, 3.0, 5.0, 8.0)), seen({}, (2.5, 3.5, 6.0, 7.0, 9.0, 9.5))))
    print_comparison(out, compare(seen({"ports": {"80": 1}}, name="other"), seen({})))
    print_claims(out, "mine", [Claim("files_per_host_day", 70.0, 1.0, 60.0, "assumed")])
    told = out.file.getvalue()
    assert "distance 0.47 (Kolmogorov-Smirnov, p 0.47)" in told
    assert "There is nothing that both can tell." in told
    assert "files_per_host_day: 70, claimed 1 to 60, which it is not" in told


def test_facts_that_are_saved_are_the_recording(tmp_path: Path) -> None:
    table = f"DeviceProcessEvents={exported(tmp_path / 'mine', CASES[0]) / 'DeviceProcessEvents.jsonl'}"
    saved = tmp_path / "saved.yaml"
    assert run(SMALL, table, "--save", saved).exit_code == 0
    found = read_reference(saved).facts()
    assert {key: found[key] for key in ("hosts", "shares", "per_host_day")} == {
        key: CASES[0][key] for key in ("hosts", "shares", "per_host_day")
    }
    alike = json.loads(run(SMALL, table, saved, "--hosts", 6, "--format", "json").stdout)
    assert {one["recorded"] for one in alike["comparisons"]} == {"saved", "DeviceProcessEvents"}
    assert [claim["claim"] for claim in alike["claims"]] == ["processes_per_host_day"]


def test_recordings_of_other_sensors_are_mapped() -> None:
    ran = run(SMALL, ROOT / "corpus/recorded/sample.jsonl", "--hosts", 3, "--format", "json")
    (found,) = json.loads(ran.stdout)["comparisons"]
    assert "programs" in {share["marginal"] for share in found["shares"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "there is no recording nothing"),
        ((WORKSTATION, WORKSTATION, "--save", "x.yaml"), "one recording: name one"),
        (("--root", HERE), "there is no reference in corpus"),
    ],
)
def test_what_can_not_be_compared_is_said(arguments: tuple[object, ...], message: str) -> None:
    ran = run(SMALL, *arguments)
    assert (ran.exit_code, message in ran.stderr) == (2, True)
