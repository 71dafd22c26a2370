"""`unit:convert()`: numbers with units."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from emulator.assumptions import assumption
from emulator.cql.numbers import format_number
from emulator.functions import Library, Nulls
from emulator.nodes import record
from emulator.regular import regular

LIBRARY = Library("cql", "units")

WHOLE_UNITS = assumption(
    "unit-convert-whole",
    "cql",
    "`unit:convert()` prints whole numbers without a decimal point, as its reference shows; one example shows `1.0`",
)
_SMALL = {"h": 2, "da": 1, "d": -1, "c": -2, "m": -3, "u": -6, "µ": -6, "n": -9, "p": -12, "f": -15, "a": -18}
_SMALL |= {"z": -21, "y": -24}
_LARGE = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "Z": 7, "Y": 8}
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
_SECONDS |= {"w": 604_800, "week": 604_800}
_VALUE = regular(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*", re.DOTALL)
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
    assumes=(WHOLE_UNITS.name,),
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
        unit:convert(a) of a="3 zg" => 3.0E-21   [docs]
        unit:convert(a, unit="B") of a="2 kg" => null   [docs]
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
    written = from_unit or match[2] or ""
    if unit is not None and not written.partition("/")[0].strip().endswith(unit):
        return None
    worth, base = _worth(written, unit, binary=binary)
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


_PER_SPAN = frozenset({"span", "bucket"})
_CONVERSION = regular(r"\s*([^/\s]*)\s*(?:/\s*(\w+))?\s+to\s+([^/\s]*)\s*(?:/\s*(\w+))?\s*", re.ASCII)


@record
class Conversion:
    """`bytes/span to Kbytes/day`: what one is worth in the other, each by so many seconds (None: by the span)."""

    worth: Fraction
    is_rate: bool
    per: int | None
    by: int | None

    def factor(self, span: Fraction) -> Fraction:
        """What to multiply a number with, where the span has so many seconds."""
        if not self.is_rate:
            return self.worth
        return self.worth * Fraction(span if self.by is None else self.by) / (span if self.per is None else self.per)


def conversion(text: str) -> Conversion | None:
    """The conversion of a chart's `unit`, or None for what is none: both must be rates, or neither."""
    match = _CONVERSION.fullmatch(text)
    if match is None or (match[2] is None) is not (match[4] is None):
        return None
    times = [one for one in (match[2], match[4]) if one is not None]
    if any(one not in _SECONDS and one not in _PER_SPAN for one in times):
        return None
    known = min((match[1], match[3]), key=len)
    shared = known if known and match[1].endswith(known) and match[3].endswith(known) else None
    (source, _), (target, _) = (_factor(unit, shared, binary=False) for unit in (match[1], match[3]))
    per, by = (_SECONDS.get(one) for one in times) if times else (None, None)
    return Conversion(Fraction(source) / Fraction(target), bool(times), per, by)
