"""These tests need the packages of the engine `duckdb`, which tox installs in one environment: that of `cov`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("sqlglot") else ["*test_*.py"]
