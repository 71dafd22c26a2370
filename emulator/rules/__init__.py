"""Detections and their cases: the model, and the loaders that read them from a repository's files."""

from emulator.rules.case import (
    CQL_STREAM,
    Case,
    Events,
    Expectation,
    InlineEvents,
    Kind,
    RecordedEvents,
    ScenarioEvents,
    Value,
    Variant,
)
from emulator.rules.detection import (
    Attack,
    AttackTest,
    Budget,
    Detection,
    Entity,
    Exclusion,
    Level,
    Recommended,
    Related,
    RuleQuery,
    Schedule,
    Signal,
    Tuning,
)
from emulator.rules.loading import load_detection, load_detections
from emulator.rules.names import Language, Origin, QueryName
from emulator.rules.tuned_text import tuned_text
from emulator.rules.unread_signals import unread_signal_notes

__all__ = [
    "CQL_STREAM",
    "Attack",
    "AttackTest",
    "Budget",
    "Case",
    "Detection",
    "Entity",
    "Events",
    "Exclusion",
    "Expectation",
    "InlineEvents",
    "Kind",
    "Language",
    "Level",
    "Origin",
    "QueryName",
    "Recommended",
    "RecordedEvents",
    "Related",
    "RuleQuery",
    "ScenarioEvents",
    "Schedule",
    "Signal",
    "Tuning",
    "Value",
    "Variant",
    "load_detection",
    "load_detections",
    "tuned_text",
    "unread_signal_notes",
]
