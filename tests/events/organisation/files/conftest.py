"""These tests need pyarrow, which tox installs in one environment: that of `cov`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("pyarrow") else ["*test_*.py"]
