"""RUL6004: a value of a list that another one of the list makes superfluous."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, Label, code
from emulator.kql import syntax as kql
from emulator.nodes import record
from emulator.proof.lints.predicates import TextTest, found_in, wildcard_covers
from emulator.proof.lints.subject import Subject
from emulator.source import Span

CONTAINED_ALTERNATIVE = code(
    "RUL6004",
    "an alternative that another one contains",
    "Whatever this alternative finds, another alternative of the same list or pattern finds as well, so it changes "
    "nothing. Leave it out, or make the other one narrower if it finds too much.",
)
_Covers = Callable[[str, str], bool]
"""Whether a first value finds all that a second one finds."""
_MOST = 500
"""Values of a list that are compared; every pair takes its time."""


@record
class _Value:
    text: str
    span: Span


def contained_values(subject: Subject) -> Iterator[Diagnostic]:
    """Each value of a list that is there already, or that another value covers."""
    for node in subject.nodes:
        match node:
            case kql.InList(operator=operator, items=items):
                yield from _kql_list(subject, operator, _literals(items))
            case cql.InfixIn(values=values):
                yield from _cql_list(subject, _words(values), folded=False)
            case cql.Call(name=name) if name.lower() == "in":
                yield from _call_of_in(subject, node)


def _literals(items: Sequence[kql.Expression]) -> list[_Value]:
    """The text values of a KQL list."""
    return [_Value(one.value, one.span) for one in items if isinstance(one, kql.Literal) and isinstance(one.value, str)]


def _kql_list(subject: Subject, operator: kql.ListOperator, values: Sequence[_Value]) -> Iterator[Diagnostic]:
    match operator:
        case kql.ListOperator.IN | kql.ListOperator.NOT_IN:
            yield from _covered(subject, values, lambda wide, narrow: wide == narrow)
        case kql.ListOperator.IN_FOLD | kql.ListOperator.NOT_IN_FOLD:
            yield from _covered(subject, values, lambda wide, narrow: _small(wide) == _small(narrow))
        case kql.ListOperator.HAS_ANY:
            yield from _covered(subject, values, _has)
        case kql.ListOperator.HAS_ALL:
            yield from _covered(subject, values, lambda wide, narrow: _has(narrow, wide))


def _small(text: str) -> str:
    return text.lower() if text.isascii() else text


def _has(wide: str, narrow: str) -> bool:
    """True when every text that has the term `narrow` has the term `wide`."""
    test = TextTest("has", "", _small(wide), folded=True)
    return found_in(test, _small(narrow)) if wide else _small(wide) == _small(narrow)


def _call_of_in(subject: Subject, call: cql.Call) -> Iterator[Diagnostic]:
    """A call of CQL's `in`, whose arguments have the parser's form."""
    given = {one.name.text.lower(): one.value for one in call.arguments if one.name is not None}
    values, ignore = given.get("values"), given.get("ignorecase")
    if isinstance(values, cql.Array):
        folded = isinstance(ignore, cql.Boolean) and ignore.value
        yield from _cql_list(subject, _words(values.items), folded=folded)


def _words(items: Sequence[cql.Value]) -> list[_Value]:
    return [_Value(one.text, one.span) for one in items if isinstance(one, cql.Word | cql.Quoted | cql.Number)]


def _cql_list(subject: Subject, values: Sequence[_Value], *, folded: bool) -> Iterator[Diagnostic]:
    yield from _covered(subject, values, lambda wide, narrow: wildcard_covers(wide, narrow, folded=folded))


def _covered(subject: Subject, values: Sequence[_Value], covers: _Covers) -> Iterator[Diagnostic]:
    """A warning for each value that another covers; of two that cover each other the later one is superfluous."""
    for number, one in enumerate(values[:_MOST]):
        wider = _wider(one, number, values[:_MOST], covers)
        if wider is not None:
            yield superfluous(subject, one.span, wider.span, same=covers(one.text, wider.text))


def _wider(one: _Value, number: int, values: Sequence[_Value], covers: _Covers) -> _Value | None:
    for position, other in enumerate(values):
        is_covered = position != number and covers(other.text, one.text)
        if is_covered and (position < number or not covers(one.text, other.text)):
            return other
    return None


def superfluous(subject: Subject, span: Span, wider: Span, *, same: bool = False) -> Diagnostic:
    """The warning about an alternative that a wider one, or one that means the `same`, makes superfluous."""
    narrow_text, wide_text = subject.text(span), subject.text(wider)
    if same:
        message = f"`{narrow_text}` stands here already" + (f" as `{wide_text}`" if narrow_text != wide_text else "")
        help, label = f"leave `{narrow_text}` out", "this one means the same"
    else:
        message = f"`{wide_text}` finds all that `{narrow_text}` finds"
        help, label = f"leave `{narrow_text}` out, or make `{wide_text}` narrower", "this one is wider"
    return subject.warning(CONTAINED_ALTERNATIVE, message, span, help, also=(Label(wider, label),))
