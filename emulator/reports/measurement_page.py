"""Measurements as one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.clock import format_timespan
from emulator.replay.measuring import Measurement
from emulator.replay.rates.intervals import Unmeasured
from emulator.replay.rates.quality import Quality
from emulator.reports.page import page
from emulator.reports.pictures.drawing import Picture
from emulator.reports.quality_table import labelled

TITLE = "How often the rules fire"


def measurement_page(
    rows: Sequence[Measurement],
    corpora: Sequence[str],
    qualities: Mapping[tuple[str, str], Quality],
    over: Sequence[str],
    pictures: Sequence[Picture],
) -> str:
    """The page: what is over budget, rates, what labels say, and pictures."""
    return page(
        "measurement",
        TITLE,
        pictures,
        corpora=list(corpora),
        rows=[_row(one) for one in rows],
        qualities=[_quality(name, one) for name, one in labelled(qualities).items()],
        over=list(over),
    )


def _row(one: Measurement) -> dict[str, Any]:
    lines = [f"unmeasured: {one.unmeasured}"]
    if not one.unmeasured:
        lines = [str(rate) for rate in (one.per_host_day, one.per_million) if rate is not None]
        lines += [f"by host {one.by_host()}"] if one.alerts else []
    return {
        "detection": one.rule.detection.name,
        "query": one.rule.name.value,
        "alerts": one.alerts,
        "events": one.events,
        "host_days": len(one.exposure.host_days),
        "lines": lines,
    }


def _quality(name: tuple[str, str], one: Quality) -> dict[str, Any]:
    time = one.time_to_detect
    return {
        "detection": name[0],
        "query": name[1],
        "true": one.true,
        "false": one.false,
        "unlabelled": one.unlabelled,
        "precision": str(one.precision),
        "recall": str(one.recall),
        "time": str(time) if isinstance(time, Unmeasured) else format_timespan(time),
    }
