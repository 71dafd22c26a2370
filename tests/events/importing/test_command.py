"""`ruleproof events import`: what it prints, what other commands do with what it writes, and what it refuses."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from tests.events.importing.binary_logs import chunk, log, process_started

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[3]
SYSMON = log(chunk(process_started("whoami"), process_started("hostname", "2024-05-01T11:00:00Z")))


def run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    given = tmp_path / "given"
    given.mkdir()
    (given / "Sysmon.evtx").write_bytes(SYSMON)
    (given / "falcon.json").write_text(
        '{"event_simpleName":"DnsRequest","aid":"a1","timestamp":"1700000000123"}\n'
        '{"event_simpleName":"DnsRequest","aid":"a1"}\n{\n',
        "utf8",
    )
    (given / "rows.csv").write_text("time,Type\n2024-05-01T10:00:00Z,x\n", "utf8")
    (given / "export.csv").write_text("Timestamp,DeviceName,ActionType,ProcessIntegrityLevel,FileName\n,,,,\n", "utf8")
    (given / "SecurityEvent.csv").write_text(
        "TimeGenerated,Computer,EventID,Account,Activity,Mine\n2024-05-01T10:00:00Z,c,1,a,b,x\n", "utf8"
    )
    (given / "README.md").write_text("words", "utf8")
    return tmp_path


TOLD = """\
            1 events of 1 file: defender (CSV)
            2 events of 1 file: falcon (JSON lines)
            1 events of 1 file: log-analytics (CSV)
            1 events of 1 file: plain (CSV)
            2 events of 1 file: windows (evtx)
            1 rows in 5 columns: made/SecurityEvent.parquet
            2 rows in 19 columns: made/WindowsEvent.parquet
            1 rows in 5 columns: made/export.parquet (texts: there is no schema)
            2 rows in 5 columns: made/events.parquet
            1 rows in 2 columns: made/rows.parquet (texts: there is no schema)
"""
WARNED = """\
name the table of export.csv by --table: DeviceCustomProcessEvents, DeviceProcessEvents
skipped: README.md: text that begins 'words'
left out: column `Mine`, which SecurityEvent does not have (1 rows)
without a time: 3 events
rejected: 1 of 8 records
  falcon.json:3: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) [EVT1722]
    {
"""


@pytest.mark.usefixtures("folder")
def test_what_is_printed() -> None:
    ran = run("events", "import", "given", "--to", "made")
    assert (ran.stdout, ran.stderr, ran.exit_code) == (TOLD, WARNED, 1)


@pytest.mark.usefixtures("folder")
def test_json_is_the_manifest() -> None:
    ran = run("events", "import", "given/Sysmon.evtx", "--to", "made", "--report", "json")
    assert ran.exit_code == 0
    assert json.loads(ran.stdout) == json.loads(Path("made/import.json").read_text("utf8"))
    assert sorted(path.name for path in Path("made").iterdir()) == ["WindowsEvent.parquet", "import.json"]


@pytest.mark.usefixtures("folder")
def test_queries_read_what_was_imported() -> None:
    assert run("events", "import", "given/Sysmon.evtx", "--to", "made").exit_code == 0
    query = "WindowsEvent | where EventData.CommandLine == 'whoami' | project Computer, EventID, TimeGenerated"
    ran = run(
        "query", "-l", "kql", "-t", "WindowsEvent=made/WindowsEvent.parquet", "--format", "json", "-", given=query
    )
    (row,) = json.loads(ran.stdout)["rows"]
    assert list(row.values() if isinstance(row, dict) else row)[:2] == ["WS1.example.org", 1]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
def test_replays_read_what_was_imported(engine: str) -> None:
    row = {"Timestamp": "2024-05-01T10:20:30.1234567Z", "DeviceName": "w", "ActionType": "x", "FileName": "net.exe"}
    Path("given/DeviceProcessEvents.json").write_text(json.dumps(row | {"ProcessCommandLine": "net"}), "utf8")
    run("events", "import", "given/DeviceProcessEvents.json", "given/rows.csv", "--to", "made")
    rule = ("-d", "T1021.002_smb_admin_shares", "--root", ROOT, "--no-cache", "--engine", engine, "--format", "json")
    assert {one["events"] for one in json.loads(run("replay", "made", *rule).stdout)} == {0, 1}


@pytest.mark.usefixtures("folder")
def test_an_import_tells_where_a_table_comes_from() -> None:
    from pyarrow import parquet

    run("events", "import", "given", "--to", "made")
    told = json.loads(parquet.read_metadata("made/WindowsEvent.parquet").metadata[b"ruleproof"])
    assert (told["of"], told["rows"], [one["name"] for one in told["sources"]]) == ("WindowsEvent", 2, ["Sysmon.evtx"])


REFUSED = [
    (("given", "--to", "given"), "given is there already"),
    (("given", "--to", "given/falcon.json"), "is there already"),
    (("given", "--to", "nowhere/made"), "nowhere/made can't be written: No such file or directory"),
    (("given", "--to", "made", "--table", "DeviceProcesEvents"), "did you mean `DeviceProcessEvents`?"),
    (("given", "--to", "made", "--table", "Zzzzzzzz"), "`events` holds events of any kind"),
    (("given/README.md", "--to", "made"), "EVT1701"),
    (("given/falcon.json", "--to", "made", "--format", "nxlog"), "EVT1702"),
    (("empty", "--to", "made"), "EVT1708"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_is_refused(arguments: tuple[str, ...], message: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    ran = run("events", "import", *arguments)
    assert (ran.exit_code, message in ran.stderr) == (2, True)
    assert sorted(path.name for path in folder.iterdir()) == ["empty", "given"]


def test_many_skipped_files_and_left_out_columns_are_counted(folder: Path) -> None:
    for number in range(12):
        (folder / "given" / f"note{number:02}.md").write_text("words", "utf8")
    names = ",".join(f"m{number}" for number in range(12))
    columns = "TimeGenerated,Computer,EventID,Account,Activity," + names
    (folder / "SecurityEvent.csv").write_text(f"{columns}\n" + ",".join(["2024-05-01"] + ["1"] * 16) + "\n", "utf8")
    ran = run("events", "import", "given", "SecurityEvent.csv", "--to", "made", "--table", "SecurityEvent")
    assert "skipped: 3 more files; import.json names them\n" in ran.stderr
    assert "more columns; import.json names them\n" in ran.stderr


@pytest.mark.usefixtures("folder")
def test_two_folders_keep_their_names_apart() -> None:
    Path("other").mkdir()
    Path("other/a.json").write_text('{"ts": 1}', "utf8")
    ran = run("events", "import", "given", "other", "--to", "made", "--report", "json")
    names = [one["name"] for one in json.loads(ran.stdout)["sources"]]
    assert {"given/Sysmon.evtx", "other/a.json"} <= set(names)


@pytest.mark.usefixtures("folder")
def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evtx", None)
    ran = run("events", "import", "given/Sysmon.evtx", "--to", "made")
    assert (ran.exit_code, "EVT1710" in ran.stderr) == (2, True)
    monkeypatch.setitem(sys.modules, "emulator.events.importing.importing", None)
    ran = run("events", "import", "given/Sysmon.evtx", "--to", "made")
    assert (ran.exit_code, "EVT1004" in ran.stderr) == (2, True)


@pytest.mark.usefixtures("folder")
def test_the_same_sources_give_the_same_bytes() -> None:
    Path("again").mkdir()
    for name in ("made", "again"):
        run("events", "import", "given", "--to", name)
    made = {path.name: path.read_bytes() for path in Path("made").iterdir()}
    assert made == {path.name: path.read_bytes() for path in Path("again").iterdir()}


def test_progress_is_told_in_mebibytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    @contextmanager
    def counting(_: str, total: int | None) -> Iterator[Callable[[], None]]:
        assert total == 2
        yield lambda: told.append(1)

    monkeypatch.setattr(importlib.import_module("emulator.cli.import"), "progress", counting)
    (folder / "a.json").write_bytes(b'{"ts": 1}\n' + b" " * (2 << 20))
    assert run("events", "import", "a.json", "--to", "made").exit_code == 0
    assert len(told) == 2
