"""Laws of windows: an aggregate and a pipeline that ends in it give the same, and a window has an end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator.cql.library.running import MOST_IN_WINDOW

pytestmark = pytest.mark.once
WINDOWS = ("accumulate({})", "slidingWindow({}, events=3)", "slidingTimeWindow({}, span=5ms)")
EVENTS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["1", "2.5", "x", ""])), max_size=8)


def windows(query: str, events: list[dict[str, str]]) -> list[tuple[object, ...]]:
    return emulator.run(f"head() | {query} | select([n, s])", language="cql", tables={"events": events}).rows


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("current", ["include", "exclude"])
@given(given=EVENTS)
def test_pipelines_give_what_their_aggregates_give(window: str, current: str, given: list[tuple[int, str]]) -> None:
    events = [{"@timestamp": str(time), "v": value} for time, value in given]
    call = window.replace("{}", f"{{}}, current={current}")
    plain = windows(call.format("[n := count(), s := sum(v)]"), events)
    assert plain == windows(call.format("[{n := count()}, {@timestamp=* | s := sum(v)}]"), events)


@pytest.mark.parametrize(("count", "fits"), [(MOST_IN_WINDOW, True), (MOST_IN_WINDOW + 1, False)])
def test_a_window_has_ten_thousand_events_at_most(count: int, fits: bool) -> None:
    query = "head(max) | slidingTimeWindow(count(), span=1d) | tail(1)"
    events = [{"@timestamp": str(time)} for time in range(count)]
    if fits:
        assert emulator.run(query, language="cql", tables={"events": events}).rows[0][1] == str(count)
        return
    with pytest.raises(emulator.QueryError, match="CQL5009"):
        emulator.run(query, language="cql", tables={"events": events})
