"""Laws of runs: of the detections' queries, over rows of cases and of an organisation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import from_datetime
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.tables import Raw
from emulator.query import Query, compile
from emulator.rules import QueryName
from tests.properties.conftest import NOW, drawn, silent

pytestmark = pytest.mark.once

CONFORMANCE = Path(__file__).parents[1] / "conformance" / "cql"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['prose']}")
    for path in sorted(CONFORMANCE.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
    if "rows" in case and not case.keys() & {"given", "parameters", "time_range", "now"}
]
each_query = pytest.mark.parametrize("query", QueryName)


@each_query
@given(st.data())
def test_the_order_of_events_changes_no_result(query: QueryName, data: st.DataObject) -> None:
    source = drawn(query)
    events = data.draw(st.lists(st.sampled_from(source.pool), max_size=40))
    assert source.run(data.draw(st.permutations(events))) == source.run(events)


@each_query
@given(st.data())
def test_events_add_rows_of_their_own_alone(query: QueryName, data: st.DataObject) -> None:
    source = drawn(query)
    lists = st.lists(st.sampled_from(source.pool), max_size=40)
    first, second = data.draw(lists), data.draw(lists)
    assert source.run(first + second) == sorted(source.run(first) + source.run(second))


@each_query
@given(st.data())
def test_events_that_match_no_stage_change_nothing(query: QueryName, data: st.DataObject) -> None:
    source = drawn(query)
    events = data.draw(st.lists(st.sampled_from(source.pool), max_size=20))
    noise = data.draw(st.lists(st.sampled_from(silent(query)), min_size=1))
    assert source.run([*noise, *events, *noise]) == source.run(events)


def rows(query: Query, tables: dict[str, Raw], given: dict[str, Any], trace: Callable[..., bool] | None) -> list[Any]:
    root = query.bound(given).root
    return list(
        compile_relation(root, tracing=trace is not None)(Run(from_datetime(NOW), tables, Limits(), trace=trace))
    )


def kept(_step: object, _read: object, values: tuple[object, ...]) -> bool:
    return all(value is True for value in values)


@each_query
def test_a_traced_run_gives_what_an_untraced_one_gives(query: QueryName) -> None:
    source = drawn(query)
    tables: dict[str, list[Any]] = {}
    for table, row in source.pool:
        tables.setdefault(table, []).append(row)
    raw = {name: Raw(found) for name, found in tables.items()}
    given = dict(source.rule.given)
    untraced = rows(source.rule.query, raw, given, None)
    assert untraced
    assert rows(source.rule.query, raw, given, kept) == untraced


@pytest.mark.untraced
@pytest.mark.parametrize("case", CASES)
def test_so_does_each_documented_query(case: dict[str, Any]) -> None:
    query = compile(case["query"], language="cql", assume=case.get("assume", ()))
    raw = {"events": Raw(case.get("events", []))}
    assert rows(query, raw, {}, kept) == rows(query, raw, {}, None)
