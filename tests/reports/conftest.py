"""These tests need the packages that draw, which tox installs in one environment: that of `cov`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("matplotlib") and find_spec("jinja2") else ["*test_*.py"]
