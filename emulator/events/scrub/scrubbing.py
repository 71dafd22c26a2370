"""Events with their identities replaced, everywhere the same way: in their fields, and inside texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from emulator.events.scrub.addresses import Addresses
from emulator.events.scrub.identities import Found, Kind
from emulator.events.scrub.keyed import Keyed
from emulator.events.scrub.pseudonyms import Pseudonyms, in_case_of
from emulator.events.scrub.secrets import Secrets

_IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
_IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?:%\w+)?(?![\w:])"
_SID = r"\bS-1-(?:5-21|12-1)-\d+-\d+-\d+(?:-\d+)?\b"
_MAC = r"\b[0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5}\b"
_WORD = r"[^\W_](?:[\w.'$-]*[\w$])?"
_TOKEN = re.compile(f"(?P<sid>{_SID})|(?P<mac>{_MAC})|(?P<ipv4>{_IPV4})|(?P<ipv6>{_IPV6})|(?P<word>{_WORD})")
_JOINTS = re.compile(r"([._$'-]+)")
_WELL_KNOWN_RID = 1000
"""Relative identifiers below this are the same in every domain."""


class Scrubber:
    """Replaces the identities that were found in some events, under a key."""

    def __init__(self, found: Found, key: bytes) -> None:
        self._keyed = Keyed(key)
        self._addresses = Addresses(self._keyed)
        self._secrets = Secrets(self._keyed)
        self.replaced: Counter[str] = Counter()
        self._names, self._phrases = self._pseudonyms(found)
        self.domains = frozenset(self._names[domain] for domain in found.names[Kind.DOMAIN])
        """The pseudonyms of domains."""

    def _pseudonyms(self, found: Found) -> tuple[dict[str, str], re.Pattern[str] | None]:
        real = frozenset().union(*found.names.values())
        labels = {label for domain in found.names[Kind.DOMAIN] for label in domain.split(".")}
        names = Pseudonyms(self._keyed, avoid=real | labels)
        made: dict[str, str] = {}
        for domain in sorted(found.names[Kind.DOMAIN]):
            made[domain] = names.domain(domain)
        for kind in (Kind.HOST, Kind.ACCOUNT):
            made.update((name, names.label(name)) for name in sorted(found.names[kind]))
        for name in sorted(found.names[Kind.PERSON]):
            made[name] = names.person(name)
        for name in sorted(found.names[Kind.IDENTIFIER]):
            made.setdefault(name, self._keyed.alike("identifier", name))
        for domain in sorted(found.names[Kind.DOMAIN]):  # the short name of a domain is its first label
            first, dot, _ = domain.partition(".")
            if dot:
                made.setdefault(first, names.label(first))
        phrases = sorted((name for name in made if not re.fullmatch(_WORD, name)), key=len, reverse=True)
        pattern = "|".join(map(re.escape, phrases))
        return made, re.compile(rf"(?i)(?<![^\W_])(?:{pattern})(?![^\W_])") if phrases else None

    def event(self, event: Mapping[str, object]) -> dict[str, object]:
        """An event with its identities replaced; names of fields stay."""
        return {name: self.value(value) for name, value in event.items()}

    def value(self, value: object) -> object:
        """A value with the identities in its texts replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value

    def text(self, text: str) -> str:
        """A text with its identities replaced."""
        text, secrets = self._secrets.replace(text)
        if secrets:
            self.replaced["secret"] += secrets
        if self._phrases is not None:
            text = self._phrases.sub(self._phrase, text)
        return _TOKEN.sub(self._token, text)

    def _phrase(self, match: re.Match[str]) -> str:
        return self._named(match[0]) or match[0]

    def _token(self, match: re.Match[str]) -> str:
        text = match[0]
        match match.lastgroup:
            case "sid":
                return self._counted("sid", self._sid(text))
            case "mac":
                return self._counted("hardware address", self._keyed.alike("mac", text))
            case "ipv4" | "ipv6":
                made = self._addresses.replace(text)
                return text if made is None else self._counted("address", made)
            case _:
                return self._word(text)

    def _word(self, text: str) -> str:
        """A word, or the parts of one that are names: the longest first, from the left."""
        whole = self._named(text)
        if whole is not None:
            return whole
        pieces = _JOINTS.split(text)
        if len(pieces) == 1:
            return text
        made, start = [], 0
        while start < len(pieces):
            for end in range(len(pieces), start, -2):
                name = self._named("".join(pieces[start:end]))
                if name is not None:
                    made.append(name)
                    break
            else:
                end = start + 1
                made.append(pieces[start])
            made.extend(pieces[end : end + 1])
            start = end + 1
        return "".join(made)

    def _named(self, text: str) -> str | None:
        """The pseudonym of a name in the name's case; None for what is no name."""
        made = self._names.get(text.lower())
        if made is None:
            return None
        self.replaced["name"] += 1
        return in_case_of(text, made)

    def _counted(self, what: str, made: str) -> str:
        self.replaced[what] += 1
        return made

    def _sid(self, text: str) -> str:
        """Another authority in place of each domain's, and another number in place of an account's own."""
        _, one, kind, *numbers = text.split("-")
        authority, relative = numbers[1:4], numbers[4:]
        stream = "-".join(authority)
        made = [str(self._keyed.number(f"authority {place}", stream) % 2**32) for place in range(3)]
        for number in relative:
            kept = kind == "5" and int(number) < _WELL_KNOWN_RID
            other = _WELL_KNOWN_RID + self._keyed.number("relative", f"{stream}-{number}") % 10**6
            made.append(number if kept else str(other))
        return "-".join(("S", one, kind, numbers[0], *made))
