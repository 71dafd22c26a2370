"""Scenarios: an activity described once, with parameters, rendered as the events that each sensor would record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.activity import Activity
from emulator.events.instants import LAST, TICKS_PER_SECOND, Ticks, ticks_of
from emulator.events.scenarios.activities import ActivityTemplate, ProcessTemplate, Round, build
from emulator.events.scenarios.parameters import Parameter, Problem, problems, resolve
from emulator.events.scenarios.template import Template, Value
from emulator.events.sensors import Sensor, SensorEvent, render, silence
from emulator.nodes import record
from emulator.source import Source, Span

OUT_OF_TIME = code(
    "EVT3102",
    "a scenario would happen outside of the calendar",
    "Times lie between the years 1 and 9999. Choose a start (the case's `now`) that leaves room for the hours.",
)


@record
class Timing:
    """When a scenario begins before its start, and how often it is repeated at which distance."""

    hours_before: Template
    rounds: Template
    minutes_between: Template


@record
class Shown:
    """One signal that an author would look for, and what a sensor records in its place.

    `tables` are the Defender tables or the Falcon event names of the counterparts; without any, `silence` says why.
    """

    signal: str
    activity: Activity
    tables: tuple[str, ...]
    silence: str | None


@record
class Scenario:
    """A scenario as its file describes it."""

    name: str
    title: str
    description: str
    techniques: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    processes: Mapping[str, ProcessTemplate]
    templates: tuple[ActivityTemplate, ...]
    timing: Timing
    source: Source
    place: Span
    """Where the name stands in the file."""

    def problems(self, given: Mapping[str, object]) -> tuple[Problem, ...]:
        """Everything wrong with given parameters, for callers that know their places in a file."""
        return problems(self.name, self.parameters, given)

    def values(self, given: Mapping[str, object]) -> dict[str, Value]:
        """The value of every parameter: given, default or derived. Raises QueryError when a given one can't be used."""
        found = self.problems(given)
        if found:
            raise QueryError(list(_diagnostics(self.name, given, found)))
        return resolve(self.parameters, {name: value for name, value in given.items() if isinstance(value, str | int)})

    def activities(self, given: Mapping[str, object], *, start: datetime | Ticks) -> list[Activity]:
        """What happens, in time order. Raises QueryError for parameters that can't be used."""
        return [activity for _, activity in self._acted(given, start)]

    def render(
        self, given: Mapping[str, object], *, start: datetime | Ticks, sensor: Sensor | str
    ) -> list[SensorEvent]:
        """The events that a sensor records, in time order. Raises QueryError for parameters that can't be used."""
        return [event for activity in self.activities(given, start=start) for event in render(activity, sensor)]

    def signals(
        self, given: Mapping[str, object], *, start: datetime | Ticks, sensor: Sensor | str
    ) -> tuple[Shown, ...]:
        """Each signal that the scenario shows, with what this sensor records in its place."""
        return tuple(
            Shown(signal, activity, tuple(map(_table, render(activity, sensor))), silence(activity, sensor))
            for template, activity in self._acted(given, start)
            for signal in template.shows
        )

    def _acted(self, given: Mapping[str, object], start: datetime | Ticks) -> list[tuple[ActivityTemplate, Activity]]:
        """The templates that apply with their activities, in time order; equal times keep the file's order."""
        values = self.values(given)
        applying = [template for template in self.templates if template.applies(values)]
        acted = [(one, build(one, each)) for each in self._rounds(values, applying, start) for one in applying]
        return sorted(acted, key=lambda pair: pair[1].at)

    def _rounds(
        self, values: Mapping[str, Value], applying: list[ActivityTemplate], start: datetime | Ticks
    ) -> Iterator[Round]:
        hour = 3600 * TICKS_PER_SECOND
        first = start if isinstance(start, int) else ticks_of(start)
        first -= int(self.timing.hours_before.fill(values)) * hour
        rounds, apart = int(self.timing.rounds.fill(values)), int(self.timing.minutes_between.fill(values)) * hour // 60
        longest = max((template.at for template in self.templates), default=0)
        if not hour <= first <= LAST - rounds * apart - longest:
            raise QueryError([_out_of_time(self)])
        starts = {
            str(template.fields["process"].text): template.at
            for template in applying
            if template.kind == "process_started"
        }
        for number in range(rounds):
            yield Round(first + number * apart, number, values, self.processes, starts)


def _table(event: SensorEvent) -> str:
    """Where an event is found: its Defender table, or its Falcon event name."""
    return str(event.row["#event_simpleName"]) if "#event_simpleName" in event.row else event.table


def _out_of_time(scenario: Scenario) -> Diagnostic:
    message = f"scenario `{scenario.name}` would happen before the year 1 or after the year 9999"
    return Diagnostic(OUT_OF_TIME, message, scenario.place, "choose another start", scenario.source)


def _diagnostics(scenario: str, given: Mapping[str, object], found: tuple[Problem, ...]) -> Iterator[Diagnostic]:
    """Diagnostics over the given parameters written out one a line, for callers without a file."""
    places: dict[str, Span] = {}
    text = ""
    for name, value in given.items():
        line = f"{name}: {json.dumps(value, default=str)}\n"
        places[name] = Span(len(text), len(text) + len(line) - 1)
        text += line
    source = Source(f"parameters of {scenario}", text)
    for problem in found:
        yield Diagnostic(problem.code, problem.message, places[problem.parameter], problem.help, source)
