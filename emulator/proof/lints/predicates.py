"""What one condition says about another: the same, implied, or impossible together.

Only forms whose meaning is certain are compared; of everything else nothing is said. A condition here is one that
was, or would have to be, true: so false and null are the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from emulator.cql.pattern_wildcards import wildcard
from emulator.kql.library import lookup
from emulator.nodes import record
from emulator.plan.expressions import (
    Along,
    And,
    Call,
    Compare,
    Comparison,
    Conditional,
    Const,
    Expression,
    Field,
    FromContext,
    ListQuery,
    Not,
    Or,
    Row,
    ScalarQuery,
    walk,
)
from emulator.types import ScalarType

MOST_ALTERNATIVES = 100
"""Conditions with more alternatives are not compared one by one: that would take their number squared."""


@record
class Domain:
    """The values that a condition leaves a field; with `folded` they are small letters, whatever the field's case."""

    field: str
    values: frozenset[Hashable]
    folded: bool


@record
class TextTest:
    """A part that a field's text must have somewhere; `part` is in small letters when `folded`."""

    how: str
    field: str
    part: str
    folded: bool


def key(expression: Expression) -> Hashable:
    """The same for expressions that give the same value for the same row, wherever they stand."""
    match expression:
        case Const(value=value, type=kind):
            return ("const", kind, repr(value))
        case Field(name=name):
            return ("field", name)
        case FromContext(what=what):
            return ("context", what)
        case Call(function=function, arguments=arguments):
            return ("call", id(function), *map(key, arguments))
        case Compare(operator=operator, left=left, right=right, fold=fold, one_null=one, both_null=both):
            return ("compare", operator, key(left), key(right), fold, one, both)
        case And(operands=operands) | Or(operands=operands):
            return (type(expression), *map(key, operands))
        case Not(operand=operand):
            return ("not", key(operand))
        case Conditional(branches=branches, otherwise=otherwise):
            return ("if", *((key(a), key(b)) for a, b in branches), key(otherwise))
        case Row() | ScalarQuery() | ListQuery() | Along():
            return ("own", id(expression))


def is_certain(expression: Expression) -> bool:
    """True when evaluating the expression again on the same row gives the same value."""
    return all(not isinstance(node, Call) or node.function.pure for node in walk(expression))


def conjuncts(expression: Expression) -> list[Expression]:
    """The conditions that all must hold."""
    if isinstance(expression, And):
        return [one for operand in expression.operands for one in conjuncts(operand)]
    return [expression]


def normal(expression: Expression) -> Expression:
    """A comparison with `!=` as the negation of one with `==`, where a missing value differs from every other."""
    match expression:
        case Compare(operator=Comparison.NOT_EQUAL, left=left, right=right, span=span, fold=fold, one_null=one_null):
            if one_null or ScalarType.STRING in (left.type, right.type):
                return Not(
                    Compare(Comparison.EQUAL, left, right, one_null=False, both_null=None, span=span, fold=fold), span
                )
    return expression


def domain(expression: Expression) -> Domain | None:
    """The values that a condition leaves one field, or None when it is no such condition."""
    match expression:
        case Compare(operator=Comparison.EQUAL, left=Field(name=name), right=Const(value=value), fold=fold):
            return _domain(name, [value], fold)
        case Compare(operator=Comparison.EQUAL, left=Const(value=value), right=Field(name=name), fold=fold):
            return _domain(name, [value], fold)
        case Or(operands=operands):
            return _joined([domain(one) for one in operands])
        case Call(function=function, arguments=(Field(name=name), *rest)):
            items = [one.value for one in rest if isinstance(one, Const)]
            if len(items) == len(rest):
                return _list_domain(function.identity, name, items)
    return None


def _list_domain(function: str, name: str, items: list[object]) -> Domain | None:
    match function, items:
        case (("kql._in" | "kql._in_fold"), _):
            return _domain(name, items, function == "kql._in_fold")
        case "cql.in", [tuple() as values, bool() as folded] if not any("*" in str(value) for value in values):
            return _domain(name, values, folded)
    return None


def _domain(name: str, values: Iterable[object], folded: bool) -> Domain | None:
    """None when a value is null or an array, or when it is not certain which letters are the same."""
    found: set[Hashable] = set()
    for value in values:
        if not isinstance(value, str | int | float) or (folded and not str(value).isascii()):
            return None
        found.add(value.lower() if folded and isinstance(value, str) else value)
    return Domain(name, frozenset(found), folded)


def _joined(several: list[Domain | None]) -> Domain | None:
    known = [one for one in several if one is not None]
    if len(known) < len(several) or len({(one.field, one.folded) for one in known}) != 1:
        return None
    return Domain(known[0].field, frozenset().union(*(one.values for one in known)), known[0].folded)


_TEXT_TESTS = ("contains", "startswith", "endswith", "has", "hasprefix", "hassuffix")


def text_test(expression: Expression) -> TextTest | None:
    """The part that a condition asks of one field, or None when it is no such condition."""
    if not isinstance(expression, Call):
        return None
    match expression.arguments:
        case (Field(name=name), Const(value=str(part))) if part:
            return _text_test(expression.function.identity, name, part)
    return None


def _text_test(function: str, name: str, part: str) -> TextTest | None:
    if function == "cql.operator:wildcard":
        inner = part.strip("*")
        hows = {(True, True): "contains", (False, True): "startswith", (True, False): "endswith"}
        how = hows.get((part.startswith("*"), part.endswith("*")))
        return TextTest(how, name, inner, folded=False) if how and inner and "*" not in inner else None
    language, _, operator = function.partition("._")
    how = operator.removesuffix("_cs")
    folded = how == operator
    if language != "kql" or how not in _TEXT_TESTS or (folded and not part.isascii()):
        return None
    return TextTest(how, name, part.lower() if folded else part, folded)


def _alternatives(expression: Expression) -> list[Expression] | None:
    """The conditions of which one must hold, or None."""
    match expression:
        case Or(operands=operands) if len(operands) <= MOST_ALTERNATIVES:
            return list(operands)
        case Call(function=function, arguments=(subject, *items)) if (
            function.identity == "kql._has_any" and len(items) <= MOST_ALTERNATIVES
        ):
            (has,) = lookup("_has")
            return [Call(has, (subject, item), expression.type, item.span) for item in items]
    return None


def implies(known: Expression, other: Expression) -> bool:
    """True when `other` is certainly true of every row of which `known` is."""
    known, other = normal(known), normal(other)
    if key(known) == key(other):
        return is_certain(known)
    if isinstance(other, And):
        return all(implies(known, one) for one in other.operands)
    either = _alternatives(known)
    if either is not None and all(implies(one, other) for one in either):
        return True
    if isinstance(known, And) and any(implies(one, other) for one in known.operands):
        return True
    several = _alternatives(other)
    if several is not None and any(implies(known, one) for one in several):
        return True
    if isinstance(other, Not):
        return _excludes(known, other.operand)
    return _narrower(known, other)


def contradicts(known: Expression, other: Expression) -> bool:
    """True when `other` is certainly not true of any row of which `known` is."""
    known, other = normal(known), normal(other)
    several = _alternatives(other)
    if several is not None:
        return all(contradicts(known, one) for one in several)
    if isinstance(other, And):
        return any(contradicts(known, one) for one in other.operands)
    if isinstance(other, Not):
        return implies(known, other.operand)
    return _excludes(known, other)


def _excludes(known: Expression, other: Expression) -> bool:
    """True when `other` is certainly false of every row of which `known` is true."""
    if isinstance(known, Not):
        return _is_total(other) and implies(other, known.operand)
    left, right = domain(known), domain(other)
    if left is None:
        return False
    if right is not None:
        return left.field == right.field and not _common(left, right)
    return not left.folded and all(_holds(other, left.field, value) is False for value in left.values)


def _is_total(expression: Expression) -> bool:
    """True for a condition that is never null, so that its negation is true wherever it is not."""
    return domain(expression) is not None or text_test(expression) is not None


def _common(left: Domain, right: Domain) -> bool:
    """True when some value fits both."""
    if left.folded or right.folded:
        return bool(_small(left.values) & _small(right.values))
    return bool(left.values & right.values)


def _small(values: Iterable[Hashable]) -> set[Hashable]:
    return {value.lower() if isinstance(value, str) else value for value in values}


def _narrower(known: Expression, other: Expression) -> bool:
    left, right = domain(known), domain(other)
    if left is not None and right is not None:
        return left.field == right.field and _within(left, right)
    if left is not None:
        return not left.folded and all(_holds(other, left.field, value) is True for value in left.values)
    one, two = text_test(known), text_test(other)
    return one is not None and two is not None and _asks_less(one, two)


def _within(left: Domain, right: Domain) -> bool:
    if right.folded:
        return _small(left.values) <= right.values
    return not left.folded and left.values <= right.values


def _holds(expression: Expression, field: str, value: Hashable) -> bool | None:
    """Whether a text condition on one field holds of a value; None when that can't be told."""
    test = text_test(expression)
    if test is None or test.field != field or not isinstance(value, str):
        return None
    return found_in(test, value.lower() if test.folded else value)


def found_in(test: TextTest, text: str) -> bool:
    """Whether a text has the part that a test asks for; both in small letters when the test is folded."""
    match test.how:
        case "startswith":
            return text.startswith(test.part)
        case "endswith":
            return text.endswith(test.part)
        case "contains":
            return test.part in text
    (function,) = lookup(f"_{test.how}_cs")
    return bool(function.python(text, test.part))


_STRONGER = {
    ("contains", "contains"), ("startswith", "startswith"), ("startswith", "contains"), ("endswith", "endswith"),
    ("endswith", "contains"), ("has", "has"), ("has", "contains"), ("hasprefix", "contains"), ("hassuffix", "contains"),
}  # fmt: skip
"""Pairs of tests: when the part of the first passes the second, so does every text that passes the first."""


def _asks_less(known: TextTest, other: TextTest) -> bool:
    """True when every text that passes `known` passes `other`."""
    if known.field != other.field or (known.folded and not other.folded) or (known.how, other.how) not in _STRONGER:
        return False
    return found_in(other, known.part.lower() if other.folded else known.part)


def wildcard_covers(pattern: str, value: str, *, folded: bool) -> bool:
    """True when a CQL pattern with `*` matches everything that `value`, a text or a pattern too, matches."""
    return wildcard(pattern, ignore_case=folded)(value)
