"""Manifests of recordings: facts that are checked, and files that must be the ones they name."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.events.recordings.manifests import Manifest, load_manifest, load_manifests
from emulator.events.recordings.mapped import Tally, corpus, one_recording

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "corpus" / "recorded"
REFUSED = yaml.safe_load((Path(__file__).parent / "manifests.yaml").read_text("utf-8"))
RECORDING = "remote_service.evtx"


@pytest.fixture(scope="session")
def manifests() -> tuple[Manifest, ...]:
    """The manifests of the corpus."""
    return load_manifests(FOLDER, ROOT)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["message"])
def test_a_malformed_manifest(case: dict[str, Any], tmp_path: Path) -> None:
    for name in ("sample.yaml", "sample.tsv"):
        text = (FOLDER / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(*case["replace"]) if name == case["file"] else text, "utf-8")
    with pytest.raises(QueryError) as caught:
        load_manifests(tmp_path, tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.code.id, found.line) == (case["code"], case["line"])
    assert case["message"] in found.message


def test_the_corpus_names_origin_and_bytes(manifests: tuple[Manifest, ...]) -> None:
    for manifest in manifests:
        assert manifest.events == sum(facts.events for facts in manifest.recordings.values())
        assert manifest.subset_of in {None, *(other.name for other in manifests)}
        assert (FOLDER / f"{manifest.name}.yaml").exists()
        assert manifest.committed or manifest.address.count(manifest.commit) == 1
        assert all(facts.events <= facts.recorded for facts in manifest.recordings.values())


def test_without_a_folder_the_committed_sample_is_read(manifests: tuple[Manifest, ...]) -> None:
    ((found),) = corpus(manifests, None, "defender", Tally())
    assert (found.name, found.recorded, len(found.events)) == (RECORDING, 14, 11)
    assert found.hosts == {"ws1.corp.example", "srv1.corp.example"}
    assert found.facts is not None
    assert found.facts.techniques == ("T1021.002", "T1569.002")


def test_one_recording_is_found_by_name(manifests: tuple[Manifest, ...]) -> None:
    found = one_recording(manifests, "sample", RECORDING, None, "falcon:fdr")
    assert found is not None
    assert len(found.events) == 10
    otrf = next(manifest for manifest in manifests if manifest.name == "otrf")
    assert one_recording(manifests, "otrf", next(iter(otrf.recordings)), None, "falcon:fdr") is None


@pytest.mark.parametrize(
    ("name", "file", "help"), [("sampel", RECORDING, "`sample`"), ("sample", "remote_servise.evtx", f"`{RECORDING}`")]
)
def test_an_unknown_recording_has_a_suggestion(
    manifests: tuple[Manifest, ...], name: str, file: str, help: str
) -> None:
    with pytest.raises(QueryError) as caught:
        one_recording(manifests, name, file, None, "defender")
    assert caught.value.diagnostics[0].help == f"did you mean {help}?"


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    for name in ("sample.yaml", "sample.tsv", "sample.jsonl"):
        shutil.copy(FOLDER / name, tmp_path)
    manifest = load_manifest(tmp_path / "sample.yaml", tmp_path)
    with (tmp_path / "sample.jsonl").open("a") as stream:
        stream.write("\n")
    with pytest.raises(QueryError, match="has the sha256"):
        list(corpus([manifest], None, "defender", Tally()))
    (tmp_path / "sample.jsonl").unlink()
    with pytest.raises(QueryError, match="can't be read"):
        one_recording([manifest], "sample", RECORDING, None, "defender")


def test_a_manifest_that_promises_too_much(tmp_path: Path) -> None:
    for name in ("sample.yaml", "sample.jsonl"):
        shutil.copy(FOLDER / name, tmp_path)
    text = (FOLDER / "sample.tsv").read_text("utf-8")
    (tmp_path / "sample.tsv").write_text(text.replace(RECORDING, "promised.evtx"), "utf-8")
    manifest = load_manifest(tmp_path / "sample.yaml", tmp_path)
    with pytest.raises(QueryError, match=r"no recording in .* is called `promised\.evtx`"):
        one_recording([manifest], "sample", "promised.evtx", None, "defender")


@pytest.mark.once
@pytest.mark.untraced
def test_the_recordings_are_those_of_the_manifests(manifests: tuple[Manifest, ...], recordings: Path) -> None:
    tally, counted = Tally(), Counter[str]()
    for found in corpus(manifests, recordings, "falcon:ng-siem", tally):
        assert found.facts is not None, found.name
        counted[found.facts.path] += found.recorded
    counting = [manifest for manifest in manifests if manifest.subset_of is None and manifest.committed is None]
    assert counted == {f.path: f.events for manifest in counting for f in manifest.recordings.values() if f.events}
    assert (tally.lines, tally.bad) == (sum(manifest.events for manifest in counting), 0)
    assert tally.lines == tally.mapped + tally.unmapped.total()
