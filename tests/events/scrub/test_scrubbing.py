"""Scrubbed events hold no identity, and are otherwise what they were."""

import json
import random
import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.events.scrub.addresses import Addresses
from emulator.events.scrub.identities import identities
from emulator.events.scrub.keyed import Keyed
from emulator.events.scrub.scrubbing import Scrubber

KEY = b"a key of at least thirty-two bytes"
WRITTEN = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf8"))


@pytest.fixture(scope="module")
def scrubbed():
    return scrub(WRITTEN["events"])


def scrub(events, key=KEY):
    scrubber = Scrubber(identities(events), key)
    return [scrubber.event(event) for event in events]


def flat(value):
    return str(value) if isinstance(value, dict) else value


@pytest.mark.parametrize("gone", WRITTEN["gone"])
def test_gone(scrubbed, gone):
    text = "\n".join(str(flat(value)) for event in scrubbed for value in event.values())
    assert not re.search(rf"(?<![^\W_]){re.escape(gone)}(?![^\W_])", text, re.IGNORECASE)


@pytest.mark.parametrize("kept", WRITTEN["kept"])
def test_kept(scrubbed, kept):
    assert any(kept in str(flat(value)) for event in scrubbed for value in event.values())


@pytest.mark.parametrize("row", WRITTEN["agree"], ids=lambda row: row["title"])
def test_agree(scrubbed, row):
    found = {re.search(pattern, flat(scrubbed[event][field]))[1].lower() for event, field, pattern in row["places"]}
    assert len(found) == 1


def test_the_form_stays(scrubbed):
    assert [list(event) for event in scrubbed] == [list(event) for event in WRITTEN["events"]]
    assert scrubbed[0]["RemotePort"] == 445
    assert scrubbed[1]["Nested"]["List"][1:] == [2, None, True]
    assert scrubbed[0]["AccountDomain"].isupper()


def test_the_key_decides(scrubbed):
    assert scrub(WRITTEN["events"]) == scrubbed
    other = scrub(WRITTEN["events"], b"another key of at least thirty-two bytes")
    assert other[0]["DeviceName"] != scrubbed[0]["DeviceName"]
    assert other[0]["RemoteIP"] != scrubbed[0]["RemoteIP"]


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Keyed(b"short")


def planted(count):
    """Events of a network with so many identities, and the identities."""
    drawn = random.Random(7)  # noqa: S311 - test data
    letters = "bcdfghjklmnprstvz"

    def name(length):
        return "".join(drawn.choice(letters) + drawn.choice("aeiou") for _ in range(length))

    events, names = [], set()
    while len(names) < count:
        user, host, domain = name(4), f"{name(3)}-{drawn.randrange(1000, 9999)}", name(4)
        secret, address = f"{name(4)}{drawn.randrange(10**6)}", f"10.{drawn.randrange(1, 255)}.7.{drawn.randrange(256)}"
        sid = "-".join(["S-1-5-21", *(str(drawn.randrange(1000, 10**9)) for _ in range(4))])
        names |= {user, host, domain, secret, address, sid}
        events += [
            {"DeviceName": f"{host}.{domain}.local", "AccountName": user.upper(), "AccountSid": sid, "n": len(events)},
            {"CommandLine": rf'net.exe use "\\{host}\c$" {secret} /user:{domain}\{user}', "RemoteAddressIP4": address},
            {
                "TargetFilename": rf"C:\Users\{user}\x.txt",
                "Message": f"{user}@{domain}.local came from {address} ({sid})",
            },
        ]
    return events, names


def test_planted():
    events, names = planted(1000)
    text = json.dumps(scrub(events)).lower()
    words = set(re.findall(r"[\w.-]+", text)) | set(re.findall(r"\w+", text))
    left = {name for name in names if name.lower() in words}
    assert not left
    assert not {name for name in names if len(name) > 7 and name.lower() in text}


ADDRESSES = Addresses(Keyed(KEY))
V4 = st.ip_addresses(v=4)


def shared(one, other):
    """How many leading bits two addresses have in common."""
    return one.max_prefixlen - (int(one) ^ int(other)).bit_length()


@given(st.one_of(st.tuples(V4, V4), st.tuples(*[st.ip_addresses(v=6)] * 2)))
def test_networks_stay_networks(pair):
    made = [ip_address(ADDRESSES.replace(str(one))) for one in pair]
    assert shared(*made) == shared(*pair)


RANGES = [ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/64")]


@given(st.sampled_from(RANGES).flatmap(lambda one: st.ip_addresses(network=one)) | st.ip_addresses())
def test_private_stays_private(address):
    made = ip_address(ADDRESSES.replace(str(address)))
    assert [made in one for one in RANGES] == [address in one for one in RANGES]


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "224.0.0.251", "255.255.255.255", "ff02::fb"])
def test_nobodys_address_stays(text):
    assert ADDRESSES.replace(text) == text


@pytest.mark.parametrize("text", ["", "10.1.2", "10.1.2.256", "host", "1:2"])
def test_no_address(text):
    assert ADDRESSES.replace(text) is None
