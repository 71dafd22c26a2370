"""Which cluster the engine `spark` asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.nodes import record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"


@record
class Spark:
    """The engine `spark` with settings: give it as `engine`.

    `master` is what Spark calls so: `local[2]`, `spark://host:7077`, `yarn`. `config` holds further settings of Spark,
    as for storage; those of a session are fixed when it starts, with the first query. With a `session` of the caller's,
    that one is asked, and never stopped.
    """

    master: str = LOCAL
    config: Mapping[str, str] = {}
    session: SparkSession | None = None
