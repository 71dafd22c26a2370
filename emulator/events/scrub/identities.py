"""Identities in events: which fields hold them, and how they stand in command lines, paths and addresses of mail."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache

from emulator.events.scrub.known import is_known, names_of
from emulator.nodes import record


class Kind(enum.Enum):
    """What an identity names."""

    HOST = "host"
    ACCOUNT = "account"
    DOMAIN = "domain"
    PERSON = "person"
    IDENTIFIER = "identifier"


PROFILE = re.compile(r"(?i)(?:[\\/](?:users|home|documents and settings))[\\/]+([^\\/:*?\"<>|\r\n]+?)(?=[\\/])")
"""A user's folder, and the user."""
SHARE = re.compile(r"(?<![\w\\])\\{2,4}([\w.-]+)\\{1,2}[\w$.-]+")
r"""A network path `\\HOST\share`, also with backslashes doubled, and the host."""
MAIL = re.compile(r"([\w.+'-]+)@([\w-]+(?:\.[\w-]+)+)")
"""An address of mail: the account and the domain."""
LOGON = re.compile(r"(?i)[/-]u(?:ser(?:name)?)?[: ]\s*\"?(?:([\w.-]+)\\)?([\w.$-]+)")
r"""`/user:DOMAIN\name` in a command line."""
_SHORTEST = 3
_PLAIN_HOSTS = frozenset((".", "?", "..", "localhost"))
_NOT_IN_NAMES = re.compile(r"[\\/@]")


@record
class Found:
    """The identities of some events, in lower case."""

    names: dict[Kind, set[str]] = field(default_factory=lambda: {kind: set() for kind in Kind})

    def add(self, kind: Kind, name: str) -> None:
        """Keep a name, unless every system has it or it is too short to be told from other words."""
        name = name.strip().strip('"').lower()
        shortest = _SHORTEST if kind is not Kind.ACCOUNT else 2
        if len(name) >= shortest and not is_known(name):
            self.names[kind].add(name)

    def learn(self, key: str, text: str) -> None:
        """Take in what one field of an event tells."""
        kind = _kinds().get(re.sub(r"[\W_]", "", key.rpartition(".")[2]).lower())
        if kind is not None:
            self._learn_field(kind, text)
        self._learn_text(text)

    def _learn_field(self, kind: Kind, text: str) -> None:
        match kind:
            case Kind.ACCOUNT:
                self._account(text)
            case Kind.HOST:
                self._host(text)
            case Kind.DOMAIN:
                self._domain(text)
            case _:
                self.add(kind, text)

    def _learn_text(self, text: str) -> None:
        if "\\" in text or "/" in text:
            for user in PROFILE.findall(text):
                self.add(Kind.ACCOUNT, user)
            for host in SHARE.findall(text):
                self._host(host)
            for domain, user in LOGON.findall(text):
                self.add(Kind.DOMAIN, domain)
                self.add(Kind.ACCOUNT, user)
        if "@" in text:
            for user, domain in MAIL.findall(text):
                self.add(Kind.ACCOUNT, user)
                if domain.lower() not in names_of("mail_providers"):
                    self._domain(domain)

    def _account(self, text: str) -> None:
        r"""`name`, `DOMAIN\name`, `name@domain` or `NAME$`, which is a host's own account."""
        domain, _, name = text.rpartition("\\")
        if is_known(name) or (domain and is_known(domain) and not name.endswith("$")):
            return
        name, _, suffix = name.partition("@")
        if domain:
            self._domain(domain)
        if suffix and suffix.lower() not in names_of("mail_providers"):
            self._domain(suffix)
        if name.endswith("$"):
            self._host(name[:-1])
        elif not _NOT_IN_NAMES.search(name):
            self.add(Kind.PERSON if " " in name.strip() else Kind.ACCOUNT, name)

    def _host(self, text: str) -> None:
        name, _, domain = text.strip().strip("\\").partition(".")
        if text in _PLAIN_HOSTS or not re.fullmatch(r"[\w-]+", name):
            return
        self.add(Kind.HOST, name)
        if domain and not domain.replace(".", "").isdecimal():
            self._domain(domain)

    def _domain(self, text: str) -> None:
        if re.fullmatch(r"[\w-]+(?:\.[\w-]+)*", text) and not is_known(text):
            self.add(Kind.DOMAIN, text)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, Kind]:
    """What fields name, by their names in lower case without dots and underscores."""
    return {name: kind for kind in Kind for name in names_of(kind.value)}


def texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a value with the name of the field that holds it."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, key)


def identities(events: Iterable[Mapping[str, object]]) -> Found:
    """The identities that some events hold."""
    found = Found()
    for event in events:
        for key, text in texts(event):
            found.learn(key, text)
    return found
