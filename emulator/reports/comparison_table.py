"""An organisation beside recordings, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from emulator.replay.calibration.comparing import Comparison, RatesCompared, SharesCompared, median
from emulator.replay.calibration.made import Claim
from emulator.reports.lines import put

_MOST = 6
"""Keys that are listed of each marginal: those whose shares differ most."""


def print_comparison(console: Console, found: Comparison) -> None:
    """One recording: how far each marginal is from it, and what differs most."""
    put(console, f"{found.recorded.name} beside {found.made.name}", "bold")
    put(console, found.recorded.about, indent=4, hang=0)
    if found.recorded.limits:
        put(console, f"Limits: {found.recorded.limits}", indent=4, hang=0)
    if found.recorded.computers != "all":
        put(console, f"Compared with the computers of {found.recorded.computers} alone.", indent=4, hang=0)
    for one in found.rates:
        _print_rates(console, one)
    for shares in found.shares:
        _print_shares(console, shares)
    if not found.rates and not found.shares:
        put(console, "There is nothing that both can tell.", indent=4)
    console.print()


def _print_rates(console: Console, one: RatesCompared) -> None:
    put(console, f"{one.table} a host-day", indent=4)
    told = f"median recorded {_number(median(one.recorded))} ({_hosts(len(one.recorded))}), made "
    told += f"{_number(median(one.made))} ({_hosts(len(one.made))}, {one.below:.0%} of them below the recorded median)"
    put(console, told, "", 8)
    if one.distance is not None and one.p is not None:
        put(console, f"distance {one.distance:.2f} (Kolmogorov-Smirnov, p {one.p:.2g})", "", 8)


def _print_shares(console: Console, one: SharesCompared) -> None:
    turned = f", the recording's clock turned by {one.shift} hours" if one.shift else ""
    put(console, f"{one.marginal.title}{turned}", indent=4)
    events = f"{one.recorded:,} recorded, {one.made:,} made"
    put(console, f"distance {one.distance:.2f} (by chance at least {one.by_chance:.2f}); {events}", "", 8)
    if one.marginal.turns:
        return
    for each in one.differences[:_MOST]:
        put(console, f"{each.recorded:>7.1%} recorded {each.made:>7.1%} made  {each.key or '(none)'}", "dim", 8)


def print_claims(console: Console, name: str, claims: Sequence[Claim]) -> None:
    """What the profile claims, and on what it rests."""
    put(console, f"What {name} claims of itself", "bold")
    for one in claims:
        place = "" if one.kept else ", which it is not"
        put(console, f"{one.name}: {_number(one.value)}, claimed {one.low:g} to {one.high:g}{place}", indent=4)
        put(console, one.source, "dim", 8, 0)


def _hosts(count: int) -> str:
    return f"{count} host{'' if count == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
