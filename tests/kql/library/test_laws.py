"""Laws of all functions of values: whatever the arguments, the result is of the declared type, or a named refusal."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.clock import MAX_DATETIME
from emulator.functions import Function, Kind, MeaningError, Mode, Nulls, Parameter
from emulator.kql import library
from emulator.types import Scalar, ScalarType

pytestmark = [pytest.mark.once, pytest.mark.untraced]
LONG = st.sampled_from([0, 1, -1, 2, 7, 255, 2**31, -(2**31), 2**63 - 1, -(2**63)]) | st.integers(-20, 20)
REAL = st.sampled_from([0.0, -0.0, 1.5, -2.5, 1e308, -1e-308, math.nan, math.inf, -math.inf, 90.0, 180.0])
DECIMAL = st.sampled_from([Decimal(0), Decimal("1.5"), Decimal("-1e6000"), Decimal("1e-6000"), Decimal(10) ** 40])
TEXT = st.sampled_from(
    [
        "",
        "a",
        "A b_c",
        "é\U0001f600",
        "10.0.0.1/8",
        "fe80::1",
        '{"a": [1]}',
        "2024-01-01",
        "1h",
        "<a b='c'>d</a>",
        "\\",
        "$.a",
    ]
) | st.text(max_size=8)
TICKS = st.sampled_from([0, 1, MAX_DATETIME, 638396640000000000])
GUID = st.just("01234567-89ab-cdef-0123-456789abcdef")
TYPED = st.builds(Scalar, st.just(ScalarType.DATETIME), TICKS) | st.builds(Scalar, st.just(ScalarType.DECIMAL), DECIMAL)
DYNAMIC = st.recursive(
    st.none() | st.booleans() | LONG | REAL | TEXT | TYPED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int": LONG.filter(lambda number: -(2**31) <= number < 2**31),
    "long": LONG,
    "integer": LONG,
    "real": REAL,
    "number": LONG | REAL,
    "decimal": DECIMAL,
    "string": TEXT,
    "text": TEXT,
    "datetime": TICKS,
    "timespan": LONG,
    "guid": GUID,
    "dynamic": DYNAMIC,
    "array": DYNAMIC,
    "bag": DYNAMIC,
    "boxed": DYNAMIC,
    "scalar": LONG | TEXT,
    "not_dynamic": TEXT,
    "type": st.sampled_from([kind for kind in ScalarType if kind.value not in ("text", "value")]),
}
AGREEING = {"widest": (LONG, REAL, DECIMAL), "common": (LONG, REAL, TEXT, DECIMAL), "mixed": (LONG, REAL, TEXT)}
PATTERN = st.sampled_from(["", "a", "(a)|b", r"\w+", "(?i)[^x]*", r"(?P<n>.)(.)?"])
GIVES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "long": (int,),
    "real": (float, int),
    "decimal": (Decimal,),
    "string": (str,),
    "datetime": (int,),
    "timespan": (int,),
    "guid": (str,),
    "dynamic": (bool, int, float, str, list, dict, Scalar),
}
FUNCTIONS = [
    one
    for one in library.functions()
    if one.kind is Kind.SCALAR and one.pure and not one.name.startswith("_") and one.signature.returns in GIVES
]


def drawn(parameter: Parameter, function: Function, shared: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if parameter.mode is Mode.CONSTANT and "regex" in parameter.name:
        return PATTERN
    values = shared if parameter.type in AGREEING else VALUES[parameter.type.split("|")[0]]
    if function.nulls is Nulls.TOTAL and parameter.type not in ("string", "text", "type"):
        return st.none() | values
    return values.filter(lambda value: value is not None)


def given_parameters(function: Function, data: st.DataObject) -> list[Parameter]:
    """The parameters that a call gives: what has the default null may be left out, with all that follows."""
    plain = [one for one in function.signature.parameters if not one.rest]
    nulls = [place for place, one in enumerate(plain) if one.default == "null"]
    end = data.draw(st.integers(nulls[0], len(plain))) if nulls else len(plain)
    return [*plain[:end], *(one for one in function.signature.parameters if one.rest)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.declaration)
@settings(max_examples=5)
@given(data=st.data())
def test_result_is_of_its_type(function: Function, data: st.DataObject) -> None:
    words = {parameter.type for parameter in function.signature.parameters} & AGREEING.keys()
    shared = data.draw(st.sampled_from(AGREEING[words.pop()])) if words else LONG
    arguments = [data.draw(drawn(one, function, shared)) for one in given_parameters(function, data)]
    try:
        result = function.python(*arguments)
    except MeaningError:
        return
    if function.signature.returns == "string":
        assert isinstance(result, str)
    else:
        assert result is None or isinstance(result, GIVES[function.signature.returns])
    if function.signature.returns == "long" and result is not None:
        assert -(2**63) <= result < 2**63
    if function.signature.returns == "datetime" and result is not None:
        assert 0 <= result <= MAX_DATETIME
