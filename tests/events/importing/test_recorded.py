"""Real files of every folder of recordings: as many events as their manifests say, over a small share of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.diagnostics import QueryError
from emulator.events.importing.importing import Wanted, import_events

pytestmark = pytest.mark.once
SHARE = {
    "evtx-attack-samples": ["UACME_59_Sysmon.evtx", "Defense Evasion/DE_1102_security_log_cleared.evtx"],
    "evtx-parser-samples-benign": ["sample-with-zero-data-size-event.evtx", "post-Security.evtx"],
    "evtx-to-mitre-attack": [
        "TA0008-Lateral Movement/T1550-Use Alternate Authentication Material/ID4624-Mimikatz Pass the hash.evtx"
    ],
    "msticpy-mde-securityevent": ["mde_proc_pub.DeviceProcessEvents.jsonl.gz", "host_logons.csv"],
    "otrf-security-datasets": [
        "datasets/compound/GoldenSAMLADFSMailAccess/Microsoft365DefenderEvents.Zip",
        "datasets/compound/GoldenSAMLADFSMailAccess/WindowsEvents.Zip",
        "datasets/compound/Log4Shell/sysmon_log4shell_cve2021_44228_java_serialized_object.zip",
        "datasets/atomic/windows/lateral_movement/host/aadinternals_export_adfsdatabaseconfig_remotely.zip",
        "datasets/atomic/windows/persistence/host/covenant_persistwmi.tar.gz",
    ],
    "panther-falcon-fdr-tests": ["falcon_fdr_test_events.jsonl"],
}


def events_of(folder: Path) -> Iterator[tuple[str, int]]:
    """The files of a folder by the paths that they have there, with the events that its manifest counts."""
    for one in json.loads((folder / "manifest.json").read_text("utf8"))["files"]:
        path = one["path"] if (folder / one["path"]).exists() else Path(one["path"]).name
        yield path, one["events"]


@pytest.mark.parametrize("folder", SHARE)
def test_as_many_events_as_the_manifest_says(folder: str, recordings: Path, tmp_path: Path) -> None:
    expected = dict(events_of(recordings / folder))
    for number, name in enumerate(SHARE[folder]):
        done = import_events([recordings / folder / name], tmp_path / str(number), Wanted())
        assert (name, done.counts.kept) == (name, expected[name])


@pytest.mark.parametrize("folder", ["atomic-red-team-spec", "socbed-benign-commandlines"])
def test_folders_without_events_say_so(folder: str, recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="EVT1708"):
        import_events([recordings / folder], tmp_path / "made", Wanted())
