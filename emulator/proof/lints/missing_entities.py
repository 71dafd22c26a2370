"""RUL6008: a leg without a column that the mapping of entities needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.diagnostics import Diagnostic, code
from emulator.kql import syntax as kql
from emulator.plan.expressions import Const
from emulator.plan.relations import Relation, Scan, Segment
from emulator.plan.steps import Assign, Extract, Keep, Rename, Step
from emulator.proof.lints.falcon_catalogue import falcon_catalogue
from emulator.proof.lints.legs import Leg, legs
from emulator.proof.lints.plan_parts import relations
from emulator.proof.lints.subject import Subject
from emulator.rules import Entity, Language
from emulator.source import Span
from emulator.types import Rest

MISSING_ENTITY = code(
    "RUL6008",
    "a leg without the column of an entity",
    "The detection maps an entity to a column that rows of this leg lack or leave empty, so their alerts name nobody "
    "and nothing groups them. Add the column to the leg, under the name that the others use.",
)
NEEDED = ("account", "host")
"""The entities that every alert should have; an address or a file makes sense for some activities alone."""


def missing_entities(subject: Subject) -> Iterator[Diagnostic]:
    """Each entity whose column the result or a leg lacks."""
    if subject.detection is None:
        return
    for entity in subject.detection.entities:
        column = entity.columns.get(Language(subject.language))
        if column is not None and entity.type in NEEDED:
            yield from _missing(subject, entity, column)


def _missing(subject: Subject, entity: Entity, column: str) -> Iterator[Diagnostic]:
    whole = _lacking_result(subject.root, column)
    if whole is not None:
        help = f"show `{column}`, or map the {entity.type} to a column that the result has"
        message = f"the result has no `{column}`, which the {entity.type} is mapped to"
        yield subject.warning(MISSING_ENTITY, message, whole, help)
        return
    for leg in legs(subject):
        if leg.relation is None and _events_lack(leg, column):
            events = " or ".join(sorted(leg.sources))
            message = f"alerts of this branch have no `{column}`, which the {entity.type} is mapped to"
            help = f"take it from the event of the process that connects: {events} does not carry it"
            yield subject.warning(MISSING_ENTITY, message, leg.span, help)
        elif leg.relation is not None and not _gives(leg.relation, column):
            yield _leg_without(subject, entity, column, leg.relation)


def _lacking_result(root: Relation, column: str) -> Span | None:
    """Where the result was given its columns, when the one asked for is not among them."""
    if root.row.rest is Rest.CLOSED:
        return root.span if root.row.find(column) is None else None
    steps = root.steps if isinstance(root, Segment) else ()
    kept = next((step for step in reversed(steps) if isinstance(step, Keep)), None)
    return kept.span if kept is not None and column not in kept.names else None


def _events_lack(leg: Leg, column: str) -> bool:
    return column not in leg.known.assigned and falcon_catalogue().lack(leg.sources, column)


def _gives(relation: Relation, column: str) -> bool:
    """Whether a leg gives a column a value: nobody gave it an empty one, and it comes from somewhere."""
    name = column
    while isinstance(relation, Segment):
        for step in reversed(relation.steps):
            given = _given(step, name)
            if given is not None:
                return given
            if isinstance(step, Rename):
                name = next((old for old, new in step.pairs if new == name), name)
        relation = relation.input
    return relation.row.rest is not Rest.CLOSED or relation.row.find(name) is not None


def _given(step: Step, column: str) -> bool | None:
    """Whether a step gives a column a value, or takes it away; None when it does neither."""
    match step:
        case Keep(names=names) if column not in names:
            return False
        case Assign(assignments=assignments):
            values = [one.value for one in assignments if one.name == column]
            return not _is_empty(values[0]) if values else None
        case Extract(targets=targets) if any(one.name == column for one in targets):
            return True
    return None


def _is_empty(value: object) -> bool:
    return isinstance(value, Const) and value.value in ("", None)


def _leg_without(subject: Subject, entity: Entity, column: str, leg: Relation) -> Diagnostic:
    projects = {node.span: node.keyword for node in subject.nodes if isinstance(node, kql.Project)}
    where = _place(leg, projects)
    scan = next((one for one in relations(leg) if isinstance(one, Scan)), None)
    close = [name for name in scan.row.names if name.endswith(column)] if scan is not None else []
    message = f"this leg has no `{column}`, which the {entity.type} is mapped to"
    help = f"add `{column}` to its columns"
    if close:
        shortest = min(close, key=len)
        help = f"add `{column if shortest == column else f'{column} = {shortest}'}` to its columns"
    return subject.warning(MISSING_ENTITY, message, where, help)


def _place(leg: Relation, projects: Mapping[Span, Span]) -> Span:
    """The keyword of the `project` that chose a leg's columns, or where the leg's rows come from."""
    inner = leg
    while isinstance(inner, Segment):
        for step in reversed(inner.steps):
            if step.span in projects:
                return projects[step.span]
        inner = inner.input
    return inner.span
