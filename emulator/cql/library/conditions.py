"""Functions that keep or drop an event by its fields, and those that choose a value by a condition."""

from __future__ import annotations

from collections.abc import Callable

from emulator.assumptions import assumption
from emulator.cql import patterns
from emulator.cql.library.operators import searched
from emulator.cql.library.values import Event, Value, boolean
from emulator.cql.pattern_wildcards import wildcard as wildcard_test
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "conditions")
TEST_OF_NULL = assumption(
    "test-of-null",
    "cql",
    "`test()` drops an event for which its expression has no value, as where a field is missing: documented is only "
    "that such an expression is null",
)


def _in_of(_: object, values: tuple[str, ...], ignore_case: bool) -> Callable[[str | None], bool]:
    tests = [wildcard_test(value, ignore_case) for value in values]
    plain = frozenset(value for value in values if "*" not in value)
    if not ignore_case and len(plain) == len(values):
        return lambda field: field in plain
    return lambda field: field is not None and any(test(field) for test in tests)


@LIBRARY.filter(
    "in(field: field, values: texts, ignoreCase: bool = false) -> bool",
    doc="in",
    specialise=_in_of,
    examples="""
        in(f, values=["a", "b*"]) of f=bcd => true   [docs]
        in(f, values=["a"]) of f=A => false   [docs]
        in(f, values=["a"], ignoreCase=true) of f=A => true   [docs]
        in(f, values=["a"]) of => false   [reasoned]
    """,
)
def contained(field: str | None, values: tuple[str, ...], ignore_case: bool) -> bool:
    """True when the field is one of the values, each of which may hold wildcards; an absent field never is."""
    return _in_of(None, values, ignore_case)(field)


def _text_test(pattern: str, ignore_case: bool, *, anywhere: bool) -> Callable[[str], bool]:
    return wildcard_test(f"*{pattern}*" if anywhere else pattern, ignore_case)


@LIBRARY.filter(
    "wildcard(pattern: text, field: fields = none, ignoreCase: bool = false,"
    " includeEverythingOnAsterisk: bool = false, event: original) -> bool",
    doc="wildcard",
    examples="""
        wildcard(field=f, pattern=horse) of f=Horse => false   [docs]
        wildcard(field=f, pattern=horse, ignoreCase=true) of f=hOrSe => true   [docs]
        wildcard(field=f, pattern=*h*rse*, ignoreCase=true) of f=hooorse => true   [docs]
        wildcard(field=f, pattern=*) of => false   [docs]
        wildcard(field=f, pattern=*, includeEverythingOnAsterisk=true) of => true   [docs]
        wildcard(pattern=horse) of f="wild horses" => true   [docs]
    """,
)
def wildcard(
    pattern: str, fields: tuple[str | None, ...] | None, ignore_case: bool, everything: bool, event: Event | None
) -> bool:
    """True when a field matches as a whole; without fields, when any field of the event as it came holds it."""
    if everything and pattern == "*":
        return True
    if not fields:
        test = _text_test(pattern, ignore_case, anywhere=True)
        return any(map(test, searched(event or {})))
    test = _text_test(pattern, ignore_case, anywhere=False)
    return any(test(field) for field in fields if field is not None)


@LIBRARY.filter(
    "test(expression: expression) -> bool",
    doc="test",
    assumes=(TEST_OF_NULL.name,),
    examples="""
        test(a < b) of a=5 b=7 => true   [docs]
        test(a == "x") of a=x => true   [docs]
        test(a != 2 * b) of a=4 b=2 => false   [docs]
        test(length(a) == length(b)) of a=Chad b=POST => true   [docs]
        test(a == b) of a=1 => false   [reasoned]
    """,
)
def test(value: Value) -> bool:
    """True when the expression is; an expression without a value drops the event."""
    return boolean(value) is True


@LIBRARY.scalar(
    "if(condition: expression, then: expression, else: expression, as: text = _if) -> value",
    nulls=Nulls.TOTAL,
    doc="if",
    examples="""
        if(a > 1, then="big", else="small") of a=2 => big   [docs]
        if(a > 1, then="big", else="small") of => small   [docs]
        if(regex("^4", field=a), then="client", else=if(a == 500, then="server", else=a)) of a=302 => 302   [docs]
    """,
)
def choose(condition: Value, then: Value, otherwise: Value) -> Value:
    """One of two values: the first when the condition is true."""
    return then if boolean(condition) is True else otherwise


@LIBRARY.filter(
    "text:contains(string: expression, substring: expression) -> bool",
    doc="text-contains",
    examples="""
        text:contains(string=a, substring="b") of a=abc => true   [docs]
        text:contains(string=a, substring=c) of a=abc c=B => false   [reasoned]
    """,
)
def text_contains(text: Value, part: Value) -> bool:
    """True when one text is a part of another, case-sensitive."""
    return text is not None and part is not None and str(part) in str(text)


@LIBRARY.filter(
    "regex(regex: regex, field: field = @rawstring, flags: text = none, limit: number = none, repeat: bool = false,"
    " strict: bool = true) -> bool",
    doc="regex",
    examples="""
        regex("^ab", field=f) of f=abc => true   [docs]
        regex("AB", field=f, flags=i) of f=abc => true   [docs]
        regex("b", field=f) of => false   [docs]
    """,
)
def regex(
    pattern: patterns.Pattern, field: str | None, flags: str | None, limit: int | None, repeat: bool, strict: bool
) -> bool:
    """True when the pattern matches anywhere in the field; as a condition it extracts nothing."""
    del flags, limit, repeat
    return not strict or (field is not None and pattern.matches(field))
