"""What a case is: an activity, the events that show it, and what every query must make of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from emulator.nodes import record
from emulator.rules.names import Origin, QueryName
from emulator.source import Source, Span

Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | None
"""A value of a case file: what YAML without tags can say; times are text."""

CQL_STREAM = "events"
"""The table name under which inline rows are Falcon events, as in the public Python API."""


class Kind(enum.StrEnum):
    """Whether an alert would be right."""

    MALICIOUS = "malicious"
    BENIGN = "benign"


class Variant(enum.StrEnum):
    """How Falcon events look: raw from the data replicator, or enriched by the product."""

    FDR = "fdr"
    NG_SIEM = "ng-siem"


@record
class ScenarioEvents:
    """Events that a scenario renders for every sensor; `parameters` are the ones that the case fixes."""

    scenario: str
    parameters: Mapping[str, Value]
    span: Span


@record
class InlineEvents:
    """Rows written out by table; a column that a row leaves out is missing. Falcon events are under `CQL_STREAM`."""

    rows: Mapping[str, tuple[Mapping[str, Value], ...]]
    span: Span


@record
class RecordedEvents:
    """Events of one file of a recording that `corpus/recorded/<recording>.yaml` describes."""

    recording: str
    file: str
    span: Span


Events: TypeAlias = ScenarioEvents | InlineEvents | RecordedEvents


@record
class Expectation:
    """How many alerts one query must raise, and what some of them must hold.

    Each mapping of `rows` must agree with at least one alert in every column it names. A `known_miss` is a malicious
    activity that the query is known not to see: `most` is 0, and an alert is a failure that asks for a new expectation.
    """

    least: int
    most: int | None
    rows: tuple[Mapping[str, Value], ...]
    known_miss: str
    span: Span

    def allows(self, alerts: int) -> bool:
        """Whether that many alerts are as expected."""
        return self.least <= alerts and (self.most is None or alerts <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        if self.least == self.most:
            return f"exactly {self.most}"
        return f"{self.least} to {self.most}" if self.least else f"at most {self.most}"


@record
class Case:
    """One activity and what every query must do with it, today and after tuning.

    `file` holds every span: `span` is that of the identifier, `places` are those of the values of all keys. `source`
    names the page items that the case answers. `now` is when the queries run; None means one second after the last
    event. `tuning` is "" for cases that no tuning is about.
    """

    file: Source
    span: Span
    places: Mapping[str, Span]
    id: str
    title: str
    kind: Kind
    activity: str
    source: tuple[Origin, ...]
    variant: Variant
    now: datetime | None
    events: tuple[Events, ...]
    tuning: str
    expect: Mapping[QueryName, Expectation]
