"""Time as ticks: reading, printing, and the way there and back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator import clock

HERE = Path(__file__).parent
INSTANTS = yaml.safe_load((HERE / "instants.yaml").read_text("utf8"))
TIMESPANS = yaml.safe_load((HERE / "timespans.yaml").read_text("utf8"))
TICKS = st.integers(0, clock.MAX_DATETIME)


@pytest.mark.parametrize("case", INSTANTS, ids=lambda case: repr(case["text"]))
def test_instant(case: dict[str, str | None]) -> None:
    ticks = clock.parse_iso(str(case["text"]))
    assert (None if ticks is None else clock.format_datetime(ticks)) == case["reads"]


@pytest.mark.parametrize("case", TIMESPANS, ids=lambda case: repr(case["text"]))
def test_timespan(case: dict[str, str | None]) -> None:
    ticks = clock.parse_timespan(str(case["text"]))
    assert (None if ticks is None else clock.format_timespan(ticks)) == case["reads"]


@given(TICKS)
def test_instants_come_back(ticks: int) -> None:
    text = clock.format_datetime(ticks)
    assert clock.parse_iso(text) == clock.parse_iso(text.replace("T", " ")) == ticks


@given(st.integers(-clock.MAX_DATETIME, clock.MAX_DATETIME))
def test_timespans_come_back(ticks: int) -> None:
    assert clock.parse_timespan(clock.format_timespan(ticks)) == ticks


@given(st.datetimes(timezones=st.just(UTC)))
def test_datetimes_come_back(moment: datetime) -> None:
    assert clock.to_datetime(clock.from_datetime(moment)) == moment


def test_epochs() -> None:
    assert clock.from_unix(1, 5) == clock.from_datetime(datetime(1970, 1, 1, 0, 0, 1)) + 5
