"""Rules on the clock, for people: what a schedule misses and repeats, and which would do better."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND
from emulator.replay.clocked.clocking import Advice, Clocked
from emulator.replay.clocked.rules import name_of

MOST_NAMED = 3
MOST_ADVICE = 3
_WIDTH = 76


def short(time: int) -> str:
    """A time in its two largest units, such as `1d 2h` or `35m`."""
    parts = []
    for name, size in (("d", TICKS_PER_DAY), ("h", TICKS_PER_HOUR), ("m", TICKS_PER_MINUTE), ("s", TICKS_PER_SECOND)):
        count, time = divmod(time, size)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


def schedule_lines(clocked: Clocked) -> Iterator[str]:
    """What happened to one rule, at most 80 columns wide."""
    found, deployed = clocked.comparison, clocked.deployment
    yield f"{clocked.rule.detection.name} {clocked.rule.name.value}"
    late = f", {short(deployed.delay)} after its time" if deployed.delay else ""
    what = "what came in during" if deployed.by_arrival else "back"
    yield f"  every {short(deployed.frequency)}, looks {what} {short(deployed.lookback)}{late}"
    yield f"  on {clocked.corpus}"
    if not clocked.events:
        yield "  unmeasured: the corpus has no events for it"
        return
    untimed = f" ({clocked.untimed:,} without a time left out)" if clocked.untimed else ""
    yield f"  events        {clocked.events:,}{untimed}, of which {clocked.matter:,} can matter"
    left_out = f", {found.simulated.left_out:,} left out" if found.simulated.left_out else ""
    yield f"  runs          {found.simulated.runs:,}{left_out}; alerts {len(found.simulated.alerts):,}"
    sampled = " (asked from some moments only)" if clocked.sampled else ""
    yield f"  detections    {found.detections:,} to be had{sampled}, {found.missed:,} missed"
    yield from _missed("in no window together", found.split)
    yield from _missed("arrived too late", found.late)
    yield from _missed("held back", found.held_back)
    repeated = f"{found.overlapping:,} by overlapping windows, {found.copied:,} by copies of events"
    yield f"  repeated      {found.simulated.repeated:,}: {repeated}"
    if found.unexpected:
        yield f"  besides       {len(found.unexpected):,} rows that no prompt look back gives"
    waits = [(share, found.wait(share)) for share in (0.5, 0.95, 1.0)]
    told = ", ".join(f"{share:.0%} within {short(wait)}" for share, wait in waits if wait is not None)
    yield f"  time to tell  {told or 'nothing was told'}"
    yield from _advice(clocked.advice)


def _missed(why: str, detections: Sequence[Hashable]) -> Iterator[str]:
    if not detections:
        return
    yield f"    {len(detections):,} {why}, such as"
    for one in detections[:MOST_NAMED]:
        text = " ".join(name_of(one).split())
        yield f"      {text if len(text) <= _WIDTH - 6 else text[: _WIDTH - 9] + '...'}"


def _advice(advice: Iterable[Advice]) -> Iterator[str]:
    for place, one in enumerate(list(advice)[:MOST_ADVICE]):
        label = "  better        " if not place else "    or          "
        missed = f"misses {one.missed:,}, repeats {one.repeated:,}, alerts {one.alerts:,}"
        yield f"{label}every {short(one.frequency)} looking back {short(one.lookback)}: {missed}"
