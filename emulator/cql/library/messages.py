"""Functions that read messages in the formats of security products: CEF and LEEF."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emulator.assumptions import assumption
from emulator.cql.datepatterns import UnknownPatternError
from emulator.cql.library.timestamps import read_by_pattern
from emulator.cql.numbers import parse_integer
from emulator.cql.timezones import Zone
from emulator.functions import Library
from emulator.regular import regular

LIBRARY = Library("cql", "messages")

LEEF_BODY = assumption(
    "parseleef-body",
    "cql",
    "in `parseLEEF()` a part of the extension without `=` belongs to the value before it, and a LEEF 2.0 header that "
    "names no delimiter means the tab: the documentation says only that common mistakes are allowed for",
)
LEEF_TIME = assumption(
    "parseleef-time",
    "cql",
    "`parseLEEF()` reads `devTime` by `devTimeFormat`, or else as milliseconds since 1970 or in the forms that the "
    "specification of LEEF lists; a time that does not read so leaves `@timestamp` as it was",
)
_CEF = ("version", "device.vendor", "device.product", "device.version", "event_class_id", "name", "severity")
_EXTENSION = regular(r"([\w.\[\]]+)=((?:[^=\\]|\\.)*?)(?=\s+[\w.\[\]]+=|\s*$)", re.DOTALL)


@LIBRARY.assign(
    "parseCEF(field: field = @rawstring, prefix: text = 'cef.ext.', headerprefix: text = 'cef.',"
    " labelprefix: text = 'cef.label.', keeplabels: bool = false) -> fields",
    doc="parsecef",
)
def parse_cef(
    text: str | None, prefix: str, header_prefix: str, label_prefix: str, keep_labels: bool
) -> Mapping[str, str] | None:
    """The header and the extension of a CEF message as fields; a value with a label gets a field of that name."""
    start = -1 if text is None else text.find("CEF:0")
    if text is None or start < 0:
        return None
    header = re.split(r"(?<!\\)\|", text[start + 4 :], maxsplit=7)
    if len(header) < len(_CEF) + 1:
        return None
    found = {header_prefix + name: _plain(value.strip()) for name, value in zip(_CEF, header, strict=False)}
    pairs = {key: _plain(value.strip()) for key, value in _EXTENSION.findall(header[7])}
    return found | _labelled(pairs, prefix, label_prefix, keep=keep_labels)


def _plain(text: str) -> str:
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\([=|\\nrt])", lambda found: escapes.get(found[1], found[1]), text)


def _labelled(pairs: dict[str, str], prefix: str, label_prefix: str | None, *, keep: bool) -> dict[str, str]:
    """The pairs of an extension as fields; with a prefix for labels a value with a label gets a field of that name."""
    found: dict[str, str] = {}
    for key, value in pairs.items():
        label = None if label_prefix is None else pairs.get(f"{key}Label")
        is_label = label_prefix is not None and key.endswith("Label") and key.removesuffix("Label") in pairs
        if label is not None:
            found[f"{label_prefix}{label}"] = value
        if keep or not (is_label or label is not None):
            found[prefix + key] = value
    return found


_LEEF = ("version", "device.vendor", "device.product", "device.version", "event_id")
_HEX = regular(r"(?:0x|x)([0-9A-Fa-f]{1,4})")
_TIMES = tuple(
    f"MMM d {year}HH:mm:ss{fraction}{zone}"
    for year in ("yyyy ", "")
    for fraction in (".SSS", "")
    for zone in (" zzz", "")
)


@LIBRARY.assign(
    "parseLEEF(field: field = @rawstring, delimiter: character = none, headerprefix: text = 'leef.', keeplabels: bool ="
    " false, labelprefix: text = 'leef.label', parsetime: bool = true, prefix: text = 'leef.ext.', timezone: zone = Z,"
    " now: now) -> fields",
    doc="parseleef",
    assumes=("parseleef-body", "parseleef-time"),
)
def parse_leef(
    text: str | None,
    delimiter: str | None,
    header_prefix: str,
    keep_labels: bool,
    label_prefix: str,
    parse_time: bool,
    prefix: str,
    zone: Zone,
    now: int,
) -> Mapping[str, str] | None:
    """The header and the extension of a LEEF message as fields; its `devTime` becomes the event's time."""
    marker = None if text is None else re.search(r"LEEF:(?=(?:1\.0|2\.0|0)\|)", text)
    if text is None or marker is None:
        return None
    header = re.split(r"(?<!\\)\|", text[marker.end() :], maxsplit=len(_LEEF))
    if len(header) <= len(_LEEF):
        return None
    names = {header_prefix + name: _plain(value.strip()) for name, value in zip(_LEEF, header, strict=False)}
    version, body = header[0], header[-1]
    if version == "0":
        pairs = {key: _plain(value.strip()) for key, value in _EXTENSION.findall(body)}
    else:
        sign, body = _delimiter(body) if version == "2.0" else (delimiter or "\t", body)
        pairs = _pairs(body, sign)
    found = names | _labelled(pairs, prefix, None if version == "2.0" else label_prefix, keep=keep_labels)
    time = pairs.get("devTime")
    milliseconds = _time(time, pairs.get("devTimeFormat"), zone, now) if parse_time and time is not None else None
    return found if milliseconds is None else found | {"@timestamp": str(milliseconds)}


def _delimiter(body: str) -> tuple[str, str]:
    """The delimiter that the header of LEEF 2.0 names, as a character or its number, and the rest."""
    written, bar, rest = body.partition("|")
    number = _HEX.fullmatch(written)
    if not bar or (number is None and len(written) > 1):
        return "\t", body
    return (chr(int(number[1], 16)) if number is not None else written or "\t"), rest


def _pairs(body: str, sign: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    key = ""
    for part in body.strip("\r\n").split(sign):
        name, equals, value = part.partition("=")
        if equals:
            key = name.strip()
            pairs[key] = value
        elif key and part:
            pairs[key] += sign + part
    return pairs


def _time(text: str, pattern: str | None, zone: Zone, now: int) -> int | None:
    if pattern is None and (number := parse_integer(text)) is not None:
        return number
    for form in (pattern,) if pattern is not None else _TIMES:
        try:
            found = read_by_pattern(text.strip(), form, zone, now)
        except UnknownPatternError:
            continue
        if found is not None:
            return found.milliseconds
    return None
