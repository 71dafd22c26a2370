"""Each format: files as its tool writes them, the format that they are told to be, and the rows that they become."""

import bz2
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.events.importing.formats import format_called
from emulator.events.importing.importing import Wanted, import_events
from emulator.events.importing.provenance import MANIFEST, REJECTED, read_manifest
from tests.events.importing import binary_logs, reading_back

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("formats.yaml").read_text("utf8"))


def content(given: str | dict[str, Any]) -> bytes:
    """Text, or events of Sysmon by their command lines, in the form that is named."""
    if isinstance(given, str):
        return given.encode()
    events = [binary_logs.event(data) for data in given.get("events", [])]
    events += map(binary_logs.process_started, given.get("commands", []))
    if given["as"] == "evtx":
        return binary_logs.log(binary_logs.chunk(*events))
    return given["text"].replace("EVENT", "\n".join(map(binary_logs.as_xml, events))).encode(given.get("in", "utf8"))


def packed(name: str, data: bytes) -> bytes:
    match Path(name).suffix:
        case ".gz":
            return gzip.compress(data)
        case ".bz2":
            return bz2.compress(data)
        case ".zst":
            return bytes(pa.compress(data, "zstd", asbytes=True))
        case _:
            return data


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_format(case: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "given"
    for name, given in case["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(packed(name, content(given)))
    named = format_called(case["format"]) if "format" in case else None
    done = import_events([folder], tmp_path / "made", Wanted(named, case.get("table")))
    found = reading_back.tables(tmp_path / "made")
    told = {one.name: f"{one.format}, {one.framing}" for one in done.files}
    assert told == case["told"]
    assert {name: len(found_rows) for name, found_rows in found.items()} == {
        name: len(wanted) for name, wanted in case["tables"].items()
    }
    for name, wanted in case["tables"].items():
        assert [chosen(row, want) for row, want in zip(found[name], wanted, strict=True)] == wanted
    assert rejected(tmp_path / "made") == case.get("rejected", [])
    assert {name: seen for one in done.sources for name, seen in one.skipped.items()} == case.get("skipped", {})
    for name, expected in case.get("manifest", {}).items():
        assert read_manifest(tmp_path / "made")["sources"][0]["files"][0][name] == expected


def chosen(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The columns that a case tells; null stands for none."""
    return {name: row.get(name) for name in wanted}


def rejected(folder: Path) -> list[str]:
    path = folder / REJECTED
    lines = path.read_text("utf8").splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    return [f"{one['file']}:{one['line']}: {one['code']}: {one['message']}" for one in found]


def test_a_manifest_tells_of_its_sources(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Timestamp": "2024-05-01T10:00:00Z", "x": 1}\n{', "utf8")
    done = import_events([tmp_path / "a.json"], tmp_path / "made", Wanted())
    told = json.loads((tmp_path / "made" / MANIFEST).read_text("utf8"))
    assert told == json.loads(json.dumps(done.to_json()))
    assert (told["read"], told["kept"], told["rejected"]) == (2, 1, 1)
    assert told["sources"][0]["sha256"] == hashlib.sha256((tmp_path / "a.json").read_bytes()).hexdigest()
    assert told["first_rejected"][0]["line"] == 2


@pytest.mark.parametrize("text", [None, "[1", "[]", '{"tables": {}}'])
def test_a_folder_without_an_import_is_refused(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text, "utf8")
    with pytest.raises(QueryError, match="EVT1711"):
        read_manifest(tmp_path)
