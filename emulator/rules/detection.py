"""What a detection is: its queries, what they need, whom they find, and how they are tuned.

Everything here is built from files that were checked first (`emulator.rules.loading`), so no class validates again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from uuid import UUID

from emulator.nodes import record
from emulator.regular import regular
from emulator.rules.case import Case, Variant
from emulator.rules.names import Language, Origin, QueryName
from emulator.source import Source, Span


class Level(enum.StrEnum):
    """How bad an alert is, or how sure: the scale of severity and of confidence."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@record
class Attack:
    """Where the detection stands in MITRE ATT&CK."""

    tactic: str
    technique: str
    name: str
    reference: str


@record
class Recommended:
    """A corrected query that we would deploy instead, and what was changed."""

    source: Source
    assumptions: tuple[str, ...]
    changes: tuple[str, ...]


@record
class RuleQuery:
    """One query as deployed, byte for byte, and what its page says about it in our own words.

    `assumptions` are the named choices that the query opts in to. `tables` are what it reads: Defender tables for KQL,
    `#event_simpleName` values for CQL. `false_positives` are numbered from 1 by `Origin`. A query of a LogScale package
    brings what the package's queries have of each other (`given`), and may say itself how far back it looks.
    """

    language: Language
    source: Source
    title: str
    product: str
    page: str
    summary: str
    data_sources: tuple[str, ...]
    tables: tuple[str, ...]
    false_positives: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    recommended: Recommended | None = None
    variant: Variant | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    lookback: timedelta | None = None


@record
class Schedule:
    """How often the rule runs, how far back each run looks, and what its rows raise.

    A CQL query has no condition on time: the product searches the lookback. A KQL query has a condition of its own.
    `trigger` is a sign and how many rows a run must give; `each` row raises an alert of its own, or all of them one.
    """

    frequency: timedelta
    lookback: timedelta
    near_real_time: bool = False
    trigger: tuple[str, int] = (">", 0)
    each: bool = False
    suppression: timedelta = timedelta()
    throttle: timedelta = timedelta()
    throttle_field: str = ""


@record
class Entity:
    """A thing that an alert is about, and the column that holds it per language."""

    type: str
    columns: Mapping[Language, str]


@record
class Signal:
    """A trace that an activity is expected to leave, and where each sensor records it, if it does.

    `tables` maps a language to the tables or event names that carry the signal; a language that is missing has none.
    """

    id: str
    channel: str
    event: int
    text: str
    tables: Mapping[Language, tuple[str, ...]]
    span: Span


@record
class AttackTest:
    """A published way to exercise the technique, with the identifiers of the signals that it should leave."""

    title: str
    summary: str
    signals: tuple[str, ...]


PLACEHOLDER = regular(r"\{([a-z]+)(\|label)?\}")
"""How the condition of a tuning names one of its allow-lists; `{hosts|label}` stands for names without their domain."""


@record
class Exclusion:
    """What a tuning takes out: a condition in the rule's own language, with a `PLACEHOLDER` for each allow-list.

    `table` is the KQL table that the condition filters; CQL filters the one stream and has none.
    """

    text: str
    table: str
    span: Span


@record
class Tuning:
    """An exclusion with its reason, its allow-lists and the documented false positives that it answers."""

    id: str
    title: str
    rationale: str
    answers: tuple[Origin, ...]
    allow: Mapping[str, tuple[str, ...]]
    exclusions: Mapping[Language, tuple[Exclusion, ...]]
    span: Span


@record
class Budget:
    """The most alerts that the owners accept, by rate; None where they set no bound.

    With a `confidence` it must be shown, as certainly as that, that the rate is no higher.
    """

    alerts_per_host_day: float | None = None
    alerts_per_million_events: float | None = None
    confidence: float | None = None


@record
class Related:
    """Material that belongs to the detection; "" where it is not published."""

    playbook: str = ""
    guide: str = ""
    hunting: str = ""
    detections: tuple[str, ...] = ()


@record
class Detection:
    """One detection: everything in its folder, checked.

    `folder` is relative to the repository; `source` is its `detection.yaml`, into which `span` (of the identifier) and
    the spans of tunings point.
    """

    folder: str
    source: Source
    span: Span
    id: UUID
    title: str
    description: str
    attack: Attack
    severity: Level
    confidence: Level
    actors: tuple[str, ...]
    references: tuple[str, ...]
    related: Related
    schedule: Schedule
    entities: tuple[Entity, ...]
    budgets: Mapping[QueryName, Budget]
    queries: Mapping[Language, RuleQuery]
    signals: tuple[Signal, ...]
    tests: tuple[AttackTest, ...]
    tunings: tuple[Tuning, ...]
    cases: tuple[Case, ...]
    sigma: Source | None = None

    @property
    def name(self) -> str:
        """The folder's own name, which people type to choose a detection."""
        return self.folder.rpartition("/")[2]

    def lookback(self, language: Language) -> timedelta:
        """How far back each run of a language's query looks: as its own file says, else the schedule."""
        return self.queries[language].lookback or self.schedule.lookback

    def tuning(self, identifier: str) -> Tuning:
        """The tuning of that identifier; KeyError when there is none."""
        return {tuning.id: tuning for tuning in self.tunings}[identifier]

    def signals_of(self, case: Case) -> tuple[Signal, ...]:
        """The signals that the published tests behind a case expect, in the order of `signals`."""
        expected = {
            signal
            for origin in case.source
            if origin.part == "test"
            for signal in self.tests[origin.number - 1].signals
        }
        return tuple(signal for signal in self.signals if signal.id in expected)

    def readers(self, signal: Signal) -> tuple[Language, ...]:
        """The languages whose query reads a table that carries the signal."""
        return tuple(
            language
            for language, query in self.queries.items()
            if set(query.tables) & set(signal.tables.get(language, ()))
        )

    def unread_signals(self) -> tuple[Signal, ...]:
        """The signals that some test expects and no query reads: what the rule could still use."""
        return tuple(signal for signal in self.signals if not self.readers(signal))
