"""CQL6001: a condition on a field that no event of the selected type carries. CQL6005: or that some of them lack."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.diagnostics import Diagnostic, code
from emulator.proof.lints.falcon_catalogue import FalconCatalogue, falcon_catalogue
from emulator.proof.lints.field_conditions import Asked, asked_conditions
from emulator.proof.lints.subject import Subject

ABSENT_FIELD = code(
    "CQL6001",
    "a condition on a field that no event of the type carries",
    "The query has selected events of a type that lacks this field: raw (FDR) as well as enriched (NG-SIEM), or in the "
    "variant that the detection names. In CQL a comparison with a missing field is false, and so `!=` and `not` are "
    "true: an exclusion excludes nothing, and a condition never matches.",
)
PASSED_BY_LACK = code(
    "CQL6005",
    "an exclusion that events pass by lacking the field",
    "Of the selected types some carry the field and some don't. A missing field passes `!=` and `not`, so that all "
    "events of the other types go on, whatever they are. Ask for the field as well, or exclude in a branch of its own.",
)
_PROCESS = "ProcessRollup2"


def absent_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Each condition that events of the selected types can't decide."""
    if subject.language != "cql":
        return
    catalogue = falcon_catalogue(subject.variant)
    for asked in asked_conditions(subject):
        field = asked.condition.field
        meant = catalogue.meant(asked.events, field)
        if meant is not None:
            yield _warning(subject, asked, f"did you mean `{meant}`?")
        elif catalogue.lack(asked.events, field):
            yield _warning(subject, asked, _help(catalogue, field, sorted(asked.events)))


def passed_by_lack(subject: Subject) -> Iterator[Diagnostic]:
    """Each exclusion by a field that some of the selected events carry and some lack."""
    if subject.language != "cql":
        return
    catalogue = falcon_catalogue(subject.variant)
    for asked in asked_conditions(subject):
        one = asked.condition
        lacking = catalogue.lacking(asked.events, one.field)
        if not one.negated or not lacking or len(lacking) == len(asked.events):
            continue
        message = f"every {_listed(lacking)} event passes `{subject.text(one.span)}`: it carries no `{one.field}`"
        help = f"ask for the field too, `{one.field} = *`, or exclude in a branch of the events that carry it"
        yield subject.warning(PASSED_BY_LACK, message, one.span, help)


def _warning(subject: Subject, asked: Asked, help: str) -> Diagnostic:
    one = asked.condition
    outcome = "is always true" if one.negated else "can never match"
    listed = _listed(sorted(asked.events))
    message = f"`{subject.text(one.span)}` {outcome}: no {listed} event carries `{one.field}`"
    return subject.warning(ABSENT_FIELD, message, one.span, help)


def _listed(events: list[str]) -> str:
    return " or ".join(events)


def _help(catalogue: FalconCatalogue, field: str, events: list[str]) -> str:
    carried = frozenset.intersection(*(catalogue.events[name] for name in events))
    close = sorted(name for name in carried if name.endswith(field))
    if close:
        return f"compare `{close[0]}`, which these events carry"
    if field in catalogue.events[_PROCESS] and "ContextProcessId" in carried:
        return f"leave it out, or take `{field}` from the {_PROCESS} event whose TargetProcessId is ContextProcessId"
    return "leave it out, or compare a field that these events carry"
