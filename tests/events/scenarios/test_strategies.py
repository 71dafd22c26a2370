"""What properties draw from a scenario."""

from __future__ import annotations

import re

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.scenarios.folder import Scenario
from emulator.events.scenarios.strategies import strategy

ALLOWED = ("srv-cm-01", "SRV-CM-02")


@given(data=st.data())
def test_pinned_values_stay(data: st.DataObject, corpus: dict[str, Scenario]) -> None:
    drawn = data.draw(strategy(corpus["net_use_share"], {"share": "C$", "target_host": "srv-1"}))
    assert (drawn["share"], drawn["target_host"]) == ("C$", "srv-1")


@given(data=st.data())
def test_derived_parameters_are_left_to_follow(data: st.DataObject, corpus: dict[str, Scenario]) -> None:
    drawn = data.draw(strategy(corpus["psexec_remote"]))
    assert "service" not in drawn
    assert drawn.keys() <= corpus["psexec_remote"].parameters.keys()


@given(data=st.data())
def test_values_come_from_inside_or_from_outside(data: st.DataObject, corpus: dict[str, Scenario]) -> None:
    scenario = corpus["net_use_share"]
    assert data.draw(strategy(scenario, among={"host": ALLOWED}))["host"] in ALLOWED
    drawn = data.draw(strategy(scenario, among={"user": ("A", "b")}, excluding={"user": ["a"], "ip_version": [4]}))
    assert (drawn["user"], drawn["ip_version"]) == ("b", 6)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("remote_port", 0),
        ("remote_port", 65_535),
        ("kernel", True),
        ("direction", "inbound"),
        ("action", "ConnectionFound"),
    ],
)
def test_domains_are_whole(parameter: str, value: object, corpus: dict[str, Scenario]) -> None:
    others = {name: one.default for name, one in corpus["smb_connection"].parameters.items() if one.free}
    del others[parameter]
    found = find(strategy(corpus["smb_connection"], others), lambda drawn: drawn[parameter] == value)
    assert found[parameter] == value


@given(data=st.data())
def test_every_kind_draws_what_it_accepts(data: st.DataObject, kinds: Scenario) -> None:
    drawn = data.draw(strategy(kinds))
    assert kinds.problems(drawn) == ()
    assert [event.table for event in kinds.render(drawn, start=10**17, sensor="defender")] == [
        "DeviceProcessEvents",
        "DeviceFileEvents",
    ]


@pytest.mark.parametrize(
    ("parameter", "form"),
    [
        ("user", r"[a-z]{6,}[0-9]?"),
        ("user", r"[0-9._-]+"),
        ("host", r"ws-\d{4}\.corp\.example"),
        ("target", r"\d+\.\d+\.\d+\.\d+"),
    ],
)
def test_identities_are_both_plausible_and_odd(parameter: str, form: str, corpus: dict[str, Scenario]) -> None:
    others = {name: one.default for name, one in corpus["net_view"].parameters.items() if one.free}
    del others[parameter]
    found = find(
        strategy(corpus["net_view"], others), lambda drawn: re.fullmatch(form, str(drawn[parameter])) is not None
    )
    assert corpus["net_view"].problems(found) == ()


@pytest.mark.parametrize(
    "arguments", [{"pinned": {"hots": "a"}}, {"among": {"hots": ["a"]}}, {"excluding": {"hots": ["a"]}}]
)
def test_unknown_parameters_are_refused(arguments: dict[str, object], corpus: dict[str, Scenario]) -> None:
    with pytest.raises(QueryError, match="did you mean `host`"):
        strategy(corpus["net_use_share"], **arguments)


def test_values_that_a_parameter_cannot_hold_are_refused(corpus: dict[str, Scenario]) -> None:
    with pytest.raises(QueryError, match="can't hold 'D'"):
        strategy(corpus["net_use_share"], among={"share": ["D"]})
