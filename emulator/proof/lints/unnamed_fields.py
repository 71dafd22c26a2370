"""CQL6007: several fields that a call is given without a list."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, Label, code
from emulator.proof.lints.subject import Subject

UNNAMED_FIELDS = code(
    "CQL6007",
    "several fields without a list",
    "The documentation gives a call one argument without a name: several fields are a list in brackets. Published "
    "rules leave the brackets out, and so the emulator reads `table(a, b)` as `table([a, b])`, by the assumption "
    "`unnamed-fields`; whether the product does is not documented.",
)


def unnamed_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Each call with a second argument that has no name."""
    for call in subject.nodes:
        unnamed = [one for one in call.arguments if one.name is None] if isinstance(call, cql.Call) else []
        if len(unnamed) < 2 or not all(isinstance(one.value, cql.Word | cql.Quoted) for one in unnamed):
            continue
        together = ", ".join(subject.text(one.span) for one in unnamed)
        also = (Label(unnamed[0].span, "the first one"),)
        message = "a second argument without a name"
        yield subject.warning(UNNAMED_FIELDS, message, unnamed[1].span, f"write a list: `[{together}]`", also=also)
