"""`unit:convert()`: numbers with units."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from emulator.assumptions import assumption
from emulator.cql.numbers import format_number
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "units")

WHOLE_UNITS = assumption(
    "unit-convert-whole",
    "cql",
    "`unit:convert()` prints whole numbers without a decimal point, as its reference shows; one example shows `1.0`",
)
_SMALL = {"h": 2, "da": 1, "d": -1, "c": -2, "m": -3, "u": -6, "µ": -6, "n": -9, "p": -12, "f": -15, "a": -18}
_LARGE = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "Z": 7, "Y": 8}
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
_SECONDS |= {"w": 604_800, "week": 604_800}
_VALUE = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*", re.DOTALL)
_MOST_DIGITS = 100


def _factor(unit: str, known: str | None, *, binary: bool) -> tuple[Decimal, str]:
    """What one of a unit is worth, and the unit without its prefix. `known` is a unit that is no prefix."""
    if known is not None and unit.endswith(known):
        prefix, base = unit[: len(unit) - len(known)], known
        return _prefix(prefix, binary=binary) or Decimal(1), base
    for length in (2, 1):
        worth = _prefix(unit[:length], binary=binary) if len(unit) >= length else None
        if worth is not None:
            return worth, unit[length:]
    return Decimal(1), unit


def _prefix(prefix: str, *, binary: bool) -> Decimal | None:
    if prefix[1:] == "i" and prefix[0] in _LARGE:
        return Decimal(1024) ** _LARGE[prefix[0]]
    if prefix in _LARGE:
        return Decimal(1024 if binary else 1000) ** _LARGE[prefix]
    return Decimal(10) ** _SMALL[prefix] if prefix in _SMALL else None


def _worth(unit: str, known: str | None, *, binary: bool) -> tuple[Decimal, str]:
    """What one of a unit or rate is worth in the unit without prefixes, by the second, and that unit."""
    amount, slash, per = unit.partition("/")
    worth, base = _factor(amount.strip(), known, binary=binary)
    if not slash:
        return worth, base
    seconds = _SECONDS.get(per.strip())
    return (worth, f"{base}/{per.strip()}") if seconds is None else (worth / seconds, f"{base}/s")


@LIBRARY.scalar(
    "unit:convert(field: field, as: text = same, from: text = none, to: text = none, unit: text = none,"
    " binary: bool = false, keepUnit: bool = false) -> text",
    nulls=Nulls.TOTAL,
    doc="unit-convert",
    examples="""
        unit:convert(a) of a="5 MB" => 5000000   [docs]
        unit:convert(a) of a="5 MiB" => 5242880   [docs]
        unit:convert(a, binary=true) of a="5 MB" => 5242880   [docs]
        unit:convert(a) of a="514 us" => 5.14E-4   [docs]
        unit:convert(a, from="k") of a=234.567 => 234567   [docs]
        unit:convert(a, unit="hits") of a="120 hits/min" => 2   [docs]
        unit:convert(a, to="M") of a=19886168 => 19.886168   [docs]
        unit:convert(a, from="ms", to="s") of a=3500 => 3.5   [docs]
        unit:convert(a, keepUnit=true) of a="2 kB" => "2000 B"   [reasoned]
        unit:convert(a) of a=many => null   [reasoned]
    """,
)
def convert_unit(
    text: str | None,
    from_unit: str | None,
    to_unit: str | None,
    unit: str | None,
    binary: bool,
    keep_unit: bool,
) -> str | None:
    """The number in another unit: without prefixes and by the second, unless the call says which."""
    match = None if text is None or len(text) > _MOST_DIGITS else _VALUE.fullmatch(text)
    if match is None:
        return None
    worth, base = _worth(from_unit or match[2] or "", unit, binary=binary)
    target = Decimal(1)
    if to_unit is not None:
        target, base = _worth(to_unit, unit, binary=binary)
    try:
        value = Decimal(match[1]) * worth / target
    except InvalidOperation:
        return None
    whole = value == value.to_integral_value()
    shown = format_number(int(value) if whole else float(value))
    return f"{shown} {to_unit or base}" if keep_unit else shown
