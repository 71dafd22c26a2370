"""Queries that give several tables: one evaluation for all of them, and a note that the first is the result."""

import pytest

import emulator

pytestmark = pytest.mark.once


def test_the_rows_before_fork_are_evaluated_once() -> None:
    result = emulator.run("print r = rand() | fork (project r) (project r)", language="kql", tables={})
    assert [one.rows for one in result.more] == [result.rows]


def test_a_table_before_facet_is_read_once() -> None:
    query = "DeviceEvents | facet by DeviceName, ActionType"
    result = emulator.run(query, language="kql", tables={"DeviceEvents": [{"DeviceName": "a"}]})
    assert result.read == {"DeviceEvents": 1}
    assert result.notes == ("the query gives 2 tables; the rows of the first are its result",)


def test_columns_of_a_further_table_may_depend_on_the_rows() -> None:
    query = 'print a=1; print d=dynamic({"x":1}) | evaluate bag_unpack(d)'
    assert [one.to_json() for one in emulator.run(query, language="kql", tables={}).more] == [
        {"name": "", "columns": [{"name": "x", "type": "long"}], "rows": [[1]]}
    ]
