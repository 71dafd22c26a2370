"""What a change changes, for people: as text of 80 columns, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from emulator.replay.changes.differences import Difference
from emulator.reports.markdown import cell

MARKER = "<!-- ruleproof diff -->"
"""Begins the Markdown, so that whoever posts it can find the comment of last time and write it anew."""
MOST_NAMED = 5
MOST_CHARACTERS = 60_000
"""What a comment may hold, with room to spare."""
_WIDTH = 80
_MILLION = 1_000_000


def difference_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """What changes, query by query; cases and corpora on which nothing changes are counted in one line."""
    if not differences:
        yield "no rule is touched: nothing changes"
        return
    for query, group in groupby(differences, key=lambda one: one.query):
        yield query
        members = list(group)
        for one in members:
            if one.appeared or one.vanished or one.unmeasured:
                yield from _difference(one)
        same = [one for one in members if not (one.appeared or one.vanished or one.unmeasured)]
        cases, corpora = sum(one.is_case for one in same), sum(not one.is_case for one in same)
        if same:
            yield f"  the same on {_counted(cases, 'case')} and {_counted(corpora, 'corpus', 'corpora')}"
        for one in members:
            if not one.is_case and not one.unmeasured:
                yield from _rates(one)
        yield ""
    yield summary(differences)
    yield from lost_lines(differences)


def lost_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """A line for each attack that is seen no more."""
    for one in differences:
        if one.lost:
            yield f"LOST: {one.query} no longer sees {one.on}"


def _difference(one: Difference) -> Iterator[str]:
    what = "case" if one.is_case else "corpus"
    if one.unmeasured:
        yield f"  {what} {one.on} ({one.kind}): not measured, {one.unmeasured}"
        return
    lost = "  LOST" if one.lost else "  (a known miss)" if one.known and one.before > one.after == 0 else ""
    yield f"  {what} {one.on} ({one.kind}): {one.before:,} -> {one.after:,} alerts{lost}"
    for line in named_rows(one):
        yield _cut(f"    {line}")


def named_rows(one: Difference) -> Iterator[str]:
    """The first alerts that appear and vanish, and how many more."""
    for sign, rows in (("+", one.appeared), ("-", one.vanished)):
        for row in rows[:MOST_NAMED]:
            yield f"{sign} {row}"
        if len(rows) > MOST_NAMED:
            yield f"{sign} and {len(rows) - MOST_NAMED:,} more"


def _rates(one: Difference) -> Iterator[str]:
    for per, unit in ((one.events / _MILLION, "million events"), (one.host_days, "host-day")):
        rate = one.change(per, unit)
        if rate is not None:
            yield f"  change on {one.on}:"
            yield f"    {rate}"


def summary(differences: Sequence[Difference]) -> str:
    """All alerts that appear and vanish, and the attacks that are lost, in numbers."""
    appeared = sum(len(one.appeared) for one in differences)
    vanished = sum(len(one.vanished) for one in differences)
    lost = sum(one.lost for one in differences)
    return f"alerts: {appeared:,} new, {vanished:,} gone; attacks lost: {lost:,}"


def difference_markdown(differences: Sequence[Difference]) -> str:
    """A comment for a pull request."""
    told = f"{summary(differences)}." if differences else "No rule is touched."
    lines = [MARKER, "## What this change changes", "", told, ""]
    changed = [one for one in differences if one.appeared or one.vanished]
    if changed:
        lines += ["| Query | On | Kind | Before | After | New | Gone |", "|---|---|---|---:|---:|---:|---:|"]
        lines += [_row(one) for one in changed]
        lines.append("")
    for one in differences:
        rate = None if one.is_case else one.change(one.host_days, "host-day")
        if rate is not None:
            lines.append(f"- {cell(one.query)} on {cell(one.on)}: changes by {rate}")
    return "\n".join(_cut_short(lines)).rstrip() + "\n"


def _cut_short(lines: list[str]) -> list[str]:
    """The first lines, as many as a comment may hold, and how many are left."""
    size = 0
    for place, line in enumerate(lines):
        size += len(line) + 1
        if size > MOST_CHARACTERS:
            return [*lines[:place], "", f"{len(lines) - place:,} further lines are left out."]
    return lines


def _row(one: Difference) -> str:
    cells = [cell(one.query), cell(one.on), cell(one.kind) + (" **lost**" if one.lost else "")]
    numbers = [one.before, one.after, len(one.appeared), len(one.vanished)]
    return f"| {' | '.join(cells)} | {' | '.join(f'{number:,}' for number in numbers)} |"


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
