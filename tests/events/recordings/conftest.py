"""Some of these tests need the packages that read Parquet and binary logs, which tox installs in one environment."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyarrow") and find_spec("evtx") else ["test_page.py", "test_parquet_rows.py"]
