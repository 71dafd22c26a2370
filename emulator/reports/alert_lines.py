"""An alert for somebody who is to label it: what it is about, and what its row shows."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

from emulator.clock import format_datetime
from emulator.replay.labelling import Question
from emulator.rules.files import shown
from emulator.rules.labels import Label

_WIDTH = 80
_MOST_CHARACTERS = 2000
_WIDEST_NAME = 28


def alert_lines(one: Question) -> Iterator[str]:
    """All that the row shows, under the corpus, the queries and the time."""
    yield from _wrapped(f"{', '.join(one.queries)} on {shown(one.corpus, _MOST_CHARACTERS)}", "  ")
    yield f"  {_time(one)}{_rows(one)}"
    entities = {kind: shown(value, _MOST_CHARACTERS) for kind, value in one.alert.entities.items()}
    cells = {name: _cell(value) for name, value in one.alert.cells().items()}
    yield from _pairs(entities, "  ")
    rest = {name: text for name, text in cells.items() if text not in entities.values()}
    if rest:
        yield "  the row:"
        yield from _pairs(rest, "    ")


def listed_alert(detection: str, one: Question, label: Label | None) -> Iterator[str]:
    """An alert in a list, with its label."""
    verdict = "unlabelled" if label is None else f"{'true' if label.is_true else 'false'}: {label.reason}"
    about = ", ".join(f"{kind} {shown(value, 60)}" for kind, value in one.alert.entities.items())
    yield f"{one.alert.key}  {_time(one)}{_rows(one)}"
    yield from _wrapped(f"{detection} {', '.join(one.queries)} on {shown(one.corpus, 300)}", "    ")
    if about:
        yield from _wrapped(about, "    ")
    yield from _wrapped(verdict, "    ")


def plain_alert(detection: str, one: Question, label: Label | None) -> dict[str, object]:
    """An alert and its label as plain values."""
    return {
        "detection": detection,
        "queries": list(one.queries),
        "corpus": one.corpus,
        "alert": one.alert.key,
        "time": None if one.alert.at is None else format_datetime(one.alert.at),
        "rows": one.rows,
        "entities": dict(one.alert.entities),
        "cells": one.alert.cells(),
        "verdict": None if label is None else label.is_true,
        "reason": "" if label is None else label.reason,
    }


def _time(one: Question) -> str:
    return "no time" if one.alert.at is None else format_datetime(one.alert.at)


def _rows(one: Question) -> str:
    return "" if one.rows == 1 else f"  ({one.rows:,} rows)"


def _cell(value: object) -> str:
    return shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), _MOST_CHARACTERS)


def _pairs(pairs: Mapping[str, str], indent: str) -> Iterator[str]:
    width = min(_WIDEST_NAME, max(map(len, pairs), default=0))
    for name, text in pairs.items():
        yield from _wrapped(f"{shown(name, 200):<{width}}  {text}", indent, width + 2)


def _wrapped(text: str, indent: str, hang: int = 2) -> list[str]:
    """Lines of at most 80 characters; only a word that is longer is broken."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + " " * hang, break_on_hyphens=False
    )
