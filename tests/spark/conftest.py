"""Tests of a cluster need the packages of the engines `spark` and `duckdb`; others of these do not."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from emulator.columnar.spark.settings import Spark

collect_ignore = [] if find_spec("sqlglot") else ["test_conformance.py", "test_drawn_queries.py", "test_java.py"]


@pytest.fixture(scope="session")
def spark() -> Spark:
    """A cluster of this machine; its session starts with the first query and lasts as long as the tests."""
    return Spark("local[2]")
