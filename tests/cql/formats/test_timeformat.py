"""Patterns of `formatTime()`, time zones, and the reading of timestamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.cql.timeformat import SPECIFIERS, FormatError, compile_time_format, timestamp_milliseconds
from emulator.cql.timezones import find_zone

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "timeformat.yaml").read_text("utf-8"))
TIMESTAMPS = yaml.safe_load((HERE / "timestamps.yaml").read_text("utf-8"))


def text(case: dict[str, Any]) -> str:
    zone = find_zone(case.get("zone", "UTC"))
    assert zone is not None
    return compile_time_format(case["pattern"], zone, case.get("locale")).render(case.get("at", 0))


@pytest.mark.parametrize("case", [case for case in CASES if "text" in case], ids=str)
def test_text(case: dict[str, Any]) -> None:
    assert text(case) == case["text"]


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=str)
def test_error(case: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as caught:
        text(case)
    assert (caught.value.message, caught.value.is_gap) == (case["error"], case.get("gap", False))
    assert caught.value.fix
    assert caught.value.offset == max(0, case["pattern"].find("%"))


@pytest.mark.parametrize("case", TIMESTAMPS, ids=str)
def test_timestamp(case: dict[str, Any]) -> None:
    assert timestamp_milliseconds(case["text"], case["unit"]) == case["milliseconds"]


@pytest.mark.parametrize("name", ["", "XYZ", "Europe/Nowhere", "+19:00", "UTC+x", "utc", "../etc/passwd", "+1:99"])
def test_unknown_zones(name: str) -> None:
    assert find_zone(name) is None


@given(st.datetimes(datetime(1000, 1, 1), datetime(9990, 1, 1)))
def test_the_same_as_python_where_python_has_the_specifier(when: datetime) -> None:
    aware = when.replace(tzinfo=UTC)
    milliseconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    pattern = "%H %I %M %S %B %b %A %a %Y %y %j %m %d %p %z"
    expected = aware.strftime(pattern).replace("AM", "am").replace("PM", "pm")
    assert compile_time_format(pattern).render(milliseconds) == expected


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.sampled_from(["UTC", "PST", "+05:30", "Europe/Copenhagen"]))
def test_any_instant_has_a_text(milliseconds: int, name: str) -> None:
    zone = find_zone(name)
    assert zone is not None
    assert compile_time_format(" ".join(f"%{letter}" for letter in sorted(SPECIFIERS)), zone).render(milliseconds)
