"""A sensor's event: the row that it writes, and the sensors that can be asked for one."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from emulator.events.instants import Ticks
from emulator.nodes import record

Value = str | int | bool | Mapping[str, str | int | bool]
"""A field as the sensor types it: Falcon writes text only; a Defender datetime is text with seven digits and `Z`."""
Row = dict[str, Value]

FALCON_STREAM = "events"
"""The one table that Falcon events go to: the stream that a LogScale query reads."""


class Sensor(enum.StrEnum):
    """What records: Defender's tables (in Sentinel or XDR), or Falcon, as raw FDR data or as NG-SIEM enriches it."""

    DEFENDER = "defender"
    FALCON_FDR = "falcon:fdr"
    FALCON_NG_SIEM = "falcon:ng-siem"


@record
class SensorEvent:
    """One row of one table; fields that the sensor can't know are absent from `row`."""

    sensor: Sensor
    table: str
    at: Ticks
    row: Row


def known(fields: Mapping[str, Value | None]) -> Row:
    """The fields that have a value: what isn't known stays out of a row."""
    return {name: value for name, value in fields.items() if value is not None}
