"""RUL6004 in regular expressions, and RUL6005: an optional character that looks like an optional word."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, code
from emulator.kql import syntax as kql
from emulator.proof.lints.contained_values import superfluous
from emulator.proof.lints.pattern_parts import Alternatives, alternatives, covers, half_optional_numbers
from emulator.proof.lints.subject import Subject
from emulator.source import Span

HALF_OPTIONAL = code(
    "RUL6005",
    "an optional character that looks like an optional word",
    "`?` makes one character optional: `name64?` matches `name6` and `name64`, but not `name`. Write `name(64)?` when "
    "all of it is optional.",
)
_Pattern = tuple[str, int, bool]
"""A pattern's text, where it stands, and whether it ignores case."""


def contained_alternatives(subject: Subject) -> Iterator[Diagnostic]:
    """Each alternative of a pattern that another one makes superfluous."""
    for text, offset, folded in _patterns(subject):
        for group in alternatives(text):
            for narrow, wide, same in _contained(group, folded):
                yield superfluous(subject, _moved(narrow, offset), _moved(wide, offset), same=same)


def half_optional_words(subject: Subject) -> Iterator[Diagnostic]:
    """Each number in a pattern whose last digit alone is optional."""
    for text, offset, _ in _patterns(subject):
        for span in half_optional_numbers(text):
            number = text[span.start : span.end - 1]
            message = f"`?` makes only the last digit of `{number}` optional"
            help = f"write `({number})?` if all of it is optional, else `{number[:-1]}({number[-1]})?`"
            label = f"matches `{number[:-1]}` and `{number}`"
            yield subject.warning(HALF_OPTIONAL, message, _moved(span, offset), help, label)


def _moved(span: Span, offset: int) -> Span:
    return Span(span.start + offset, span.end + offset)


def _patterns(subject: Subject) -> Iterator[_Pattern]:
    """Every pattern of a condition that stands in the text as it is read."""
    for node in subject.nodes:
        match node:
            case (
                cql.Comparison(value=cql.Regex(flags=flags, pattern_span=span))
                | cql.FreeText(value=cql.Regex(flags=flags, pattern_span=span))
            ):
                text = subject.source.slice(span)
                yield text, span.start, "i" in flags or text.startswith("(?i)")
            case kql.Binary(operator=kql.BinaryOperator.MATCHES_REGEX, right=kql.Literal(value=str(text)) as literal):
                start = subject.source.slice(literal.span).find(text)
                if start >= 0:
                    yield text, literal.span.start + start, text.startswith("(?i)")


def _contained(group: Alternatives, folded: bool) -> Iterator[tuple[Span, Span, bool]]:
    """Superfluous alternatives, each with a wider one or one that is the same: of two such the later is superfluous."""
    plain = [(one.text.lower() if folded else one.text, one.span) for one in group.items if one.text]
    for number, (text, span) in enumerate(plain):
        for position, (other, wider) in enumerate(plain):
            if position != number and covers(group, other, text) and (other != text or position < number):
                yield span, wider, other == text
                break
