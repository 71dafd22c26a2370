from __future__ import annotations

import pytest

from emulator.columnar.spark.settings import Spark


@pytest.fixture(scope="session")
def spark() -> Spark:
    """A cluster of this machine; its session starts with the first query and lasts as long as the tests."""
    return Spark("local[2]")
