"""The scenarios of the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.events.scenarios.folder import Scenario, load_scenarios
from emulator.events.scenarios.reading import read_scenario
from emulator.source import Source

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def corpus() -> dict[str, Scenario]:
    """Every scenario of the corpus, by name."""
    return load_scenarios(ROOT / "corpus" / "scenarios", root=ROOT)


@pytest.fixture(scope="session")
def kinds() -> Scenario:
    """A scenario with one parameter of every kind."""
    name = "every_kind.yaml"
    return read_scenario(Source(name, (Path(__file__).parent / name).read_text("utf-8")))
