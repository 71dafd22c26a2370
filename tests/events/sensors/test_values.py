"""Times and addresses as sensors write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.events.addresses import address_kind
from emulator.events.instants import EPOCH, LAST, epoch_milliseconds, epoch_seconds, iso, parse_instant, ticks_of
from emulator.events.sensors.identity import process_number_without_guid, process_numbers_without_guid

HERE = Path(__file__).parent
INSTANTS = yaml.safe_load((HERE / "instants.yaml").read_text("utf-8"))
ADDRESSES = yaml.safe_load((HERE / "addresses.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("text", "expected"), INSTANTS)
def test_instant(text: str, expected: str | None) -> None:
    ticks = parse_instant(text)
    assert (None if ticks is None else iso(ticks)) == expected


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_address_kind(text: str, expected: str | None) -> None:
    assert address_kind(text) == expected


@given(st.integers(0, LAST))
def test_ticks_survive_their_text(ticks: int) -> None:
    assert parse_instant(iso(ticks)) == ticks
    assert float(epoch_seconds(ticks)) * 1000 == pytest.approx(float(epoch_milliseconds(ticks)), abs=0.5)


@given(st.datetimes(timezones=st.just(UTC)))
def test_ticks_of_a_datetime(moment: datetime) -> None:
    assert parse_instant(moment.isoformat(timespec="microseconds")) == ticks_of(moment)


def test_the_epoch_and_a_moment_before_it() -> None:
    assert (epoch_milliseconds(EPOCH), epoch_seconds(EPOCH)) == ("0", "0.000")
    assert (epoch_milliseconds(EPOCH - 1), epoch_seconds(EPOCH - 1)) == ("-1", "-0.001")


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        ticks_of(datetime(2026, 3, 2))


@given(st.lists(st.tuples(st.text("aZ{|}é-.", max_size=6), st.integers(0, 1 << 32), st.integers(0, LAST))))
def test_numbers_of_many_processes_are_those_of_each(processes: list[tuple[str, int, int]]) -> None:
    columns = zip(*processes, strict=True) if processes else ((), (), ())
    assert process_numbers_without_guid(*columns) == [process_number_without_guid(*one) for one in processes]
