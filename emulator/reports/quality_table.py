"""Precision, recall and time to detect for people at a terminal, where alerts are labelled."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from emulator.clock import format_timespan
from emulator.replay.rates.intervals import Unmeasured
from emulator.replay.rates.quality import Quality
from emulator.reports.lines import put


def print_qualities(console: Console, found: Mapping[tuple[str, str], Quality]) -> None:
    """What labels say of each query; nothing where no alert of any query has a label."""
    told = labelled(found)
    if not told:
        return
    console.print()
    put(console, "What the alerts are, by their labels", "bold")
    for (detection, query), one in told.items():
        put(console, f"{detection} {query}: {_counts(one)}", indent=4)
        for what, figure in (("precision", one.precision), ("recall", one.recall)):
            put(console, f"{what} {figure}", "dim" if isinstance(figure, Unmeasured) else "", 8)
        time = one.time_to_detect
        if isinstance(time, Unmeasured):
            put(console, f"time to detect {time}", "dim", 8)
        else:
            put(console, f"time to detect {format_timespan(time)}{_several(one)}", indent=8)


def labelled(found: Mapping[tuple[str, str], Quality]) -> dict[tuple[str, str], Quality]:
    """Those of some queries that labels say something of."""
    return {name: one for name, one in found.items() if one.true or one.false or one.known or one.reasons}


def _counts(one: Quality) -> str:
    return f"{one.true:,} true, {one.false:,} false, {one.unlabelled:,} unlabelled"


def _several(one: Quality) -> str:
    """What the time is of, when it is of several attacks or some were not detected."""
    count = len(one.delays)
    parts = [f"the median of {count}"] if count > 1 else []
    if one.undetected:
        parts.append(f"{one.undetected:,} not detected")
    return f" ({', '.join(parts)})" if parts else ""
