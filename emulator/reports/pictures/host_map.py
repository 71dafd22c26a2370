"""Which query fires on which host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from emulator.replay.measuring import Measurement
from emulator.reports.pictures.drawing import Picture, drawing, figure, picture, wrapped

MOST_HOSTS = 30
MOST_QUERIES = 16
_MOST_UPRIGHT = 5
_CHARACTERS = 84
"""What fits beside each other above the columns."""


def host_map_picture(measurements: Sequence[Measurement]) -> Picture | None:
    """Alerts by host and query, the noisiest hosts on top; the others are summed up below. None without a host."""
    columns = sorted((one for one in measurements if one.raised.by_host_day), key=lambda one: one.alerts, reverse=True)
    columns = columns[:MOST_QUERIES]
    if not columns:
        return None
    counts = _one_name_a_host([one.raised.by_host() for one in columns])
    total: Counter[str] = sum(counts, Counter())
    hosts = sorted(total, key=lambda host: (-total[host], host))
    rows = [(wrapped(host, 28, 1), [found[host] for found in counts]) for host in hosts[:MOST_HOSTS]]
    rest = hosts[MOST_HOSTS:]
    if rest:
        rows.append((f"{len(rest):,} more hosts", [sum(found[host] for host in rest) for found in counts]))
    with drawing():
        drawn = figure(1.7 + 0.24 * len(rows))
        axes: Any = drawn.add_subplot()
        _cells(axes, [cells for _, cells in rows])
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        few = len(columns) <= _MOST_UPRIGHT
        turned: dict[str, Any] = {} if few else {"rotation": 40, "ha": "left", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(columns)), [_heading(one, len(columns)) for one in columns], **turned)
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return picture("hosts", "Alerts by host and query", drawn)


def _heading(one: Measurement, columns: int) -> str:
    """The name of a query above its column, upright on several lines or turned on one."""
    name, query = one.rule.detection.name, one.rule.name.value
    if columns > _MOST_UPRIGHT:
        return f"{wrapped(name, 26, 1)} {query}"
    return f"{wrapped(name, _CHARACTERS // columns, 3)}\n{query}"


def _one_name_a_host(counts: Sequence[Counter[str]]) -> list[Counter[str]]:
    """Counts under the host's own name where one sensor says it with and another without its domain."""
    names = {name for found in counts for name in found}
    with_domain: Counter[str] = Counter(name.partition(".")[0] for name in names if "." in name)

    def own(name: str) -> str:
        short = name.partition(".")[0]
        return short if short in names and with_domain[short] == 1 else name

    merged = []
    for found in counts:
        one: Counter[str] = Counter()
        for name, count in found.items():
            one[own(name)] += count
        merged.append(one)
    return merged


def _cells(axes: Any, rows: Sequence[Sequence[int]]) -> None:
    """Coloured cells with their numbers; nothing where there is no alert."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    most = max(count for row in rows for count in row)
    norm = LogNorm(1, max(most, 10))
    colours = colormaps["cividis_r"]
    axes.set_xlim(-0.5, len(rows[0]) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for y, row in enumerate(rows):
        for x, count in enumerate(row):
            shade = float(norm(count)) if count else 0.0
            face = colours(shade) if count else "#f2f2f2"
            axes.add_patch(_cell(x, y, face))
            if count:
                axes.text(
                    x, y, f"{count:,}", ha="center", va="center", color="white" if shade > 0.5 else "black", fontsize=8
                )


def _cell(x: int, y: int, face: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.44), 0.96, 0.88, facecolor=face, edgecolor="none")
