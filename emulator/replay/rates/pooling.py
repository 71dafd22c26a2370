"""Measurements of several parts of a corpus taken together, query by query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emulator.replay.measuring import Measurement
from emulator.replay.raised import Raised
from emulator.replay.windows import Exposure


def pooled(measurements: Iterable[Measurement]) -> list[Measurement]:
    """One measurement for each query: alerts and what was seen are added up over the parts it was measured on.

    The same host on the same day counts once. A query that no part measured stays unmeasured.
    """
    groups: dict[tuple[str, str], list[Measurement]] = {}
    for one in measurements:
        groups.setdefault((one.rule.detection.folder, one.rule.name.value), []).append(one)
    return [_pool(members) for members in groups.values()]


def _pool(members: list[Measurement]) -> Measurement:
    measured = [one for one in members if not one.unmeasured]
    if not measured:
        return members[0]
    exposure, raised = Exposure(), Raised()
    for one in measured:
        raised.include(one.raised)
        exposure.hosts |= one.exposure.hosts
        exposure.host_days |= one.exposure.host_days
        exposure.untimed += one.exposure.untimed
        for table, count in one.exposure.events.items():
            exposure.events[table] = exposure.events.get(table, 0) + count
    parts = f"{len(measured)} parts" if len(measured) > 1 else measured[0].part.name
    return Measurement(
        measured[0].rule,
        replace(measured[0].part, name=parts),
        exposure,
        windows=sum(one.windows for one in measured),
        alerts=sum(one.alerts for one in measured),
        shown=sum(one.shown for one in measured),
        raised=raised,
    )
