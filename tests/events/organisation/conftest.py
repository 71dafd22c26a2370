"""Profiles, and small organisations of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.events.organisation import Organisation

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="session")
def small() -> Organisation:
    """Ten computers over four days, the first of them a Monday."""
    return Organisation.from_profile(HERE / "small.yaml", seed=7, hosts=10, days=4)


@pytest.fixture(scope="session")
def office() -> Organisation:
    """The office of the corpus with forty computers on a Monday."""
    return Organisation.from_profile(ROOT / "corpus" / "profiles" / "office.yaml", 7, 40, 1, root=ROOT)
