"""RUL6001: a column that is computed and never used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, code
from emulator.kql import syntax as kql
from emulator.proof.lints.liveness import computed_columns
from emulator.proof.lints.subject import Subject
from emulator.source import Span

UNUSED_COLUMN = code(
    "RUL6001",
    "a column that is computed and never used",
    "The query computes a column that no condition reads and that is not part of the result. Often a condition on it "
    "was forgotten, so that the rule finds more than was meant. Filter by it, show it, or leave it out.",
)


def unused_columns(subject: Subject) -> Iterator[Diagnostic]:
    """Each named computation whose value reaches neither a condition nor the result, wherever its text is used."""
    names = _names(subject)
    for (name, span), used in computed_columns(subject.root).items():
        if not used and span in names and names[span][1] == name:
            help = f"filter by `{name}`, show it in the result, or leave it out"
            message = f"`{name}` is computed and never used"
            yield subject.warning(UNUSED_COLUMN, message, names[span][0], help, "no later stage reads or shows it")


def _names(subject: Subject) -> Mapping[Span, tuple[Span, str]]:
    """By where a computation stands: where its name stands, and the name, if the author wrote one."""
    found: dict[Span, tuple[Span, str]] = {}
    for node in subject.nodes:
        match node:
            case kql.Target(name=kql.Name(span=span, text=text), value=value):
                found[value.span] = (span, text)
            case cql.Assign(target=target, span=span):
                found[span] = (target.span, target.text)
            case cql.Call(arguments=arguments, span=span):
                for one in arguments:
                    if one.name is not None and one.name.text == "as" and isinstance(one.value, cql.Word | cql.Quoted):
                        found.setdefault(span, (one.value.span, one.value.text))
    return found
