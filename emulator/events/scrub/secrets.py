"""Secrets in texts: passwords after the usual flags, and keys and tokens that are told by their form."""

from __future__ import annotations

import re

from emulator.events.scrub.keyed import Keyed

_VALUE = r"\"?(?P<secret>[^\s\"'/;,|&-][^\s\"';,|&]*)"
_NAMED = re.compile(
    r"(?i)(?<![\w-])(?:[-/]{1,2}|\b)(?:p(?:ass(?:w(?:or)?d)?|wd)|secret|client_?secret|token|api_?key|account_?key|shared_?access_?key|sig)"
    r"(?:\s*[:=]\s*|(?<=[a-z])\s+(?=\S))" + _VALUE
)
_SHORT = re.compile(r"(?i)(?<=\s)[-/](?:p|pw|rp)[: ]\s*(?!\d+\b)" + _VALUE)
_NET_USE = re.compile(r"(?i)\bnet1?(?:\.exe)?\"?\s+use\s+(?:[a-z*]:?\s+)?\"?\\\\\S+\s+(?!/|\*|\\\\)" + _VALUE)
_NET_USER = re.compile(r"(?i)\bnet1?(?:\.exe)?\"?\s+user\s+[^\s/]+\s+(?!/|\*)" + _VALUE)
_FORMS = re.compile(
    r"(?P<secret>(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{6,}|gh[pousr]_\w{36}|xox[abprs]-[\w-]{10,}"
    r"|(?<=[Bb]earer )[\w.~+/-]{12,}=*|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*)"
)
PATTERNS = (_NET_USE, _NET_USER, _NAMED, _SHORT, _FORMS)
"""How secrets stand in texts."""


class Secrets:
    """Replaces secrets by texts of the same form."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed

    def replace(self, text: str) -> tuple[str, int]:
        """The text without its secrets, and how many there were."""
        count = 0

        def replaced(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            secret = match["secret"]
            start, end = match.span("secret")
            made = self._keyed.alike("secret", secret)
            return match[0][: start - match.start()] + made + match[0][end - match.start() :]

        for pattern in PATTERNS:
            text = pattern.sub(replaced, text)
        return text, count
