"""The legs of a rule: the parts of a union, or the branches of a case, whose rows become alerts as they are."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from emulator.nodes import record
from emulator.plan.expressions import Expression, Not, fields
from emulator.plan.relations import Limit, Relation, Segment, Sort, Union
from emulator.plan.steps import Branch
from emulator.proof.lints.facts import Known
from emulator.proof.lints.falcon_catalogue import falcon_catalogue, selected_events
from emulator.proof.lints.plan_parts import relations
from emulator.proof.lints.subject import Subject
from emulator.source import Span


class Activity(enum.Enum):
    """What a row of a leg records."""

    START = "the start of a process"
    CONNECTION = "a connection of a process"


@record
class Source:
    """A table or event, what it records, and its fields that name the program."""

    activity: Activity
    programs: frozenset[str]


SOURCES = {
    "DeviceProcessEvents": Source(Activity.START, frozenset({"FileName"})),
    "DeviceNetworkEvents": Source(Activity.CONNECTION, frozenset({"InitiatingProcessFileName"})),
    "ProcessRollup2": Source(Activity.START, frozenset({"FileName", "ImageFileName"})),
    "NetworkConnectIP4": Source(Activity.CONNECTION, frozenset({"ContextBaseFileName"})),
    "NetworkConnectIP6": Source(Activity.CONNECTION, frozenset({"ContextBaseFileName"})),
}


@record
class Leg:
    """One leg: the tables or events that it may read, what is known of its rows, and where it stands.

    `relation` is its plan; None for the branch of a case.
    """

    sources: frozenset[str]
    known: Known
    span: Span
    relation: Relation | None = None

    @property
    def source(self) -> Source | None:
        """What its rows record, if that is one thing."""
        found = {SOURCES.get(name) for name in self.sources}
        kinds = {one.activity for one in found if one is not None}
        if None in found or len(kinds) != 1:
            return None
        return Source(kinds.pop(), frozenset().union(*(one.programs for one in found if one is not None)))


def legs(subject: Subject) -> list[Leg]:
    """The legs of a rule; none when it has only one, or when rows are grouped before they become alerts."""
    found = list(_legs(subject.root, subject))
    return found if len(found) > 1 else []


def _legs(relation: Relation, subject: Subject) -> Iterator[Leg]:
    match relation:
        case Sort(input=inner) | Limit(input=inner):
            yield from _legs(inner, subject)
        case Union(inputs=inputs):
            for one in inputs:
                yield from _parts(one, subject)
        case Segment(input=inner, steps=steps):
            branches = [step for step in steps if isinstance(step, Branch)]
            if branches:
                yield from _clauses(branches[-1], subject)
            else:
                yield from _legs(inner, subject)
        case _:
            pass


def _parts(relation: Relation, subject: Subject) -> Iterator[Leg]:
    """The legs of one input of a union, which may be a union itself."""
    inner = relation
    while isinstance(inner, Segment | Sort | Limit):
        inner = inner.input
    if isinstance(inner, Union):
        for one in inner.inputs:
            yield from _parts(one, subject)
        return
    known = subject.readings.after[id(relation)]
    scan = next(one for one in relations(relation) if one is inner)
    yield Leg(frozenset({known.table}) if known.table else frozenset(), known, scan.span, relation)


def _clauses(branch: Branch, subject: Subject) -> Iterator[Leg]:
    for reading in subject.readings.branches:
        if reading.step is branch:
            for known, span in zip(reading.ends, branch.spans, strict=True):
                yield Leg(_events(known), known, span)


def _events(known: Known) -> frozenset[str]:
    """The events that a clause lets through: those selected that carry each field it asks for."""
    selected = selected_events(known.passed)
    if selected is None or not known.table:
        return frozenset()
    asked = {name for one in known.passed if not isinstance(one, Not) for name in _one_field(one)}
    return frozenset(one for one in selected if not any(falcon_catalogue().lack([one], name) for name in asked))


def _one_field(condition: Expression) -> frozenset[str]:
    names = fields(condition)
    return names if len(names) == 1 else frozenset()
