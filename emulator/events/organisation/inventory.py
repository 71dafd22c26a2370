"""Who and what an organisation has: computers with roles and addresses, people, and the web sites they visit."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from itertools import islice

from emulator.events.activity import Account, Host
from emulator.events.identities import account
from emulator.events.organisation.profile import PERSON, Identity, Profile, Role
from emulator.events.people import account_names, seeded_faker, site_names
from emulator.nodes import record


@record
class Computer:
    """One computer: its number in the organisation, its name, role and addresses, and whoever works at it."""

    number: int
    host: Host
    role: Role
    address4: str
    address6: str
    person: Account | None


@record
class Site:
    """A web site, under public addresses that nobody has: of the former relays of 6to4, and of the former 6bone."""

    name: str
    address4: str
    address6: str


@record
class Inventory:
    """Everything that has a name."""

    computers: tuple[Computer, ...]
    by_role: Mapping[str, tuple[Computer, ...]]
    sites: tuple[Site, ...]


# Addresses for documentation would be as safe, but count as private, which web sites are not.
_SITES4 = ipaddress.ip_network("192.88.99.0/24")
_SITES6 = ipaddress.ip_network("3ffe::/16")
MOST_SITES = _SITES4.num_addresses - 2


def take_stock(profile: Profile, seed: int, hosts: int) -> Inventory:
    """The inventory of that many computers; names of people and sites are Faker's, the same for the same seed."""
    faker = seeded_faker(seed, profile.identity.locale)
    computers = tuple(_computers(profile, hosts, account_names(faker)))
    by_role = {name: tuple(each for each in computers if each.role.name == name) for name in profile.roles}
    return Inventory(computers, by_role, tuple(_sites(site_names(faker), profile.identity.web_sites)))


def allocate(profile: Profile, hosts: int) -> dict[str, int]:
    """How many computers each role gets; the first role gets what the others leave, and none is left without before."""
    first, *others = profile.roles.values()
    left, counts = hosts - 1, {}
    for role in others:
        counts[role.name] = min(left, max(role.at_least, round(role.share * hosts)))
        left -= counts[role.name]
    return {first.name: left + 1, **counts}


def _computers(profile: Profile, hosts: int, people: Iterator[str]) -> Iterator[Computer]:
    identity, number = profile.identity, 0
    first4 = ipaddress.ip_network(identity.network4)[1]
    first6 = ipaddress.ip_network(identity.network6)[1]
    for name, count in allocate(profile, hosts).items():
        role = profile.roles[name]
        for index in range(1, count + 1):
            host = Host(f"{role.prefix}-{index:0{role.digits}}.{identity.dns_suffix}")
            named = role.accounts[index - 1] if index <= len(role.accounts) else None
            person = account(f"{identity.domain}\\{named or next(people)}") if role.person else None
            yield Computer(number, host, role, str(first4 + number), str(first6 + number), person)
            number += 1


def service_account(text: str, identity: Identity, person: Account | None) -> Account | None:
    """The account of a program: `person`, `service name` of the domain, or a built-in one."""
    if text == PERSON:
        return person
    kind, _, name = text.partition(" ")
    return account(f"{identity.domain}\\{name}" if kind == "service" else f"NT AUTHORITY\\{text.upper()}")


def _sites(names: Iterator[str], count: int) -> Iterator[Site]:
    for number, name in enumerate(islice(names, min(count, MOST_SITES)), 1):
        yield Site(name, str(_SITES4[number]), str(_SITES6[number]))


def address_room(identity: Identity) -> int:
    """The most computers that both networks have addresses for."""
    sizes = (ipaddress.ip_network(network).num_addresses for network in (identity.network4, identity.network6))
    return max(0, min(sizes) - 2)
