"""Sensors: an activity rendered as the events that each sensor would record of it."""

from __future__ import annotations

from emulator.events.activity import Activity
from emulator.events.sensors import falcon
from emulator.events.sensors.defender import render_defender
from emulator.events.sensors.event import FALCON_STREAM, Row, Sensor, SensorEvent, Value
from emulator.events.sensors.falcon import render_falcon

__all__ = ["FALCON_STREAM", "Row", "Sensor", "SensorEvent", "Value", "render", "silence"]


def render(activity: Activity, sensor: Sensor | str) -> list[SensorEvent]:
    """The events that a sensor records of an activity; none where it records nothing (`silence` says why).

    The same activity always gives the same rows. Raises ValueError for a sensor that there is none of.
    """
    which = Sensor(sensor)
    return render_defender(activity) if which is Sensor.DEFENDER else render_falcon(activity, which)


def silence(activity: Activity, sensor: Sensor | str) -> str | None:
    """Why a sensor records nothing of an activity, for people; None where it records something."""
    return None if Sensor(sensor) is Sensor.DEFENDER else falcon.silence(activity)
