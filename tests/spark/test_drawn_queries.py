"""Drawn queries over drawn tables: Spark gives the interpreter's rows, its notes, and its counts of what was read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits
from tests.columnar.drawn_queries import cql, kql
from tests.columnar.test_plans import NOW, ROW, assert_same, compiled, table_files, write

pytestmark = pytest.mark.slow
LIMITS = Limits(seconds=300)


@pytest.mark.parametrize("language", ["kql", "cql"])
def test_drawn_queries(language: str, spark: Spark, tmp_path_factory: pytest.TempPathFactory) -> None:
    files = table_files(tmp_path_factory.mktemp("drawn"))
    tables = {"events": files["events"]} if language == "cql" else {name: files[name] for name in "TV"}
    queries = kql() if language == "kql" else cql()

    @settings(max_examples=12, phases=[Phase.generate], deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(ROW, max_size=30), st.lists(ROW, max_size=10), st.lists(queries, min_size=3, max_size=3))
    def law(rows: list[dict[str, Any]], more: list[dict[str, Any]], drawn: list[str]) -> None:
        write(rows, more, files)
        for query in filter(None, (compiled(text, language) for text in drawn)):
            assert_same(query.run(tables, engine=spark, now=NOW, limits=LIMITS), query.run(tables, now=NOW))

    law()
