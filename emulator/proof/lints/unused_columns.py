"""RUL6001: a column that is computed and never used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, Label, code
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

_MOST_SHOWN = 3


def unused_columns(subject: Subject) -> Iterator[Diagnostic]:
    """Each name whose computed values, or some of them, reach neither a condition nor the result anywhere."""
    written = _names(subject)
    unused: dict[str, list[Span]] = {}
    for (name, span), used in computed_columns(subject.root).items():
        if not used and span in written and written[span][1] == name:
            unused.setdefault(name, []).append(written[span][0])
    for name, spans in unused.items():
        first, *others = sorted(spans)
        help = f"filter by `{name}`, show it in the result, or leave it out"
        label, also = "no later stage reads or shows it", tuple(Label(one, "nor this") for one in others[:_MOST_SHOWN])
        yield subject.warning(UNUSED_COLUMN, f"`{name}` is computed and never used", first, help, label, also)


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
