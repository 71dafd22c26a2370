"""Patterns of `format()`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.cql.printf import compile_printf
from emulator.cql.timeformat import FormatError
from emulator.cql.timezones import find_zone

CASES = yaml.safe_load(Path(__file__).with_name("printf.yaml").read_text("utf-8"))


def text(case: dict[str, Any]) -> str:
    zone = find_zone(case.get("zone", "UTC"))
    assert zone is not None
    return compile_printf(case["pattern"], zone).render(case.get("values", []))


@pytest.mark.parametrize("case", [case for case in CASES if "text" in case], ids=str)
def test_text(case: dict[str, Any]) -> None:
    assert text(case) == case["text"]
    assert compile_printf(case["pattern"]).fields == len(case["values"])


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=str)
def test_error(case: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as caught:
        text(case)
    assert (caught.value.message, caught.value.is_gap) == (case["error"], case.get("gap", False))


CODES = st.from_regex(r"(?:%[0-9$<+,#.h -]{0,4}[diboxXfFeEtTcCsnHQ%]|[a-z ]){0,5}", fullmatch=True)
VALUES = st.lists(st.none() | st.text(max_size=5) | st.integers().map(str) | st.floats().map(str), min_size=9)


@given(CODES, VALUES)
def test_any_pattern_is_refused_or_prints(pattern: str, values: list[str | None]) -> None:
    with contextlib.suppress(FormatError):
        code = compile_printf(pattern)
        assert isinstance(code.render([*values, *[None] * code.fields]), str)


@given(st.decimals(-(10**9), 10**9, places=4).map(str))
def test_two_decimals_are_within_half_a_hundredth(value: str) -> None:
    assert abs(float(compile_printf("%.2f").render([value])) - float(value)) <= 0.0050001
