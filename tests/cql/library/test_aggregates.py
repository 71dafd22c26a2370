"""Laws of aggregates: parts that are merged give what the whole gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cql import library
from emulator.functions import Function, Kind

AGGREGATES = [one for one in library.functions().values() if one.kind is Kind.AGGREGATE]
CONSTANTS = {
    "count": (True,),
    "percentile": ((50, 99.5), 0.01, "p"),
    "collect": (("a", "b"), 3, True, ";", None),
    "selectLast": (("a",), None),
    "selectFromMax": (("a",), None),
    "selectFromMin": (("a",), None),
    "array:union": ("a[]", None),
    "array:intersection": ("a[]", None),
    "min": (None,),
    "max": (None,),
    "callFunction": ("count",),
    "linReg": ("_",),
}
PAIRS = ("collect", "selectLast", "selectFromMax", "selectFromMin", "counterAsRate", "linReg")
TEXTS = st.sampled_from(["1", "2.5", "-3", "x", "", "1e3", "10"])
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=6)


def values(function: Function, row: tuple[str, str]) -> tuple[object, ...]:
    if function.name.startswith("array:"):
        return ({"a[0]": row[0], "a[1]": row[1]},)
    return row if function.name in PAIRS else row[:1]


@pytest.mark.parametrize("function", AGGREGATES, ids=lambda one: one.name)
@given(parts=st.tuples(ROWS, ROWS))
def test_merged_parts_are_the_whole(function: Function, parts: tuple[list[tuple[str, str]], ...]) -> None:
    whole, first, second = (function.python(*CONSTANTS.get(function.name, ())) for _ in range(3))
    for state, rows in ((first, parts[0]), (second, parts[1])):
        for row in rows:
            state.step(*values(function, row))
            whole.step(*values(function, row))
    first.merge(second)
    assert first.finish() == whole.finish()


def test_every_aggregate_is_measured() -> None:
    assert {one.name for one in AGGREGATES} >= CONSTANTS.keys()
