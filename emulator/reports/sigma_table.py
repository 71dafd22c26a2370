"""Written queries beside converted Sigma rules, for people: one line a case that tells them apart, then counts."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emulator.replay.sigma_comparison import Compared, Comparison, Pair
from emulator.reports.lines import put, put_trimmed
from emulator.rules import Kind, Language

_LEGEND = (
    "w: alerts of the written query; s: of the converted Sigma rule; none: nothing to read; ?: a column is left out"
)


def print_comparison(console: Console, comparison: Comparison, *, every: bool) -> None:
    """Print the cases on which the queries disagree, or with `every` all of them, and what that comes to."""
    detection = comparison.detection
    put(console, f"{detection.attack.technique}  {detection.title}", "bold")
    shown = [one for one in comparison.cases if every or one.differs]
    if shown:
        put_trimmed(console, _table(shown, list(comparison.converted)))
        console.print()
    lacking = f"; {comparison.lacking} with rows that leave out what the Sigma rule reads" if comparison.lacking else ""
    count = len(comparison.cases)
    put(console, f"{count} case{'' if count == 1 else 's'}, {comparison.alike} alike{lacking}", "bold")
    for language in comparison.converted:
        for text in _sums(comparison, language):
            put(console, text, indent=2)
    if shown:
        put(console, _LEGEND, "dim")


def _table(shown: list[Compared], languages: list[Language]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("case", overflow="ellipsis", no_wrap=True, max_width=32)
    table.add_column("kind")
    for language in languages:
        table.add_column(f"{language} w", justify="right")
        table.add_column(f"{language} s", justify="right")
    for one in shown:
        cells = [cell for language in languages for cell in _cells(one.pairs[language])]
        table.add_row(Text(one.case.id), Text(one.case.kind.value), *cells)
    return table


def _cells(pair: Pair) -> tuple[Text, Text]:
    if pair.unseen:
        return Text("none", style="dim"), Text("none", style="dim")
    style = "bold red" if pair.differs else ""
    converted = "?" if pair.lacking else str(pair.converted)
    return Text(str(pair.written), style=style), Text(converted, style=style)


def _sums(comparison: Comparison, language: Language) -> list[str]:
    """What the differences of one language come to; nothing when there are none."""
    found = []
    for written, who in ((True, "written"), (False, "converted")):
        counts = {kind: comparison.count(language, kind, written=written) for kind in Kind}
        parts = [f"{count} {kind.value}" for kind, count in counts.items() if count]
        if parts:
            found.append(f"{language}: the {who} query alone fires on {' and '.join(parts)}")
    return found
