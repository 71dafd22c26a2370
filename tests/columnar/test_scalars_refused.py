"""What SQL is not made of, what is called with the interpreter's meaning and why, and how that fails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from emulator.columnar.expressions.cells import from_json, literal, to_json
from emulator.columnar.expressions.literals import literals
from emulator.columnar.expressions.regexes import cql_on_ascii, kql_on_ascii
from emulator.cql.patterns import compile_pattern
from emulator.types import Scalar, ScalarType

pytestmark = pytest.mark.once
ROW = {"S": "use", "U": "é", "N": 1, "M": 2, "I": 3, "R": 0.5, "Q": None, "B": True, "T": None, "V": None, "D": "x"}


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("cql", "use", "the whole event"),
        ("cql", 'array:contains("x[]", value=1)', "the whole event"),
        ("kql", "rand()", "another value each time"),
        ("kql", "strcat(S, tostring(new_guid()))", "another value each time"),
        ("kql", r'strcat("a\0b", "c")', "no form in SQL"),
    ],
)
def test_only_the_interpreter_can_tell(language: str, text: str, why: str) -> None:
    from tests.columnar.scalars_agreeing import Agreement, expression

    agreement = Agreement(language, [ROW if language == "kql" else {"S": "use", "U": "", "N": ""}])
    asked = expression(language, text)
    assert agreement.scalars.value(asked, agreement.values) is None
    assert why in str(agreement.scalars.why_not(asked, agreement.values))
    if asked.type is ScalarType.BOOL:
        assert agreement.scalars.condition(asked, agreement.values) is None
    assert not agreement.scalars.is_native(asked, agreement.values)
    agreement.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("parse_json(S).a", "`_member` has no SQL"),
        ('S has "use"', "`_has` of some values"),
        ("todecimal(N) > 1.5", "values of type decimal do not compare in SQL as they should"),
        ("abs(todecimal(N)) + 1", "has no SQL"),
        ('datetime_diff("month", T, V)', "has no SQL"),
        ('extract("u", 7, U)', "has no SQL"),
        ('S in ("a\\0b", "use")', "has no SQL"),
        ('S has "a\\0b"', "has no SQL"),
        ('S startswith "a\\0b"', "has no SQL"),
        ('S endswith "\\0"', "has no SQL"),
    ],
)
def test_why_a_value_is_called_with_the_meaning(text: str, reason: str) -> None:
    from tests.columnar.scalars_agreeing import Agreement, expression

    asked = expression("kql", text)
    agreement = Agreement("kql", [ROW])
    assert repr(agreement.valued([asked])[0]) == repr(agreement.interpreted(asked))
    assert reason in "; ".join(one.reason for one in agreement.meanings.listed)
    agreement.close()


def test_what_goes_wrong_in_a_meaning_is_kept() -> None:
    import duckdb

    from emulator.functions import MeaningError
    from tests.columnar.scalars_agreeing import Agreement, expression

    agreement = Agreement("kql", [{**ROW, "U": "("}])
    with pytest.raises(duckdb.Error):
        agreement.valued([expression("kql", "S matches regex U")])
    assert isinstance(agreement.meanings.failure, MeaningError)
    agreement.close()


def test_texts_that_are_too_long_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    from emulator.columnar.expressions import meanings
    from emulator.interpreter.context import LimitReached
    from tests.columnar.scalars_agreeing import Agreement, expression

    monkeypatch.setattr(meanings, "_MOST_CHARACTERS", 10)
    agreement = Agreement("kql", [ROW] * 4)
    with pytest.raises(duckdb.Error):
        agreement.valued([expression("kql", 'reverse(strcat(S, "."))')])
    assert isinstance(agreement.meanings.failure, LimitReached)
    agreement.close()


@pytest.mark.parametrize(
    "value",
    [
        Scalar(ScalarType.DECIMAL, Decimal("1.50")),
        [float("inf"), {"\0real": "x", "a": [float("-inf")]}],
        "\ud800",
        {"\ud800": {}},
        {},
    ],
)
def test_dynamic_values_without_a_form_in_json(value: object) -> None:
    assert repr(from_json(to_json(value))) == repr(value)


def test_what_is_no_dynamic_value() -> None:
    with pytest.raises(TypeError):
        to_json(object())


def test_constants_that_sql_cannot_write() -> None:
    assert literal("a\0b", ScalarType.STRING) is None
    assert literal("\ud800", ScalarType.STRING) is None
    assert literal(None, ScalarType.LONG) is not None


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", "a{300}", r"(?:a{20}){20}", r"\Ba"])
def test_patterns_that_are_searched_in_python(pattern: str) -> None:
    found = compile_pattern(pattern)
    assert cql_on_ascii(found.ascii_program, ignore_case=found.ignore_case) is None


def test_patterns_that_are_malformed_have_no_program() -> None:
    assert kql_on_ascii("(") is None


@pytest.mark.parametrize(
    "pattern", ["[a-z]{2}", "a*", "(?m:a)b", "^a|b$", "(a|b|c|d|e)(a|b|c|d|e){2}", "[a-cx]", "[^a]"]
)
def test_patterns_of_many_texts(pattern: str) -> None:
    assert literals(pattern, ignore_case=False) is None


def test_patterns_of_few_texts() -> None:
    found = literals(r"^(?:use|k1|k[2])$", ignore_case=True)
    assert found is not None
    assert (found.texts, found.fold, found.starts, found.ends, found.lines) == (
        ("use", "k1", "k2"),
        True,
        True,
        True,
        True,
    )
