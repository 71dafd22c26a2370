"""Lists of recordings: one line of facts for each file that an origin publishes, in a table beside its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.nodes import record
from emulator.regular import regular
from emulator.rules.files import FileKind, read_text, shown
from emulator.source import Source, Span

BAD_FACTS = code(
    "EVT2404",
    "a line of a list of recordings has another form",
    "A list of recordings (`corpus/recorded/NAME.tsv`) has a heading and a line for each file: `recording`, its path; "
    "`events`, how many of its events the manifest's file holds; `recorded`, how many it holds itself; `hosts`; "
    "`bytes` and `sha256` of the file upstream; `label` (malicious, benign, mixed); `techniques` with blanks between; "
    "`here`, its name in the folder of recordings where that is another; `derived`, why upstream does not publish "
    "these bytes."
    "\n\nCells are separated by tabs; one that is empty says nothing.",
)
COLUMNS = ("recording", "events", "recorded", "hosts", "bytes", "sha256", "label", "techniques", "here", "derived")
_MOST = 20
"""Findings of one list that are told."""
_NUMBER = regular(r"[0-9]{0,15}")
_TECHNIQUES = regular(r"(T[0-9]{4}(\.[0-9]{3})?( T[0-9]{4}(\.[0-9]{3})?)*)?")
_SEGMENT = regular(r"[^/\\:\x00-\x1f\x7f]*[^/\\:\x00-\x1f\x7f .]")


@record
class RecordingFacts:
    """What is known of one recording: its upstream path and digest, its label, and the techniques that it shows.

    `events` counts those in the manifest's file, `recorded` those in the upstream file, of `bytes` bytes. `here` is its
    place in the folder of recordings. `derived` says what it was made from when upstream doesn't publish these bytes.
    """

    path: str
    sha256: str
    events: int
    label: str
    techniques: tuple[str, ...]
    recorded: int
    hosts: int | None
    bytes: int | None
    here: str
    derived: str | None


def is_inside(path: str) -> bool:
    """True for a path that stays below the folder that it is joined to, on every system."""
    return all(_SEGMENT.fullmatch(part) for part in path.split("/"))


def read_list(path: Path, root: Path, kind: FileKind, folder: str, here: str) -> dict[str, RecordingFacts]:
    """The facts of each recording by its name; `folder` and `here` stand before names upstream and in the local folder.

    Raises QueryError with what is wrong with the list.
    """
    source = read_text(path, root, kind)
    found: dict[str, RecordingFacts] = {}
    wrong: list[Diagnostic] = []
    for start, cells in _lines(source):
        problem = _problem(cells, found) if start else _heading_problem(cells)
        if problem is not None:
            message, column = problem
            at = start + sum(len(cell) + 1 for cell in cells[:column])
            span = Span(at, at + (len(cells[column]) if column < len(cells) else 0))
            wrong.append(Diagnostic(BAD_FACTS, message, span, f"the columns are {', '.join(COLUMNS)}", source))
        elif start:
            facts = dict(zip(COLUMNS, cells, strict=True))
            found[facts["recording"]] = _facts(facts, folder, here)
        if len(wrong) == _MOST or (wrong and not start):
            break
    if wrong:
        raise QueryError(wrong)
    return found


def _lines(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line with the offset of its start."""
    start = 0
    for line in source.text.removesuffix("\n").split("\n"):
        yield start, line.split("\t")
        start += len(line) + 1


def _heading_problem(cells: list[str]) -> tuple[str, int] | None:
    return None if tuple(cells) == COLUMNS else ("this is not the heading of a list of recordings", 0)


def _problem(cells: list[str], known: Mapping[str, RecordingFacts]) -> tuple[str, int] | None:
    """What is wrong with a line, and in which cell."""
    if len(cells) != len(COLUMNS):
        return f"the line has {len(cells)} cells, not {len(COLUMNS)}", 0
    facts = dict(zip(COLUMNS, cells, strict=True))
    if facts["recording"] in known:
        return f"`{shown(facts['recording'])}` is listed before", 0
    for column in ("recording", "here"):
        if facts[column] and not is_inside(facts[column]):
            return f"`{shown(facts[column])}` leads outside its folder", COLUMNS.index(column)
    fits = {
        "recording": bool(facts["recording"]),
        **{column: _NUMBER.fullmatch(facts[column]) for column in ("events", "recorded", "hosts", "bytes")},
        "sha256": len(facts["sha256"]) == 64 and set(facts["sha256"]) <= set("0123456789abcdef"),
        "label": facts["label"] in ("malicious", "benign", "mixed"),
        "techniques": _TECHNIQUES.fullmatch(facts["techniques"]),
    }
    wrong = [column for column, fit in fits.items() if not fit]
    return (f"`{shown(facts[wrong[0]])}` is no {wrong[0]}", COLUMNS.index(wrong[0])) if wrong else None


def _facts(facts: Mapping[str, str], folder: str, here: str) -> RecordingFacts:
    def number(column: str) -> int | None:
        return int(facts[column]) if facts[column] else None

    events = number("events") or 0
    recorded = number("recorded")
    return RecordingFacts(
        path=folder + facts["recording"],
        sha256=facts["sha256"],
        events=events,
        label=facts["label"],
        techniques=tuple(facts["techniques"].split()),
        recorded=events if recorded is None else recorded,
        hosts=number("hosts"),
        bytes=number("bytes"),
        here=here + (facts["here"] or facts["recording"]),
        derived=facts["derived"] or None,
    )
