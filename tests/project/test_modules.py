"""Every module of the package, whatever else was imported before it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import emulator

pytestmark = pytest.mark.once  # needs the packages of every engine


def test_all_modules_can_be_imported_together() -> None:
    """Codes, assumptions and functions are declared on import, so a name that is taken twice shows here."""
    found = [module.name for module in pkgutil.walk_packages(emulator.__path__, "emulator.")]
    assert [importlib.import_module(name).__name__ for name in found] == found
