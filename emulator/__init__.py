"""ruleproof: run detection rules written in KQL and LogScale CQL, unmodified, and test them.

The public interface is `compile`, `run`, `check`, `Query`, `Result`, `Diagnostic` and `QueryError`.
"""

from emulator.diagnostics import Diagnostic, QueryError
from emulator.query import Query, check, compile, run
from emulator.result import Result

__all__ = ["Diagnostic", "Query", "QueryError", "Result", "check", "compile", "run"]
