"""What a command loads before it does anything: the time of a short one is that of its imports."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

_BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "start.py"))
_CHECK = """
import json, sys
from emulator.cli import main
sys.argv = ["ruleproof", "check", sys.argv[1]]
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)))
"""
_HEAVY = {"duckdb", "faker", "hypothesis", "jsonschema", "numpy", "pyarrow", "regex", "rich", "scipy", "sqlglot"}
_MOST = 240


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The modules of a process that checked one KQL rule of 100 lines."""
    folder = _BENCHMARK["write_repository"](tmp_path_factory.mktemp("start"))
    found = subprocess.run([sys.executable, "-c", _CHECK, str(folder)], capture_output=True, text=True, check=False)
    *printed, modules = found.stdout.splitlines()
    assert printed == ["1 detection checked: 0 errors, 0 warnings, 0 notes"], found.stderr
    return [str(name) for name in json.loads(modules)]


def test_a_check_loads_no_heavy_library(loaded: list[str]) -> None:
    assert not _HEAVY & set(loaded)


def test_a_check_loads_few_modules(loaded: list[str]) -> None:
    own = [name for name in loaded if name.partition(".")[0] == "emulator"]
    assert len(own) < _MOST, own
