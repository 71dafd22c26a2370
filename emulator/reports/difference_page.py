"""What a change changes as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.replay.changes.differences import Difference
from emulator.reports.difference_table import lost_lines, named_rows, summary
from emulator.reports.page import page
from emulator.reports.pictures.drawing import Picture
from emulator.rules.files import shown

TITLE = "What this change changes"
_MOST_CHARACTERS = 400


def difference_page(differences: Sequence[Difference], pictures: Sequence[Picture]) -> str:
    """The page: alerts that appear and vanish, attacks that are lost, and by how much the rates change."""
    told = f"{summary(differences)}." if differences else "No rule is touched."
    changed = [one for one in differences if one.appeared or one.vanished or one.unmeasured]
    return page(
        "difference",
        TITLE,
        pictures,
        summary=told,
        lost=list(lost_lines(differences)),
        rows=[_row(one) for one in changed],
        rates=[text for one in differences for text in _rate(one)],
    )


def _row(one: Difference) -> dict[str, Any]:
    lines = (
        [f"not measured: {one.unmeasured}"]
        if one.unmeasured
        else [shown(line, _MOST_CHARACTERS) for line in named_rows(one)]
    )
    kind = f"{'case' if one.is_case else 'corpus'}, {one.kind}"
    return {"query": one.query, "on": one.on, "kind": kind, "before": one.before, "after": one.after, "lines": lines}


def _rate(one: Difference) -> list[str]:
    rate = None if one.is_case or one.unmeasured else one.change(one.host_days, "host-day")
    return [] if rate is None else [f"{one.query} on {one.on}: {rate}"]
