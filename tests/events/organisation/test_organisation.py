"""What an organisation yields: the same each time, in time order, about nobody but its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.activity import (
    KERNEL,
    SYSTEM_ACCOUNT,
    ConnectionMade,
    Direction,
    LogonSucceeded,
    LogonType,
    ProcessStarted,
)
from emulator.events.addresses import address_kind
from emulator.events.instants import ticks_of
from emulator.events.organisation import Organisation, Tally, measure
from emulator.events.organisation.acting import Acting
from emulator.events.organisation.draws import poisson_sums
from emulator.events.organisation.layout import DAY, SLOT
from emulator.events.sensors import Sensor, SensorEvent

PROFILE = Path(__file__).parent / "small.yaml"


def organisation(seed: int = 7, hosts: int = 5, days: int = 1, start: datetime | None = None) -> Organisation:
    when = {} if start is None else {"start": start}
    return Organisation.from_profile(PROFILE, seed, hosts, days, **when)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**64), hosts=st.integers(1, 14), sensor=st.sampled_from(Sensor))
def test_the_same_seed_gives_the_same_events_in_time_order(seed: int, hosts: int, sensor: Sensor) -> None:
    first, second = (list(organisation(seed, hosts).events(sensor)) for _ in range(2))
    assert first == second
    assert all(earlier.at <= later.at for earlier, later in pairwise(first))


def test_another_seed_gives_other_events() -> None:
    assert list(organisation(1).activities()) != list(organisation(2).activities())


@settings(max_examples=10)
@given(data=st.data())
def test_any_part_can_be_drawn_alone(data: st.DataObject, small: Organisation) -> None:
    computer = data.draw(st.sampled_from(small.computers))
    day = data.draw(st.integers(0, small.days - 1))
    begins = small.start + day * DAY
    whole = [one for one in small.activities() if one.host == computer.host and begins <= one.at < begins + DAY]
    assert list(small.activities(days=[day], computers=[computer])) == whole


def test_identities_stay_inside(small: Organisation) -> None:
    hosts = {computer.host for computer in small.computers}
    addresses = {address for computer in small.computers for address in (computer.address4, computer.address6)}
    sites = {address for site in small.inventory.sites for address in (site.address4, site.address6)}
    people = {computer.person for computer in small.computers}
    for one in small.activities():
        assert one.host in hosts
        if isinstance(one, ConnectionMade):
            assert one.local.address in addresses
            assert one.remote.address in (sites if one.remote_name else addresses - {one.local.address})
        if isinstance(one, ProcessStarted):
            assert one.process.account in {*people, SYSTEM_ACCOUNT}


def test_names_are_those_of_the_roles(small: Organisation) -> None:
    assert [computer.host.name for computer in small.computers[:2]] == ["ws-001.test.example", "ws-002.test.example"]
    assert small.computers[-1].host.name == "srv-03.test.example"
    first, second = (computer.person for computer in small.computers[:2])
    assert (first.name, second.name.isalnum()) == ("d.first", True)


def test_web_sites_are_public(office: Organisation) -> None:
    assert len(office.inventory.sites) == office.profile.identity.web_sites
    for site in office.inventory.sites:
        assert {address_kind(site.address4), address_kind(site.address6)} == {"Public"}


def test_addresses_names_and_people_are_unique(office: Organisation) -> None:
    for facet in ("host", "address4", "address6"):
        values = [getattr(computer, facet) for computer in office.computers]
        assert len(set(values)) == len(values)
    people = [computer.person for computer in office.computers if computer.person]
    assert len(set(people)) == len(people)


@pytest.mark.parametrize("sensor", Sensor)
def test_rows_are_of_the_sensors_schema(
    sensor: Sensor, small: Organisation, check_row: Callable[[SensorEvent], None]
) -> None:
    for number, event in enumerate(small.events(sensor, days=[0])):
        if number % 10 == 0:
            check_row(event)


def test_the_office_keeps_to_its_marginals(office: Organisation) -> None:
    measured = measure(office.activities(), office.host_days)
    claimed = office.profile.marginals
    assert measured.keys() == claimed.keys()
    outside = {name: measured[name] for name, one in claimed.items() if not one.low <= measured[name] <= one.high}
    assert not outside, "the claims of the profile and its habits disagree"


def test_marginals_of_nothing_are_zero() -> None:
    assert set(measure([], 1).values()) == {0.0}


def test_people_work_on_working_days_only(small: Organisation) -> None:
    people = {computer.person for computer in small.computers}
    by_people = [one for one in small.activities() if getattr(one, "account", None) in people]
    days = {(one.at - small.start) // DAY for one in by_people if getattr(one, "type", "") is LogonType.INTERACTIVE}
    assert days == {0, 2}
    for one in small.activities(days=[1, 3]):
        assert not isinstance(one, ProcessStarted) or one.process.account == SYSTEM_ACCOUNT


def test_parents_begin_before_their_children(small: Organisation) -> None:
    started = [one for one in small.activities() if isinstance(one, ProcessStarted)]
    assert started
    for one in started:
        assert one.process.started == one.at
        parent = one.process.parent
        assert parent is None or parent.started < one.at
        assert parent is None or parent.started < small.start or parent in {other.process for other in started}


def test_a_logon_goes_with_its_session_programs_and_scripts(small: Organisation) -> None:
    events = list(small.activities(days=[0], computers=small.computers[:1]))
    logon = next(one for one in events if isinstance(one, LogonSucceeded) and one.type is LogonType.INTERACTIVE)
    scripts = [one for one in events if isinstance(one, ProcessStarted) and one.process.base_name == "tool.exe"]
    assert logon.account == small.computers[0].person
    assert [0 < one.at - logon.at < SLOT for one in scripts] == [True]


def test_regular_habits_are_regular(small: Organisation) -> None:
    polls = [
        one.at
        for one in small.activities(days=[1], computers=[small.computers[0]])
        if isinstance(one, ConnectionMade) and one.remote.port == 135
    ]
    assert 20 <= len(polls) <= 24
    assert all(DAY // 26 < later - earlier < 3 * DAY // 24 for earlier, later in pairwise(polls))


def test_inbound_connections_come_to_the_service(small: Organisation) -> None:
    inbound = [
        one for one in small.activities() if isinstance(one, ConnectionMade) and one.direction is Direction.INBOUND
    ]
    assert inbound
    assert {one.local.port for one in inbound} == {445}


def test_software_is_installed_on_a_share_of_the_computers() -> None:
    found = organisation(hosts=14)
    having = {
        one.host for one in found.activities() if getattr(one, "process", None) and "updater" in one.process.image
    }
    assert 3 < len(having) < 12


def test_servers_do_so_much_for_each_that_they_serve(tmp_path: Path) -> None:
    text = PROFILE.read_text("utf8")
    served = text.replace("{per_hour: 6, during: night}", "{per_hour: 40, during: night, for_each: desk}")
    assert served != text
    (tmp_path / "served.yaml").write_text(served, "utf8")
    found = Organisation.from_profile(tmp_path / "served.yaml", 7, 14, 1)
    inbound = Counter(
        one.host
        for one in found.activities()
        if isinstance(one, ConnectionMade) and one.direction is Direction.INBOUND and one.process is KERNEL
    )
    desks, servers = 10, 4
    assert len(inbound) == servers
    assert inbound.total() == pytest.approx(8 * 40 * desks, rel=0.05)


@pytest.mark.parametrize("rate", [0.25, 3.0, 2500.0])
def test_counts_have_the_chances_of_their_rate(rate: float) -> None:
    sums = poisson_sums(rate)
    assert float(sums[-1]) == 1
    assert (np.diff(sums) >= 0).all()
    assert sum(1 - sums) == pytest.approx(rate, rel=1e-6)


def test_visits_come_from_the_computers_of_the_visitors(small: Organisation) -> None:
    people = {computer.address4: computer.person for computer in small.computers}
    people |= {computer.address6: computer.person for computer in small.computers}
    visits = [one for one in small.activities() if isinstance(one, LogonSucceeded) and one.source]
    assert visits
    for one in visits:
        assert (one.type, one.account, one.package) == (LogonType.NETWORK, people[one.source.address], "Kerberos")


@pytest.mark.parametrize("at_once", [1, 30, 5000])
def test_rates_and_events_are_the_same_in_batches_of_any_size(small: Organisation, at_once: int) -> None:
    acting = Acting(small.living)
    found = [one for part in small.happenings(days=[2], at_once=at_once) for one in acting.activities(part)]
    assert found == list(small.activities(days=[2]))


def test_the_tally_is_the_denominator(small: Organisation) -> None:
    tally = Tally()
    events = list(small.events("defender", tally=tally, days=[0, 1]))
    assert (tally.hosts, tally.host_days, tally.events) == (10, 20, len(events))
    assert tally.tables == Counter(event.table for event in events)
    assert small.host_days == 40


@pytest.mark.parametrize("hosts", [1, 2, 3, 14])
def test_the_first_role_is_never_empty(hosts: int) -> None:
    computers = organisation(hosts=hosts).computers
    assert len(computers) == hosts
    assert computers[0].role.name == "desk"


@pytest.mark.parametrize(
    ("arguments", "help"),
    [
        ({"seed": -1}, "from 0 on"),
        ({"hosts": 0}, "from 1 to 14"),
        ({"hosts": 15}, "from 1 to 14"),
        ({"days": 0}, "from 1 to 1,048,576"),
        ({"days": 2**21}, "from 1 to 1,048,576"),
        ({"start": datetime(1, 1, 2, tzinfo=UTC)}, "later than the year 1"),
        ({"start": datetime(9999, 12, 31, tzinfo=UTC), "days": 2}, "from 1 to 0"),
    ],
)
def test_impossible_sizes_are_refused(arguments: dict[str, object], help: str) -> None:
    with pytest.raises(QueryError) as caught:
        organisation(**arguments)
    (found,) = caught.value.diagnostics
    assert found.code.id == "EVT3106"
    assert help in found.help


def test_it_begins_at_midnight() -> None:
    late = organisation(start=datetime(2026, 1, 5, 17, 30, tzinfo=UTC))
    assert late.start == ticks_of(datetime(2026, 1, 5, tzinfo=UTC))
    assert list(late.activities()) == list(organisation().activities())
