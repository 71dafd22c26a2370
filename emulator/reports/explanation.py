"""Why an event did or did not raise an alert, for people at a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.console import Console

from emulator.proof.why import Condition, Explanation, Leg
from emulator.replay.rulebook import Rule
from emulator.reports.lines import put

_TELLING = (
    "#event_simpleName",
    "ActionType",
    "DeviceName",
    "ComputerName",
    "FileName",
    "InitiatingProcessFileName",
    "ContextBaseFileName",
    "ProcessCommandLine",
    "CommandLine",
    "RemotePort",
    "RemoteIP",
    "RemoteAddressIP4",
)
"""The fields by which people recognise an event."""


def print_explanation(console: Console, rule: Rule, event: Mapping[str, object], found: Explanation) -> None:
    """Print the event in one line, then every leg that it met, stage by stage."""
    told = ", ".join(f"{name}={event[name]}" for name in _TELLING if name in event)
    outcome = f"{found.alerts} alert{'' if found.alerts == 1 else 's'}" if found.alerts else "no alert"
    put(console, f"{rule.name.value}: {outcome}", "bold red" if found.alerts else "bold")
    put(console, f"{found.table}: {told}", indent=2)
    if not found.legs:
        put(console, f"the query does not read {found.table}", indent=4)
    for leg in found.legs:
        _print_leg(console, rule, leg, _end(leg, found.legs))
    console.print()


def _end(leg: Leg, legs: Sequence[Leg]) -> str:
    """What became of the event in a leg; behind the last stage its branches decide."""
    if leg.dropped_at is not None:
        return f"dropped at line {leg.dropped_at}"
    depth = len(leg.branch)
    below = [one for one in legs if len(one.branch) > depth and one.branch[:depth] == leg.branch and one is not leg]
    if below and all(one.dropped_at is not None for one in below):
        return "no branch takes it"
    return "kept by every stage"


def _print_leg(console: Console, rule: Rule, leg: Leg, end: str) -> None:
    branch = f" branch {'.'.join(map(str, leg.branch))}" if leg.branch else ""
    place = f"{rule.query.source.name.rpartition('/')[2]}:{leg.line}{branch}"
    put(console, f"{place}: {end}", "cyan", 4)
    for stage in leg.stages:
        for one in stage.conditions:
            mark, style = ("kept   ", "green") if one.value is True else ("dropped", "yellow")
            put(console, f"{stage.line:>4} {mark} {one.text}{_values(one)}", style, 4, hang=13)


def _values(condition: Condition) -> str:
    read = ", ".join(f"{name}={_shown(value)}" for name, value in condition.read.items())
    null = "" if condition.value in (True, False) else " is null"
    return f"{null}   ({read})" if read else null


def _shown(value: object) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)
