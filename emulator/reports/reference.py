"""Every code and assumption of the project, for `explain` and the documentation."""

from __future__ import annotations

import importlib
import pkgutil

import emulator
from emulator.assumptions import Assumption, declared_assumptions
from emulator.diagnostics import Code, declared_codes

_PLUGIN = "emulator.pytest_plugin"
"""Imported by pytest alone."""
_ENGINES = frozenset({"duckdb", "hyperscan", "pandas", "pyarrow", "pyspark", "sqlglot"})
_EXTRAS = _ENGINES | {"evtx", "jinja2", "matplotlib", "pooch", "requests"}
"""Packages that need not be there. Modules that need them declare no code, so that `explain` knows the same without."""


def import_all() -> None:
    """Import every module of the package: codes and assumptions are declared where they are used."""
    for module in pkgutil.walk_packages(emulator.__path__, "emulator."):
        if module.name == _PLUGIN:
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _EXTRAS:
                raise


def all_codes() -> dict[str, Code]:
    """Every code by its identifier."""
    import_all()
    return declared_codes()


def all_assumptions() -> dict[str, Assumption]:
    """Every assumption by its name."""
    import_all()
    return declared_assumptions()
