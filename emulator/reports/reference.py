"""Every code and assumption of the project, for `explain` and the documentation."""

from __future__ import annotations

import importlib
import pkgutil

import emulator
from emulator.assumptions import Assumption, declared_assumptions
from emulator.diagnostics import Code, declared_codes

_DECLARES_NOTHING = ("emulator.pytest_plugin", "emulator.columnar.")
"""Imported by pytest alone, or with the packages of an engine."""
_NEEDS_NOTHING = ("emulator.columnar.spark.sessions",)
"""Declares what is missing for an engine."""


def import_all() -> None:
    """Import every module of the package: codes and assumptions are declared where they are used."""
    for module in pkgutil.walk_packages(emulator.__path__, "emulator."):
        if module.name in _NEEDS_NOTHING or not module.name.startswith(_DECLARES_NOTHING):
            importlib.import_module(module.name)


def all_codes() -> dict[str, Code]:
    """Every code by its identifier."""
    import_all()
    return declared_codes()


def all_assumptions() -> dict[str, Assumption]:
    """Every assumption by its name."""
    import_all()
    return declared_assumptions()
