"""Identities that must look the same wherever they appear: SIDs that depend on names alone."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from emulator.events.activity import Account

_WELL_KNOWN = {"system": "S-1-5-18", "local service": "S-1-5-19", "network service": "S-1-5-20"}
"""Accounts of the domain NT AUTHORITY."""


@lru_cache(maxsize=65_536)
def account(text: str) -> Account:
    r"""An account written as `DOMAIN\name` or `name`, with its well-known SID or one that depends on it alone."""
    domain, separator, name = text.rpartition("\\")
    return Account(name, domain if separator else None, account_sid(domain, name))


def account_sid(domain: str, name: str) -> str:
    """The SID of an account: one authority per domain, one relative identifier per name, case ignored."""
    if domain.casefold() == "nt authority" and name.casefold() in _WELL_KNOWN:
        return _WELL_KNOWN[name.casefold()]
    authority = hashlib.sha256(domain.casefold().encode()).digest()
    parts = (int.from_bytes(authority[i : i + 4], "big") for i in (0, 4, 8))
    relative = int.from_bytes(hashlib.sha256(f"{domain}\n{name}".casefold().encode()).digest()[:4], "big")
    return "S-1-5-21-{}-{}-{}-{}".format(*parts, 1000 + relative % 1_000_000)
