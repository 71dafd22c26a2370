"""Measurements for people at a terminal: per part of a corpus what each query raised, then rates with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from emulator.replay.measuring import Measurement, Part
from emulator.replay.rates.intervals import Unmeasured, share_of
from emulator.reports.lines import put, put_whole


def print_measurements(console: Console, measurements: Sequence[Measurement], why: dict[int, list[str]]) -> None:
    """Print what was measured, part by part; then the parts in which nothing was raised, and all notes once.

    `why` explains, by position, why a query saw nothing of an attack that it should see.
    """
    groups: dict[str, list[tuple[int, Measurement]]] = {}
    for position, one in enumerate(measurements):
        groups.setdefault(one.part.name, []).append((position, one))
    silent = []
    several = len({one.rule.detection.folder for one in measurements}) > 1
    for members in groups.values():
        if any(one.alerts or position in why or _is_attack(one) for position, one in members):
            _print_part(console, members[0][1].part)
            for position, one in members:
                _print_one(console, _name(one) if several else one.rule.name.value, one, why.get(position, []))
        else:
            silent.append([one for _, one in members])
    _print_attacks(console, measurements)
    if silent and len(silent) < len(groups):
        console.print()
    _print_silent(console, silent)
    _print_untimed(console, groups.values())
    _print_notes(console, measurements)


def _print_part(console: Console, part: Part) -> None:
    techniques = f"  {', '.join(part.techniques)}" if part.techniques else ""
    mapped = ", mapped from another sensor" if part.mapped else ""
    put_whole(console, part.name, "bold")
    put(console, f"{part.label}{mapped}{techniques}", indent=4)


def _print_one(console: Console, name: str, one: Measurement, reasons: Iterable[str]) -> None:
    head = f"{name:<9} "
    seen = f"{one.events} events, {_hosts(one)}"
    if one.unmeasured:
        put(console, f"{head} unmeasured: {one.unmeasured} ({seen})", "dim", 4)
        return
    put(console, f"{head} {_alerts(one.alerts)} in {seen}", "red" if one.alerts else "", 4)
    for text in (*reasons, *one.partly):
        put(console, text, "dim", 8)


def _is_attack(one: Measurement) -> bool:
    """True when the part shows the very technique that the detection is about."""
    return one.rule.detection.attack.technique in one.part.techniques


def _print_attacks(console: Console, measurements: Iterable[Measurement]) -> None:
    """How many of the parts that show its technique each query sees."""
    attacks: dict[str, list[Measurement]] = {}
    for one in measurements:
        if _is_attack(one):
            attacks.setdefault(_name(one), []).append(one)
    if attacks:
        console.print()
        put(console, "Parts that show the technique of the detection", "bold")
    for name, members in attacks.items():
        unmeasured = sum(bool(one.unmeasured) for one in members)
        seen = sum(bool(one.alerts) for one in members)
        told = f"{seen} seen, {len(members) - seen - unmeasured} missed, {unmeasured} unmeasured"
        put(console, f"{name}: {told}, of {len(members)}", indent=4)
        measured = len(members) - unmeasured
        if measured > 1:
            put(console, f"recall {share_of(seen, measured, '')}", indent=8)


def _alerts(count: int) -> str:
    return f"{count} alert{'' if count == 1 else 's'}"


def _hosts(one: Measurement) -> str:
    hosts, days = len(one.exposure.hosts), len(one.exposure.host_days)
    return f"{hosts} host{'' if hosts == 1 else 's'}, {days} host-day{'' if days == 1 else 's'}"


def _print_silent(console: Console, parts: list[list[Measurement]]) -> None:
    """Parts without any alert, counted; each query says how many of them it could be measured on."""
    if not parts:
        return
    count = len(parts)
    put(console, f"No alert in {count} part{'' if count == 1 else 's'} of the corpus", "bold")
    by_query: dict[str, list[Measurement]] = {}
    for members in parts:
        for one in members:
            by_query.setdefault(_name(one), []).append(one)
    for name, members in by_query.items():
        measured = [one for one in members if not one.unmeasured]
        told = [f"{len(measured)} measured ({sum(one.events for one in measured)} events)"] if measured else []
        if len(members) > len(measured):
            told.append(f"{len(members) - len(measured)} unmeasured, where nothing could have matched")
        put(console, f"{name}: {', '.join(told)}", indent=4)


def _name(one: Measurement) -> str:
    return f"{one.rule.detection.name} {one.rule.name.value}"


def _print_untimed(console: Console, groups: Iterable[Sequence[tuple[int, Measurement]]]) -> None:
    """Events without a time, counted once a language and part: no window can hold them."""
    untimed: dict[str, int] = {}
    for members in groups:
        by_language = {one.rule.name.language.value: one.exposure.untimed for _, one in members}
        for language, count in by_language.items():
            untimed[language] = untimed.get(language, 0) + count
    told = [f"{language}: {count} events without a time were left out" for language, count in untimed.items() if count]
    if told:
        console.print()
    for text in told:
        put(console, text)


def _print_notes(console: Console, measurements: Sequence[Measurement]) -> None:
    notes: dict[str, list[str]] = {}
    for one in measurements:
        for note in one.notes:
            queries = notes.setdefault(note, [])
            if one.rule.name.value not in queries:
                queries.append(one.rule.name.value)
    if notes:
        console.print()
        put(console, "Notes", "bold")
    for note, queries in notes.items():
        put(console, f"{', '.join(queries)}: {note}", "dim", 4)


def print_rates(console: Console, title: str, measurements: Sequence[Measurement]) -> None:
    """The rates of some measurements, with denominators and intervals."""
    console.print()
    put(console, title, "bold")
    for one in measurements:
        if one.unmeasured:
            put(console, f"{_name(one)}: unmeasured: {one.unmeasured}", indent=4)
            continue
        put(console, f"{_name(one)}: {_alerts(one.alerts)} in {one.events} events, {_hosts(one)}", indent=4)
        for rate in (one.per_million, one.per_host_day):
            if rate is not None:
                put(console, str(rate), "", 8)
        if one.alerts:
            _print_clusters(console, one)


def _print_clusters(console: Console, one: Measurement) -> None:
    """What alerts have in common: entities, and the interval that knows of hosts."""
    rate = one.by_host()
    if isinstance(rate, Unmeasured):
        put(console, f"by host {rate}", "dim", 8)
    else:
        put(console, f"by host {rate}", "", 8)
    kinds = [f"{len(values):,} {_named(kind, len(values))}" for kind, values in one.raised.entities.items()]
    if kinds:
        put(console, f"alerts name {', '.join(kinds)}", "", 8)


def _named(kind: str, count: int) -> str:
    return kind if count == 1 else f"{kind}es" if kind.endswith("s") else f"{kind}s"
