"""Settings of every test: how far properties go, and where recordings and recorded answers are."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

# No time limits: how long an example takes says nothing about the project, only about the machine.
settings.register_profile(
    "normal", derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("normal"), max_examples=10)
settings.register_profile("thorough", settings.get_profile("normal"), derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("RULEPROOF_HYPOTHESIS", "normal"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tests marked `untraced` and what they set up run at full speed: no coverage is measured meanwhile."""
    measuring = Coverage.current() if item.get_closest_marker("untraced") else None
    if measuring:
        measuring.stop()
    try:
        return (yield)
    finally:
        if measuring:
            measuring.start()


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands keep their results where nothing else is, never in the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RULEPROOF_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recordings that RULEPROOF_RECORDINGS names."""
    return _given("RULEPROOF_RECORDINGS", "the folder of recordings")


@pytest.fixture(scope="session")
def truth() -> Path:
    """The file of recorded engine answers, one JSON object a line, that RULEPROOF_TRUTH names."""
    return _given("RULEPROOF_TRUTH", "the file of recorded engine answers")


def _given(variable: str, what: str) -> Path:
    """The path in a variable; a test that needs it is skipped when it is not given, and fails when it leads nowhere."""
    place = os.environ.get(variable)
    if not place:
        pytest.skip(f"needs {what}: set {variable} to its path (see README.md)")
    if not Path(place).exists():
        pytest.fail(f"{variable} names nothing that exists: {place}")
    return Path(place)
