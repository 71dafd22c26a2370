"""Functions that look for IPv4 addresses in a text, where each has to stand free of letters and digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from emulator.casing import fold_ascii
from emulator.functions import Library
from emulator.kql.library.addresses import read_v4
from emulator.kql.library.matching import flatten, has_any
from emulator.kql.library.printing import dynamic_text
from emulator.regular import regular

LIBRARY = Library("kql", "addresses_in_text")
_ADDRESS = regular(r"(?<![^\W_])(?=(\d{1,3}(?:\.\d{1,3}){3})(?![^\W_]))", re.ASCII)
_PREFIX = regular(r"(?:\d{1,3}\.){1,3}", re.ASCII)


def _is_address(text: str) -> bool:
    return "/" not in text and text.strip() == text and read_v4(text) is not None


def _is_prefix(text: str) -> bool:
    if _is_address(text):
        return True
    return _PREFIX.fullmatch(text) is not None and all(int(octet) <= 255 for octet in text[:-1].split("."))


def _addresses(source: str) -> list[str]:
    return [found for found in _ADDRESS.findall(source) if _is_address(found)]


def _texts(items: Iterable[object]) -> list[str]:
    return [item for item in flatten(items) if isinstance(item, str)]


def _has_addresses(source: str, *items: object) -> bool:
    wanted = {item for item in _texts(items) if _is_address(item)}
    return any(address in wanted for address in _addresses(source)) if wanted else False


def _has_prefixes(source: str, *items: object) -> bool:
    wanted = [item for item in _texts(items) if _is_prefix(item)]
    return any(_starts(address, prefix) for address in _addresses(source) for prefix in wanted)


def _starts(address: str, prefix: str) -> bool:
    return address.startswith(prefix) if prefix.endswith(".") else address == prefix


def _declare(name: str, test: Callable[..., bool], one: str, examples: str) -> None:
    """A function of one address, and its form for several."""
    page = f"{name.replace('_', '-')}-function"
    LIBRARY.scalar(f"has_{one}(source: string, address: string) -> bool", doc=f"has-{page}", examples=examples)(test)
    many = examples.replace(f"has_{one}(", f"has_any_{one}(")
    for addresses in ("addresses: dynamic", "first: string, ...more: string"):
        LIBRARY.scalar(f"has_any_{one}(source: string, {addresses}) -> bool", doc=f"has-any-{page}", examples=many)(
            test
        )
        many = ""


_declare(
    "ipv4",
    _has_addresses,
    "ipv4",
    """
    has_ipv4('05:04:54 127.0.0.1 GET /favicon.ico', '127.0.0.1') => true   [docs]
    has_ipv4('05:04:54 127.0.0.256 GET /favicon.ico', '127.0.0.256') => false   [docs]
    has_ipv4('05:04:54127.0.0.1 GET /favicon.ico', '127.0.0.1') => false   [docs]
    """,
)
_declare(
    "ipv4_prefix",
    _has_prefixes,
    "ipv4_prefix",
    """
    has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0.') => true   [docs]
    has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0') => false   [docs]
    has_ipv4_prefix('05:04:54 127.0.0.256 GET', '127.0.') => false   [docs]
    has_ipv4_prefix('05:04:54127.0.0.1 GET', '127.0.') => false   [docs]
    has_ipv4_prefix('on 127.0.0.11', '127.0.0.1') => false   [docs]
    """,
)


@LIBRARY.scalar(
    "has_any_index(source: string, values: array) -> long",
    doc="has-any-index-function",
    examples="""
    has_any_index("this is an example", dynamic(['this', 'example'])) => 0   [docs]
    has_any_index("this is an example", dynamic(['not', 'example'])) => 1   [docs]
    has_any_index("this is an example", dynamic([])) => -1   [docs]
    has_any_index("Example number 2", range(1, 3, 1)) => 1   [docs]
    """,
)
def has_any_index(source: str, values: object) -> int:
    """The place of the first value that the text has as a term; -1 without one."""
    folded = fold_ascii(source)
    for position, value in enumerate(values if isinstance(values, list) else []):
        if has_any(folded, dynamic_text(value)):
            return position
    return -1
