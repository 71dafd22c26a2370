"""Text with `${name}` and `${name|filter}` in it: parsed once, filled many times, never evaluated."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from emulator.nodes import record
from emulator.regular import regular

Value: TypeAlias = str | int | bool
"""What a parameter holds: text, a whole number or a yes or no."""


@record
class Hole:
    """A place that a parameter fills; `start` and `end` are offsets in the template's text."""

    name: str
    filters: tuple[str, ...]
    start: int
    end: int


@record
class Template:
    """A text and its holes, in order."""

    text: str
    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes, from left to right."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def fill(self, values: Mapping[str, Value]) -> Value:
        """The text with its holes filled; a template that is one bare hole keeps the value's type."""
        match self.parts:
            case (str() as text,):
                return text
            case (Hole() as only,):
                return _filled(only, values)
            case parts:
                return "".join(part if isinstance(part, str) else as_text(_filled(part, values)) for part in parts)


@record
class Fault:
    """What is wrong with a template, at which offsets of its text, and what to do."""

    message: str
    help: str
    start: int
    end: int


_HOLE = regular(r"\$(?P<escaped>\$?)\{(?P<inside>[^{}]*)(?P<close>\}?)")
_INSIDE = regular(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*((?:\|\s*[A-Za-z0-9_]+\s*)*)")


def parse_template(text: str) -> Template | Fault:
    """Read a template; `$${` stands for a literal `${`, any other `$` for itself (`C$`)."""
    parts: list[str | Hole] = []
    literal, position = "", 0
    for found in _HOLE.finditer(text):
        literal += text[position : found.start()]
        position = found.end()
        if found["escaped"]:
            literal += found[0][1:]
            continue
        hole = _hole(found)
        if isinstance(hole, Fault):
            return hole
        if literal:
            parts.append(literal)
        literal = ""
        parts.append(hole)
    literal += text[position:]
    if literal:
        parts.append(literal)
    return Template(text, tuple(parts))


def _hole(found: re.Match[str]) -> Hole | Fault:
    start, end = found.span()
    if not found["close"]:
        return Fault("`${` is never closed", "close it with `}`, or write `$${` for the two characters", start, end)
    inside = _INSIDE.fullmatch(found["inside"])
    if inside is None:
        return Fault(
            f"`{found[0]}` is not a parameter's name",
            "write `${name}` or `${name|filter}`; nothing else is evaluated",
            start,
            end,
        )
    return Hole(inside[1], tuple(name.strip() for name in inside[2].split("|")[1:]), start, end)


def _filled(hole: Hole, values: Mapping[str, Value]) -> Value:
    value = values[hole.name]
    for name in hole.filters:
        value = FILTERS[name](as_text(value))
    return value


def as_text(value: Value) -> str:
    """A value as it stands inside a longer text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def address4(target: str) -> str:
    """The IPv4 address of a target: itself, or one in 10.0.0.0/8 that depends on the name alone."""
    return _address(target, 4)


def address6(target: str) -> str:
    """The IPv6 address of a target: itself, or one in fd00::/8 that depends on the name alone."""
    return _address(target, 6)


_LOOPBACK = {4: "127.0.0.1", 6: "::1"}


def _address(target: str, version: int) -> str:
    try:
        literal = ipaddress.ip_address(target)
    except ValueError:
        literal = None
    if literal is not None and literal.version == version:
        return str(literal)
    if literal is not None and literal.is_loopback:
        return _LOOPBACK[version]
    if target.casefold() == "localhost":
        return _LOOPBACK[version]
    digest = hashlib.sha256(target.casefold().encode()).digest()
    if version == 4:
        return f"10.{digest[0]}.{digest[1]}.{1 + digest[2] % 254}"
    return str(ipaddress.IPv6Address(bytes([0xFD, *digest[:14], 1 + digest[14] % 254])))


def _basename(path: str) -> str:
    return path.rsplit("\\", 1)[-1]


def _folder(path: str) -> str:
    return path.rpartition("\\")[0]


def _stem(path: str) -> str:
    return _basename(path).rsplit(".", 1)[0]


def _host_label(name: str) -> str:
    return name.split(".", 1)[0]


def _host_name(target: str) -> str:
    """A computer's name: a name itself, an address as a name that tells it (`host-10-0-0-5`)."""
    try:
        address = ipaddress.ip_address(target)
    except ValueError:
        return target
    return f"host-{str(address).replace('.', '-').replace(':', '-')}"


FILTERS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "basename": _basename,
    "folder": _folder,
    "stem": _stem,
    "label": _host_label,
    "host_name": _host_name,
    "address4": address4,
    "address6": address6,
}
"""The closed set of filters, each from text to text."""
