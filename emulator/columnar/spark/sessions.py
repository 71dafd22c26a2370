"""Sessions of Spark: started when a query first needs one, and used again within the process."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.columnar.spark.settings import Spark
from emulator.diagnostics import Code, QueryError, Reporter, code
from emulator.source import NOWHERE, Source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NEEDS_JAVA = code(
    "RUL2004",
    "an engine that finds no Java",
    "The engine `spark` needs Java 17 or later: install a JRE and put `java` on the path, or set JAVA_HOME.",
)
NO_SESSION = code(
    "RUL2005",
    "a cluster that does not answer",
    "No session of Spark could be started. Check the master and the settings; Spark's own words stand in the message.",
)
UNREADABLE = code(
    "RUL2006",
    "a table that Spark can't read",
    "Spark reads tables in Parquet, in Delta (when its package is on Spark's class path) and in JSON lines. Check the "
    "path, the storage's settings, and that the files of a table agree on the types of their columns.",
)
_OURS = {
    "spark.app.name": "ruleproof",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""Settings of a session that is started here, unless the caller has others."""
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.binaryAsString": "false",
    "spark.sql.parquet.int96AsTimestamp": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.mergeSchema": "true",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
"""Settings that decide what a query gives, in a session of the engine's own that shares the caller's cluster."""


def session_for(settings: Spark) -> SparkSession:
    """A session as the engine needs it. Raises QueryError when there is no way to one."""
    found = settings.session if settings.session is not None else _started(settings.master, _sorted(settings))
    own = found.newSession()
    for name, value in _MEANING.items():
        own.conf.set(name, value)
    return own


def refusal(what: Code, message: str, help: str) -> QueryError:
    """What to raise when Spark does not do what it is asked for."""
    return QueryError([Reporter(Source("engine", "")).error(what, message, NOWHERE, help)])


def _sorted(settings: Spark) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(settings.config.items()))


@cache
def _started(master: str, config: tuple[tuple[str, str], ...]) -> SparkSession:
    """A session of this process; Spark has one at a time."""
    if not _has_java():
        raise refusal(NEEDS_JAVA, "the engine `spark` needs Java, which is not on the path", "install Java 17 or later")
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        help = "give that session: engine=Spark(session=…), or use one master and one configuration"
        message = f"this process has a session of Spark's already, with the master {running.sparkContext.master}"
        raise refusal(NO_SESSION, message, help)
    log = files("emulator.columnar.spark").joinpath("quiet.properties")
    quiet = {"spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={Path(str(log)).as_uri()}"}
    conf = SparkConf().setMaster(master).setAll([*{**_OURS, **quiet, **dict(config)}.items()])
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with tempfile.TemporaryFile() as said:
        try:
            gateway = launch_gateway(conf=conf, popen_kwargs={"stderr": said})
            return SparkSession(SparkContext(gateway=gateway, conf=conf))
        except Exception as error:  # noqa: BLE001 - Spark raises whatever its Java side does
            SparkContext._gateway = None  # noqa: SLF001 - otherwise the next attempt would talk to the one that ended
            said.seek(0)
            words = [*said.read().decode("utf8", "replace").splitlines(), str(error).strip().partition("\n")[0]]
            told = next((line for line in words if "Exception" in line or "Error" in line or "Unsupported" in line), "")
            message = f"Spark starts no session with the master {master}: {told.strip() or words[-1]}"
            raise refusal(NO_SESSION, message, "check the master and the settings") from None


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java") is not None or (home is not None and Path(home, "bin", "java").exists())
