"""Rows of a result at a terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emulator.reports.lines import put, put_trimmed, put_whole
from emulator.result import FurtherTable, Result

MOST_ROWS = 100
"""More rows than anybody reads; JSON has all."""


def print_result(console: Console, result: Result) -> None:
    """The table of a result, and further ones below their names."""
    _print_table(console, result)
    for number, one in enumerate(result.more, 2):
        console.print()
        put(console, f"table {number}{f': {one.name}' if one.name else ''}", "bold")
        _print_table(console, one)


def _print_table(console: Console, shown: Result | FurtherTable) -> None:
    """A table where the columns fit, else one block a row."""
    answer: dict[str, Any] = shown.to_json()
    names = [column["name"] for column in answer["columns"]]
    rows = [[_text(cell) for cell in row] for row in answer["rows"]]
    if sum(_width(name, rows, position) + 2 for position, name in enumerate(names)) <= console.width:
        table = Table(box=None, padding=(0, 1), pad_edge=False)
        for name in names:
            table.add_column(Text(name), no_wrap=True)
        for row in rows[:MOST_ROWS]:
            table.add_row(*map(Text, row))
        put_trimmed(console, table)
    else:
        _blocks(console, names, rows)
    if len(rows) > MOST_ROWS:
        put(console, f"… and {len(rows) - MOST_ROWS} rows more; --format json prints all", "dim")


def _width(name: str, rows: list[list[str]], position: int) -> int:
    return max([len(name), *(len(row[position]) for row in rows[:MOST_ROWS])])


def _blocks(console: Console, names: list[str], rows: list[list[str]]) -> None:
    widest = max(map(len, names), default=0)
    for row in rows[:MOST_ROWS]:
        for name, cell in zip(names, row, strict=True):
            if cell:
                put_whole(console, f"{name:<{widest}}  {cell}")
        console.print()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    return "".join(character if character.isprintable() else " " for character in text)
