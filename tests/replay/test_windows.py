"""Windows: consecutive, complete, and each event in one of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import TICKS_PER_SECOND
from emulator.replay.windows import Exposure, Window, host_of, in_windows, windows

DAY = 864_000_000_000
TIMES = st.lists(st.integers(10 * DAY, 16 * DAY), min_size=1, max_size=30).map(sorted)


@given(TIMES, st.integers(DAY // 24, 2 * DAY))
def test_windows_follow_each_other_and_end_a_second_after_the_last_event(times: list[int], lookback: int) -> None:
    spans = windows(times[0], times[-1], lookback)
    assert spans[-1].end == times[-1] + TICKS_PER_SECOND
    assert all(one.end - one.start == lookback for one in spans)
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert spans[0].start <= times[0] < spans[0].end or len(spans) == 1


@given(TIMES, st.integers(DAY // 24, 2 * DAY))
def test_every_event_is_seen_by_one_window(times: list[int], lookback: int) -> None:
    spans = windows(times[0], times[-1], lookback)
    seen = list(in_windows(((at, at) for at in times), spans))
    assert [span for span, _ in seen] == spans
    assert [[at for at in times if span.start <= at < span.end] for span in spans] == [events for _, events in seen]
    assert sum(len(events) for _, events in seen) == len(times)


def test_events_outside_of_all_windows_are_left_out() -> None:
    span = Window(10, 20)
    assert list(in_windows([(5, "a"), (10, "b"), (19, "c"), (20, "d"), (30, "e")], [span])) == [(span, ["b", "c"])]


def test_exposure_counts_hosts_by_day() -> None:
    exposure = Exposure()
    for host, at in (("a", 0), ("a", 1), ("a", DAY), ("b", 0), ("", 0)):
        exposure.add("T", host, at)
    assert (exposure.events, len(exposure.hosts), len(exposure.host_days)) == ({"T": 5}, 2, 3)


@pytest.mark.parametrize(
    ("row", "host"),
    [
        ({"DeviceName": "A.corp", "aid": "1"}, "a.corp"),
        ({"DeviceName": "", "Computer": "B"}, "b"),
        ({"ComputerName": "C", "Computer": "B"}, "c"),
        ({"aid": "9F"}, "9f"),
        ({"Other": "x", "aid": None}, ""),
    ],
)
def test_the_host_of_a_row(row: dict[str, object], host: str) -> None:
    assert host_of(row) == host
