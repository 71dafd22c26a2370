"""Laws of aggregates: parts of a group merge to the whole, and order matters only where a function says so."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.functions import Aggregator, Function, Kind
from emulator.kql.library import functions

# Limits, percentages and accuracies that the constant parameters take, in the order of their types.
CONSTANTS: dict[str, list[object]] = {"long": [4], "number": [50], "dynamic": [[5, 95.5]]}
JSON = st.sampled_from([None, True, 1, 1.5, "", "a", [], [1, None, "a"], {"a": 1}, {"b": [None], "a": {"c": 2}}])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-5, 5),
    "real": st.sampled_from([-1.5, 0.0, 0.25, 3.0]),
    "decimal": st.sampled_from([Decimal("0.1"), Decimal(3)]),
    "bool": st.booleans(),
    "string": st.sampled_from(["", "a", "B"]),
    "guid": st.sampled_from(["a", "b"]),
    "datetime": st.integers(1, 9),
    "timespan": st.integers(-9, 9),
    "dynamic": JSON,
    "boxed": JSON,
    "bag": JSON,
    "scalar": st.integers(-5, 5),
    "not_dynamic": st.integers(-5, 5),
    "orderable": st.integers(-5, 5),
    "number": st.integers(-5, 5),
    "summable": st.integers(-5, 5),
}
COLLECTING = re.compile(r"(make_?(list|set|bag|dictionary)|(take_)?any|arg_?(max|min))")
AGGREGATES = [one for one in functions() if one.kind is Kind.AGGREGATE]


def start(function: Function) -> Aggregator:
    constants = [CONSTANTS[one.type][0] for one in function.signature.parameters if one.mode.value == "const"]
    made: Aggregator = function.python(*constants)
    return made


def rows_of(function: Function) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    kinds = [one.type.split("|")[0] for one in function.signature.parameters if one.mode.value != "const"]
    row = st.tuples(*(VALUES[kind] for kind in kinds))
    kept = row if function.nulls.value == "total" else row.filter(lambda values: None not in values)
    return st.lists(kept, max_size=8)


def taken(function: Function, rows: list[tuple[Any, ...]]) -> Aggregator:
    state = start(function)
    for row in rows:
        state.step(*row)
    return state


def same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(left) and math.isnan(right))
    return left == right


@pytest.mark.untraced
@pytest.mark.parametrize("function", AGGREGATES, ids=lambda one: one.declaration)
@settings(max_examples=10, derandomize=True, deadline=None)
@given(data=st.data())
def test_laws(function: Function, data: st.DataObject) -> None:
    rows = data.draw(rows_of(function))
    whole = taken(function, rows).finish()
    cut = data.draw(st.integers(0, len(rows)))
    state = taken(function, rows[:cut])
    state.merge(taken(function, rows[cut:]))
    assert same(state.finish(), whole)
    if not COLLECTING.match(function.name):
        assert same(taken(function, rows[::-1]).finish(), whole)
