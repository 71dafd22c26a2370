"""RUL6009: what the product would reject and an assumption accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from emulator.assumptions import EMPTY_STAND_INS
from emulator.diagnostics import Diagnostic, Severity, code
from emulator.proof.lints.subject import Subject
from emulator.query import check
from emulator.regular import regular

OPTED_IN = code(
    "RUL6009",
    "an assumption that the rule opts in to",
    "The product rejects this part of the query. The rule opts in to an assumption under which the emulator runs it as "
    "it was probably meant; whoever deploys the rule needs the fix.",
)

_BETWEEN = regular(r", (?=[^`]*(?:`[^`]*`[^`]*)*$)")
"""Between alternatives of a help line: a comma outside of quoted code."""


def accepted_by_assumption(subject: Subject) -> Iterator[Diagnostic]:
    """A note, with the fix, for each error that the query would have without its assumptions."""
    if not set(subject.assume) - {EMPTY_STAND_INS.name}:  # The product has those sources, and rejects nothing.
        return
    for found in check(subject.source.text, language=subject.language, name=subject.source.name):
        name = next((one for one in subject.assume if f"`{one}`" in found.help), None)
        if name is not None:
            message = f"{found.message}; accepted by the assumption `{name}`"
            fix = " or ".join(_BETWEEN.split(found.help.partition(", or opt in")[0]))
            yield replace(found, code=OPTED_IN, message=message, help=fix, severity=Severity.NOTE)
