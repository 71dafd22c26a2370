"""Verdicts for people at a terminal: one line a case, one column a query, then what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emulator.diagnostics import render
from emulator.replay.judging import Judgement, Outcome, Verdict
from emulator.reports.lines import put, put_trimmed, put_whole
from emulator.rules import Case, Detection, QueryName

_MARKS = {
    Outcome.PASS: ("pass", "green"),
    Outcome.FAIL: ("FAIL", "bold red"),
    Outcome.KNOWN_MISS: ("miss", "yellow"),
    Outcome.UNMEASURED: ("none", "dim"),
    Outcome.GAP: ("GAP", "bold magenta"),
}
_LEGEND = {
    Outcome.KNOWN_MISS: "miss: a known miss",
    Outcome.UNMEASURED: "none: nothing was there to measure",
    Outcome.GAP: "GAP: the emulator can't run it yet",
}


def print_judgement(console: Console, judgement: Judgement) -> None:
    """Print all verdicts, failures in full, known misses with reasons, and the totals."""
    by_detection: dict[str, list[Verdict]] = {}
    for verdict in judgement.verdicts:
        by_detection.setdefault(verdict.detection.folder, []).append(verdict)
    for verdicts in by_detection.values():
        _print_detection(console, verdicts)
    for problem in judgement.problems:
        put_whole(console, render(problem))
        console.print()
    _print_totals(console, judgement)


def _print_detection(console: Console, verdicts: list[Verdict]) -> None:
    detection = verdicts[0].detection
    put(console, f"{detection.attack.technique}  {detection.title}", "bold")
    put_trimmed(console, _table(verdicts))
    _print_failures(console, verdicts)
    _print_misses(console, verdicts)
    _print_signals(console, detection)
    console.print()


def _table(verdicts: list[Verdict]) -> Table:
    queries = [name for name in QueryName if any(one.query is name for one in verdicts)]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("case", overflow="ellipsis", no_wrap=True, max_width=32)
    table.add_column("kind")
    for name in queries:
        table.add_column(name.value, justify="right")
    for case, row in _by_case(verdicts):
        cells = [_cell(row.get(name)) for name in queries]
        table.add_row(Text(case.id), Text(case.kind.value), *cells)
    return table


def _by_case(verdicts: Iterable[Verdict]) -> Iterator[tuple[Case, dict[QueryName, Verdict]]]:
    rows: dict[str, tuple[Case, dict[QueryName, Verdict]]] = {}
    for one in verdicts:
        rows.setdefault(one.case.id, (one.case, {}))[1][one.query] = one
    yield from rows.values()


def _cell(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("-", style="dim")
    word, style = _MARKS[verdict.outcome]
    count = verdict.actual.partition(" ")[0]
    return Text(f"{count} {word}" if count.isdecimal() else word, style=style)


def _print_failures(console: Console, verdicts: list[Verdict]) -> None:
    for one in verdicts:
        if one.outcome not in (Outcome.FAIL, Outcome.GAP):
            continue
        line, column = one.case.file.position(one.expectation_span_start)
        console.print()
        put(console, f"{_MARKS[one.outcome][0]} {one.query.value}: {one.case.title}", _MARKS[one.outcome][1])
        put(console, f"{one.case.file.name}:{line}:{column}", indent=2)
        put(console, f"expected {one.expected}, got {one.actual}", indent=2)
        for text in (one.reason, *one.because, *one.notes):
            if text:
                put(console, text, indent=2)


def _print_misses(console: Console, verdicts: list[Verdict]) -> None:
    reasons: dict[tuple[str, str], list[QueryName]] = {}
    for one in verdicts:
        if one.outcome is Outcome.KNOWN_MISS:
            reasons.setdefault((one.case.id, one.reason), []).append(one.query)
    if not reasons:
        return
    console.print()
    put(console, "Known misses", "bold")
    for (case, reason), queries in reasons.items():
        named = ", ".join(name.value for name in queries)
        put(console, f"{case} ({named}): {reason}", indent=2)


def _print_signals(console: Console, detection: Detection) -> None:
    unread = detection.unread_signals()
    if not unread:
        return
    console.print()
    put(console, "Expected signals that no query reads", "bold")
    for signal in unread:
        put(console, f"{signal.channel} {signal.event}: {signal.text}", indent=2)


def _print_totals(console: Console, judgement: Judgement) -> None:
    counts = Counter(one.outcome for one in judgement.verdicts)
    total = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    cases = len({(one.detection.id, one.case.id) for one in judgement.verdicts})
    count = len(judgement.problems)
    problems = f"; {count} problem{'' if count == 1 else 's'} in rules and files" if count else ""
    put(console, f"{cases} case{'' if cases == 1 else 's'}: {total or 'no verdicts'}{problems}", "bold")
    legend = "; ".join(text for outcome, text in _LEGEND.items() if counts[outcome])
    if legend:
        put(console, legend, "dim")
