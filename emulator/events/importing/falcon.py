"""Events of CrowdStrike's stream: Falcon Data Replicator and LogScale exports, as CQL reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.events.importing.problems import BAD_TIME, OTHER_FORM, Rejected
from emulator.events.importing.records import LeaveOut, Row
from emulator.events.instants import epoch_milliseconds, parse_instant
from emulator.interpreter.ranges import EVENT_TIME

NAME, TAG = "event_simpleName", "#event_simpleName"
_HEADER = ("event_simpleName", "name", "aid", "aip", "cid", "id", "event_platform", "fdr_event_type", "timestamp")
"""Fields that a wrapper of an event may hold for it."""
_MARKS = (NAME, "EventType", "ExternalApiType", "fdr_event_type")
_WRAPPERS = ("log", "event")
_OF_LOGSCALE = ("@timestamp", "@rawstring", "@id", "#repo", "#type")


def is_falcon(row: Row) -> bool:
    """True for an event of the replicator, by itself or wrapped (`event`, `log`, `log.event`)."""
    return _wrapped(row) is not None


def _wrapped(row: Row) -> list[Mapping[str, Any]] | None:
    """The event and what it is wrapped in, from the outside; None where there is no event."""
    layers: list[Mapping[str, Any]] = [row]
    while (inner := next((one for name in _WRAPPERS if isinstance(one := layers[-1].get(name), Mapping)), None)) and (
        len(layers) <= len(_WRAPPERS)
    ):
        layers.append(inner)
    known = [one for one in layers if any(isinstance(one.get(mark), str) for mark in _MARKS)]
    if not known or not any("aid" in one or "cid" in one or "AgentIdString" in one for one in layers):
        return None
    return layers


def falcon_row(row: Row, left_out: LeaveOut) -> Row:
    """The event with the time and the tag that ingestion into LogScale sets. Raises Rejected."""
    layers = _wrapped(row)
    if layers is None:
        raise Rejected(OTHER_FORM, "no event of the replicator: `event_simpleName`, or `aid` and `cid`, are missing")
    event: dict[str, Any] = dict(layers[-1])
    for layer in reversed(layers[:-1]):
        for name, value in layer.items():
            if name in _HEADER:
                event.setdefault(name, value)
            elif name not in _WRAPPERS and name not in event:
                left_out(name)
    if EVENT_TIME not in event:
        _set_time(event, event.get("timestamp"))
    if isinstance(event.get(NAME), str):
        event.setdefault(TAG, event[NAME])
    return event


def is_logscale(row: Row) -> bool:
    """True for an event that a search of LogScale gave."""
    return sum(name in row for name in _OF_LOGSCALE) >= 2 or (EVENT_TIME in row and any(one[:1] == "#" for one in row))


def logscale_row(row: Row) -> Row:
    """The event with its time in milliseconds. Raises Rejected."""
    if EVENT_TIME not in row:
        return row
    event = dict(row)
    _set_time(event, event.pop(EVENT_TIME))
    return event


def _set_time(event: dict[str, Any], value: object) -> None:
    """Set the time of an event from milliseconds since 1970, or a text of a point in time. Raises Rejected."""
    if value is None or value == "":
        return
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if text.removeprefix("-").isdecimal():
        event[EVENT_TIME] = text
        return
    ticks = parse_instant(text)
    if ticks is None:
        raise Rejected(BAD_TIME, f"no point in time: {text[:40]!r}")
    event[EVENT_TIME] = epoch_milliseconds(ticks)
