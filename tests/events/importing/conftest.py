"""These tests need pyarrow and evtx, which tox installs in one environment: that of `cov`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("pyarrow") and find_spec("evtx") else ["*test_*.py"]
