"""The scenarios of the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.events.scenarios import Scenario, load_scenarios

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def corpus() -> dict[str, Scenario]:
    """Every scenario of the corpus, by name."""
    return load_scenarios(ROOT / "corpus" / "scenarios", root=ROOT)
