"""Values of query parameters that a caller gives as they are in Python."""

from datetime import UTC, datetime, timedelta

import pytest

import emulator

pytestmark = pytest.mark.once

QUERY = "declare query_parameters(value: {kind}); print value"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("datetime", datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00.0000000Z"),
        ("timespan", timedelta(hours=1, microseconds=2), "01:00:00.0000020"),
        ("dynamic", True, True),
    ],
)
def test_a_value_is_one_of_its_type(kind: str, value: object, shown: object) -> None:
    query = emulator.compile(QUERY.format(kind=kind), language="kql")
    assert query.run({}, parameters={"value": value}).to_json()["rows"] == [[shown]]


@pytest.mark.parametrize(("kind", "value"), [("datetime", datetime(2026, 3, 1)), ("long", 1.5), ("bool", 1)])
def test_a_value_of_another_type_is_refused(kind: str, value: object) -> None:
    query = emulator.compile(QUERY.format(kind=kind), language="kql")
    with pytest.raises(emulator.QueryError) as refused:
        query.run({}, parameters={"value": value})
    assert [str(one.code) for one in refused.value.diagnostics] == ["KQL3046"]


@pytest.mark.parametrize("text", ["1, 2", "x = 1", "1 | take 1", "let", "now()", "'"])
def test_what_is_no_literal_is_refused(text: str) -> None:
    query = emulator.compile(QUERY.format(kind="long"), language="kql")
    with pytest.raises(emulator.QueryError) as refused:
        query.run({}, parameters={"value": text})
    assert [str(one.code) for one in refused.value.diagnostics] == ["KQL3046"]
