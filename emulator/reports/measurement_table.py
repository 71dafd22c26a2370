"""Measurements for people at a terminal: per part of a corpus what each query raised, then rates with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from emulator.replay.measuring import Measurement


def print_measurements(console: Console, measurements: Sequence[Measurement], why: dict[int, list[str]]) -> None:
    """Print what was measured, part by part; then the parts in which nothing was raised, and all notes once.

    `why` explains, by position, why a query saw nothing of an attack that it should see.
    """
    groups: dict[str, list[tuple[int, Measurement]]] = {}
    for position, one in enumerate(measurements):
        groups.setdefault(one.part.name, []).append((position, one))
    silent = []
    for members in groups.values():
        if any(one.alerts or position in why for position, one in members):
            _print_part(console, members, why)
        else:
            silent.append([one for _, one in members])
    _print_silent(console, silent)
    _print_notes(console, measurements)


def _print_part(console: Console, members: list[tuple[int, Measurement]], why: dict[int, list[str]]) -> None:
    part = members[0][1].part
    techniques = f"  {', '.join(part.techniques)}" if part.techniques else ""
    mapped = ", mapped from another sensor" if part.mapped else ""
    console.print(Text(part.name, style="bold"))
    console.print(_indented(f"{part.label}{mapped}{techniques}"))
    for position, one in members:
        _print_one(console, one, why.get(position, []))


def _print_one(console: Console, one: Measurement, reasons: Iterable[str]) -> None:
    head = f"{one.rule.name.value:<9} "
    seen = f"{one.events} events, {_hosts(one)}"
    if one.unmeasured:
        console.print(_indented(f"{head} unmeasured: {one.unmeasured} ({seen})", "dim"))
        return
    console.print(_indented(f"{head} {_alerts(one.alerts)} in {seen}", "red" if one.alerts else ""))
    for text in (*reasons, *one.partly):
        console.print(_indented(text, "dim", 8))


def _alerts(count: int) -> str:
    return f"{count} alert{'' if count == 1 else 's'}"


def _hosts(one: Measurement) -> str:
    hosts, days = len(one.exposure.hosts), len(one.exposure.host_days)
    return f"{hosts} host{'' if hosts == 1 else 's'}, {days} host-day{'' if days == 1 else 's'}"


def _print_silent(console: Console, parts: list[list[Measurement]]) -> None:
    """Parts without any alert, counted; each query says how many of them it could be measured on."""
    if not parts:
        return
    console.print()
    console.print(Text(f"No alert in {len(parts)} other parts of the corpus", style="bold"))
    by_query: dict[str, list[Measurement]] = {}
    for members in parts:
        for one in members:
            by_query.setdefault(f"{one.rule.detection.name} {one.rule.name.value}", []).append(one)
    for name, members in by_query.items():
        measured = [one for one in members if not one.unmeasured]
        events = sum(one.events for one in measured)
        rest = len(members) - len(measured)
        text = f"{name}: {len(measured)} measured ({events} events), {rest} unmeasured: nothing could have matched"
        console.print(_indented(text))


def _print_notes(console: Console, measurements: Sequence[Measurement]) -> None:
    notes: dict[str, list[str]] = {}
    for one in measurements:
        for note in one.notes:
            queries = notes.setdefault(note, [])
            if one.rule.name.value not in queries:
                queries.append(one.rule.name.value)
    if notes:
        console.print()
        console.print(Text("Notes", style="bold"))
    for note, queries in notes.items():
        console.print(_indented(f"{', '.join(queries)}: {note}", "dim"))


def print_rates(console: Console, title: str, measurements: Sequence[Measurement]) -> None:
    """The rates of some measurements, with denominators and intervals."""
    console.print()
    console.print(Text(title, style="bold"))
    for one in measurements:
        if one.unmeasured:
            console.print(_indented(f"{one.rule.name.value}: unmeasured: {one.unmeasured}"))
            continue
        console.print(_indented(f"{one.rule.name.value}: {_alerts(one.alerts)} in {one.events} events, {_hosts(one)}"))
        for rate in (one.per_million, one.per_host_day):
            if rate is not None:
                console.print(_indented(str(rate), "", 8))


def _indented(text: str, style: str = "", by: int = 4) -> Padding:
    return Padding(Text(text, style=style), (0, 0, 0, by), expand=False)
