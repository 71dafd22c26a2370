"""The page of recordings: every file that the manifests name, put through the first detection's two queries.

    RULEPROOF_RECORDINGS=FOLDER python benchmarks/recordings_table.py --write docs/recordings.md

Each file is read as `ruleproof events import` reads it. Its rows are replayed as they are (native), and mapped to the
sensor of each query as `ruleproof events map` maps them. Files that are not here are named. Needs the extras `arrow`
and `evtx`; takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.diagnostics import QueryError
from emulator.events.importing.importing import Wanted, import_events
from emulator.events.instants import EPOCH, parse_instant
from emulator.events.mapping.mapper import MappedEvent, Mapper
from emulator.events.mapping.native_rows import read_native, rows_of_parquet
from emulator.events.recordings.lines import RecordedEvent
from emulator.events.recordings.manifests import load_manifests
from emulator.events.recordings.mapped import recordings_folder
from emulator.events.recordings.registry import Found, Stores, chosen, obtain, published
from emulator.events.sensors import FALCON_STREAM, Sensor, SensorEvent
from emulator.replay.cache.results import default_folder
from emulator.replay.measuring import Part, measure
from emulator.replay.rulebook import Rule, compile_rule
from emulator.rules import QueryName, load_detection
from emulator.schema import BUILT_IN

ROOT = Path(__file__).resolve().parents[1]
DETECTION = "detections/lateral_movement/T1021.002_smb_admin_shares"
COLUMNS = ("KQL native", "KQL mapped", "CQL native", "CQL mapped", "CQL supposed")
SENSORS = {QueryName.KQL: Sensor.DEFENDER, QueryName.CQL: Sensor.FALCON_NG_SIEM}
NOT_HERE = "the file is not here"


@dataclass(frozen=True, slots=True)
class Cell:
    """Alerts, or why there is no number; `partly` when some part of the query had nothing to look at."""

    alerts: int | None
    why: str = ""
    partly: bool = False


@dataclass(slots=True)
class Row:
    """What one file came to: its events and hosts, and a cell for each column."""

    title: str
    label: str
    events: int | None = None
    hosts: int | None = None
    cells: dict[str, Cell] = field(default_factory=dict)


def compiled() -> dict[QueryName, Rule]:
    """The first detection's two queries, as deployed."""
    detection = load_detection(ROOT / DETECTION, ROOT)
    return {name: compile_rule(detection, name, ROOT) for name in SENSORS}


def measured(found: Found, rules: Mapping[QueryName, Rule]) -> Row:
    """The row of a file."""
    facts = found.file.facts
    row = Row(found.file.title, facts.label, None, facts.hosts)
    if found.place is None:
        row.cells = dict.fromkeys(COLUMNS, Cell(None, NOT_HERE))
        return row
    row.events = facts.recorded
    with tempfile.TemporaryDirectory(prefix="ruleproof-") as folder:
        try:
            done = import_events([found.place], Path(folder) / "tables", Wanted())
        except QueryError as error:
            row.cells = dict.fromkeys(COLUMNS, Cell(None, error.diagnostics[0].message.partition(":")[0]))
            return row
        if done.counts.kept != facts.recorded:
            raise SystemExit(f"{row.title} holds {done.counts.kept} events, not {facts.recorded}")
        tables = sorted((Path(folder) / "tables").glob("*.parquet"))
        native = {name: list(_native(tables, stream=name is QueryName.CQL)) for name in rules}
        events = [event for path in tables for event in read_native(path, None, lambda _: None)]
    row.hosts = len(done.counts.hosts) or facts.hosts
    named = " and ".join(sorted({_known(table) for table in done.counts.tables}))
    for name, rule in rules.items():
        language, unmapped = name.value.upper(), _UNMAPPED if native[name] else f"nothing is mapped of {named}"
        row.cells[f"{language} native"] = _cell(rule, native[name], f"holds {named}")
        row.cells[f"{language} mapped"] = _cell(rule, list(_mapped(events, SENSORS[name])), unmapped)
        if name is QueryName.CQL:
            mapped = list(_mapped(events, SENSORS[name], supposed=True))
            row.cells["CQL supposed"] = _cell(rule, mapped, unmapped)
    return row


_UNMAPPED = "the rows are the sensor's own"


def _known(table: str) -> str:
    """A table as the page names it: the names of files that are no tables say nothing."""
    if table == FALCON_STREAM:
        return "Falcon's events"
    return f"rows of {table}" if BUILT_IN.table(table) is not None else "rows of no known table"


def _cell(rule: Rule, events: Sequence[SensorEvent], without: str) -> Cell:
    if not events:
        return Cell(None, without)
    (one,) = measure([rule], Part("", "", lambda _: events))
    return Cell(None, one.unmeasured) if one.unmeasured else Cell(one.alerts, partly=bool(one.partly))


def _native(tables: Sequence[Path], *, stream: bool) -> Iterator[SensorEvent]:
    """Rows as they are: of Falcon's stream, or of Defender's tables."""
    for path in tables:
        table = path.name.partition(".")[0]
        if not (table == FALCON_STREAM if stream else table.startswith("Device")):
            continue
        for row in rows_of_parquet(path):
            cells = {name: value for name, value in row.items() if value is not None}
            yield SensorEvent(SENSORS[QueryName.CQL if stream else QueryName.KQL], table, _at(cells), cells)


def _at(cells: Mapping[str, Any]) -> int:
    """When a row was written: a column of a table, or milliseconds since 1970."""
    moment = str(cells.get("@timestamp", ""))
    if moment.isdecimal():
        return EPOCH + int(moment) * 10_000
    return parse_instant(str(cells.get("Timestamp", cells.get("TimeGenerated", "")))) or 0


def _mapped(events: Iterable[RecordedEvent], sensor: Sensor, *, supposed: bool = False) -> Iterator[SensorEvent]:
    for one in Mapper(sensor, supposed=supposed).map(events):
        if isinstance(one, MappedEvent):
            yield SensorEvent(sensor, one.table, one.at, one.row)


def page(rows: Sequence[Row]) -> str:
    """The page: what it is, the sums of each collection, and the rows."""
    reasons = _Reasons()
    by_manifest: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.title):
        by_manifest[row.title.partition("/")[0]].append(row)
    lists = "".join(_list(name, some, reasons) for name, some in by_manifest.items())
    return f"{_HEAD}{_sums(by_manifest)}{_found(rows)}{reasons.legend(rows)}{lists}"


_HEAD = """# Recordings

What the first detection's two queries, as they are published, find in every recording that `corpus/recorded/` names:
the files of seven public collections, of which the repository holds names, addresses and digests, never a byte.
`ruleproof events fetch` has them here. This page is made, never edited:

    RULEPROOF_RECORDINGS=FOLDER python benchmarks/recordings_table.py --write docs/recordings.md

Each file is read as `ruleproof events import` reads it. *Native* are its rows as they are: of Defender's tables, or of
Falcon's stream. *Mapped* are they as `ruleproof events map` gives them for the sensor of each query: what Sysmon and
Windows saw, never what a sensor would have chosen to record. *Supposed* is Falcon with `--supposed`: connections carry
the `FileName` by which the query leaves out `svchost.exe` and `System`, and which no native connection event was seen
with. A number counts alerts, with ° where some part of the query had nothing to look at (no connections, say); a letter
says why there is none.

The labels are those of the collections. A *malicious* file shows some technique, seldom this one: an alert on it is not
a true positive by itself, and silence is no miss. `derived` files are said to be so in the list beside their manifest.

"""


def _sums(by_manifest: Mapping[str, Sequence[Row]]) -> str:
    lines = [
        "## Sums",
        "",
        "Alerts, and in how many files there was anything that the query could have raised.",
        "",
        f"| Collection | files | events | {' | '.join(COLUMNS)} |",
        f"|---|--:|--:|{'--:|' * len(COLUMNS)}",
    ]
    everything = [row for some in by_manifest.values() for row in some]
    for name, some in [*by_manifest.items(), ("all", everything)]:
        cells = " | ".join(_sum([row.cells[column] for row in some]) for column in COLUMNS)
        events = sum(row.events or 0 for row in some)
        lines.append(f"| {name} | {len(some):,} | {events:,} | {cells} |")
    return "\n".join(lines) + "\n\n"


def _sum(cells: Sequence[Cell]) -> str:
    numbers = [cell.alerts for cell in cells if cell.alerts is not None]
    return f"{sum(numbers):,} in {len(numbers):,}" if numbers else "–"


def _found(rows: Sequence[Row]) -> str:
    """How the two spellings of Falcon differ."""
    pairs = [(row.cells["CQL mapped"].alerts, row.cells["CQL supposed"].alerts) for row in rows]
    both = [(native, supposed) for native, supposed in pairs if native is not None and supposed is not None]
    native, supposed = (sum(pair[place] for pair in both) for place in (0, 1))
    differ = sum(one != other for one, other in both)
    return (
        "Native connection events have no `FileName`, so that the CQL query can't leave out the kernel and\n"
        f"`svchost.exe`: {native:,} alerts against {supposed:,} where connections carry the name.\n"
        f"{differ:,} files differ.\n\n"
    )


class _Reasons:
    """Letters for why there is no number."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def letter(self, reason: str) -> str:
        number = len(self._letters)
        letters = f"{chr(97 + number // 26 - 1) if number >= 26 else ''}{chr(97 + number % 26)}"
        return self._letters.setdefault(reason, letters)

    def legend(self, rows: Iterable[Row]) -> str:
        told = Counter(cell.why for row in rows for cell in row.cells.values() if cell.why)
        lines = [f"- *{letter}*, {told[reason]:,} ×: {reason}" for reason, letter in self._letters.items()]
        return "## Why there is no number\n\n" + "\n".join(lines) + "\n\n"


def _list(name: str, rows: Sequence[Row], reasons: _Reasons) -> str:
    lines = [
        f"## {name}",
        "",
        f"| Recording | label | events | hosts | {' | '.join(COLUMNS)} |",
        f"|---|---|--:|--:|{'--:|' * len(COLUMNS)}",
        *(line_of(row, reasons.letter) for row in rows),
    ]
    return "\n".join(lines) + "\n\n"


def line_of(row: Row, letter: Callable[[str], str]) -> str:
    """A row as a line of the page."""
    cells = [_shown(row.cells[column], letter) for column in COLUMNS]
    events = "–" if row.events is None else f"{row.events:,}"
    hosts = "–" if row.hosts is None else f"{row.hosts:,}"
    name = row.title.partition("/")[2].replace("|", "\\|").replace("$", "\\$")
    return f"| {name} | {row.label} | {events} | {hosts} | {' | '.join(cells)} |"


def _shown(cell: Cell, letter: Callable[[str], str]) -> str:
    if cell.alerts is None:
        return f"*{letter(cell.why)}*"
    return f"{cell.alerts:,}{'°' if cell.partly else ''}"


def main() -> None:
    """Measure the files and write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="recordings, as `ruleproof events fetch` names them; all unless given")
    parser.add_argument("--write", type=Path, help="the file to write; the page is printed unless given")
    given = parser.parse_args()
    rows = list(measured_rows(given.names, tell=lambda title: print(title, file=sys.stderr)))
    if given.write is None:
        print(page(rows), end="")
    else:
        given.write.write_text(page(rows).rstrip("\n") + "\n", "utf8")


def measured_rows(names: Sequence[str], tell: Callable[[str], object]) -> Iterator[Row]:
    """The rows of the files that names choose."""
    files = published(load_manifests(ROOT / "corpus" / "recorded", ROOT))
    rules = compiled()
    stores = Stores(recordings_folder(), default_folder() / "recordings")
    for found in obtain(chosen(files, names), stores, None, lambda: None):
        tell(found.file.title)
        yield measured(found, rules)


if __name__ == "__main__":
    main()
