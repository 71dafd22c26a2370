"""CQL6004: a tag that a condition names as a field, or a field that it names as a tag."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.diagnostics import Diagnostic, code
from emulator.proof.lints.falcon_catalogue import FalconCatalogue, falcon_catalogue
from emulator.proof.lints.field_conditions import asked_conditions
from emulator.proof.lints.subject import Subject

TAG_AS_FIELD = code(
    "CQL6004",
    "a tag named as a field, or a field named as a tag",
    "A tag is named with its number sign everywhere: once a parser makes a tag of a field, the field is gone, and "
    "`event_simpleName=…` finds nothing where `#event_simpleName=…` finds all. The other way round, a number sign "
    "before a field that is no tag names something that no event has.",
)


def tags_as_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Each condition whose field has a number sign too few or too many."""
    if subject.language != "cql":
        return
    catalogue = falcon_catalogue(subject.variant)
    for asked in asked_conditions(subject):
        one = asked.condition
        better = _better(catalogue, one.field)
        if better is None or better in asked.assigned or not asked.as_stored:
            continue
        outcome = "is always true" if one.negated else "can never match"
        if one.field in catalogue.raw:
            outcome += " outside of raw lines"
        what = "is a tag" if better.startswith("#") else "is no tag"
        message = f"`{subject.text(one.span)}` {outcome}: `{better.removeprefix('#')}` {what}"
        yield subject.warning(TAG_AS_FIELD, message, one.span, f"write `{better}`")


def _better(catalogue: FalconCatalogue, field: str) -> str | None:
    """The name with its number sign put right; None for what is right, or not known."""
    if not field.startswith("#"):
        carried = field not in catalogue.raw and any(field in fields for fields in catalogue.events.values())
        return f"#{field}" if f"#{field}" in catalogue.tags - catalogue.ambiguous and not carried else None
    plain = field.removeprefix("#")
    return plain if field not in catalogue.tags and plain in catalogue.fields else None
