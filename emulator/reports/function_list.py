"""The functions of a language: for a terminal, and as the page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emulator.support import Support

_LANGUAGES = {"kql": "KQL", "cql": "CQL (LogScale)"}


def print_functions(console: Console, listed: Sequence[Support]) -> None:
    """A line a function: its kind and its evidence, or why it is a gap; then the totals."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("function", "kind", "evidence, or why it is a gap"):
        table.add_column(heading)
    for one in listed:
        what = Text(f"gap: {one.reason}", style="yellow") if one.is_gap else Text(", ".join(one.evidence) or "cases")
        table.add_row(Text(one.name), Text(one.kind), what)
    console.print(table)
    console.print(Text(_total(listed), style="bold"))


def _total(listed: Sequence[Support]) -> str:
    gaps = sum(one.is_gap for one in listed)
    return f"{len(listed) - gaps} functions supported, {gaps} gaps"


def functions_page(listed: Sequence[Support]) -> str:
    """The page of the documentation, in Markdown: of one language, or of several one after the other."""
    made = "Made by `ruleproof functions --language … --format markdown`; a test compares it with the functions."
    lines = ["# Functions", "", made, ""]
    lines.append("Evidence: *docs* an example of the product's documentation, *recorded* a recorded answer of the real")
    lines.append("engine, *reasoned* worked out from the documented meaning, *cases* the project's conformance cases.")
    for language, title in _LANGUAGES.items():
        of_language = [one for one in listed if one.language == language]
        if of_language:
            lines += ["", f"## {title}", "", f"{_total(of_language)}.", ""]
            lines += ["| function | kind | signature | evidence |", "|---|---|---|---|"]
            lines += [_row(one) for one in of_language if not one.is_gap]
            lines += ["", "Gaps:", ""]
            lines += [f"- `{one.name}`: {one.reason}" for one in of_language if one.is_gap]
    return "\n".join(lines) + "\n"


def _row(one: Support) -> str:
    name = f"[`{one.name}`]({one.page})" if one.page else f"`{one.name}`"
    signatures = "<br>".join(f"`{text.replace('|', chr(92) + '|')}`" for text in one.declarations)
    return f"| {name} | {one.kind} | {signatures} | {', '.join(one.evidence) or 'cases'} |"
