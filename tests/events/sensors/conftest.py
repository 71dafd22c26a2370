"""Activities for tests: from data, and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from emulator.events import activity as model
from emulator.events.instants import EPOCH, LAST, parse_instant

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
TICKS = st.integers(EPOCH, LAST)
PORTS = st.integers(0, 65_535)
NUMBERS = st.integers(0, 2**63 - 1)
IMAGES = st.sampled_from(["System", r"C:\Windows\System32\net.exe", r"\\srv\share\a b.exe", "D:\\x\\é.exe", "x"])
FILES = st.sampled_from([r"C:\Windows\a.exe", r"C:\Users\x\y.PS1", r"C:\z.txt", "no extension"])
SHARES = st.sampled_from(["ADMIN$", "C$", "IPC$", "Data"])
ACCOUNTS = st.builds(model.Account, TEXT, st.none() | TEXT, st.none() | st.just("S-1-5-18"))
HASHES = st.builds(model.Hashes, st.none() | st.just("a" * 32), st.none() | st.just("b" * 40), st.just("c" * 64))
ADDRESSES = {"v4": st.ip_addresses(v=4).map(str), "v6": st.ip_addresses(v=6).map(str)}


def _process(parents: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        model.Process,
        IMAGES,
        st.integers(0, 2**32 - 1),
        command_line=st.none() | TEXT,
        account=st.none() | ACCOUNTS,
        integrity=st.none() | st.sampled_from(model.Integrity),
        logon_id=st.none() | NUMBERS,
        started=st.none() | TICKS,
        hashes=HASHES,
        parent=parents,
        guid=st.none() | TEXT,
    )


PROCESSES = _process(_process(st.none()) | st.none())
HOSTS = st.builds(model.Host, st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}(\.corp\.example)?", fullmatch=True))
ENDPOINTS = st.builds(model.Endpoint, ADDRESSES["v4"] | ADDRESSES["v6"], st.none() | PORTS)
TYPES = st.sampled_from(model.LogonType)


@st.composite
def connections(draw: st.DrawFn) -> model.ConnectionMade:
    """Connections whose two addresses are of one version."""
    addresses = ADDRESSES[draw(st.sampled_from(["v4", "v6"]))]
    ends = st.builds(model.Endpoint, addresses, PORTS)
    return draw(
        st.builds(
            model.ConnectionMade,
            TICKS,
            HOSTS,
            PROCESSES,
            ends,
            ends,
            direction=st.sampled_from(model.Direction),
            outcome=st.sampled_from(model.Outcome),
            transport=st.sampled_from(model.Transport),
            remote_name=st.none() | TEXT,
        )
    )


ACTIVITIES: st.SearchStrategy[model.Activity] = st.one_of(
    st.builds(model.ProcessStarted, TICKS, HOSTS, PROCESSES),
    connections(),
    st.builds(
        model.FileCreated,
        TICKS,
        HOSTS,
        PROCESSES,
        FILES,
        hashes=HASHES,
        size=st.none() | NUMBERS,
        request=st.none() | st.builds(model.SmbRequest, ACCOUNTS, ENDPOINTS, st.none() | SHARES),
    ),
    st.builds(
        model.LogonSucceeded,
        TICKS,
        HOSTS,
        ACCOUNTS,
        TYPES,
        logon_id=st.none() | NUMBERS,
        source=st.none() | ENDPOINTS,
        package=st.none() | TEXT,
        local_admin=st.none() | st.booleans(),
        process=st.none() | PROCESSES,
    ),
    st.builds(
        model.LogonFailed,
        TICKS,
        HOSTS,
        ACCOUNTS,
        TYPES,
        st.integers(0, 2**32 - 1),
        sub_status=st.none() | st.integers(0, 2**32 - 1),
        source=st.none() | ENDPOINTS,
    ),
    st.builds(
        model.ShareAccessed, TICKS, HOSTS, SHARES, ACCOUNTS, ENDPOINTS, target=st.none() | TEXT, logon_id=NUMBERS
    ),
    st.builds(model.RegistryValueSet, TICKS, HOSTS, PROCESSES, TEXT, TEXT, TEXT),
    st.builds(model.ImageLoaded, TICKS, HOSTS, PROCESSES, FILES, hashes=HASHES),
    st.builds(model.ServiceInstalled, TICKS, HOSTS, TEXT, TEXT, ACCOUNTS, logon_id=st.none() | NUMBERS),
)


def build(kind: str, fields: Mapping[str, Any]) -> Any:
    """An object of the model from plain data: `{kind: fields}` inside is an object, `Enum.MEMBER` a member."""
    return getattr(model, kind)(**{name: _plain(name, value) for name, value in fields.items()})


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, fields),) = value.items()
        return build(kind, fields)
    if name in ("at", "started"):
        return parse_instant(value)
    if isinstance(value, str) and value.startswith("!"):
        kind, _, member = value[1:].partition(".")
        return getattr(getattr(model, kind), member) if member else getattr(model, kind)
    return value


@pytest.fixture(scope="session")
def activities() -> st.SearchStrategy[model.Activity]:
    """Any activity."""
    return ACTIVITIES
