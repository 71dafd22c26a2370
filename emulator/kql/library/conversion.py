"""The conversions between types: `tostring`, `toint` and their kin. What can't be converted is null.

Where the documentation is silent: numbers may have spaces around them and whole ones may be hexadecimal, as literals
may; a real outside the range of `int` or `long` has no conversion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from typing import Any

from emulator.clock import MAX_DATETIME, UNIX_EPOCH, format_datetime, format_timespan
from emulator.functions import Library
from emulator.kql.library.printing import decimal_text, dynamic_text, real_text
from emulator.kql.parser.instants import parse_datetime, parse_timespan
from emulator.regular import regular
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "conversion")
Reader = Callable[[Any], object]
_T = ScalarType
_WHOLE = regular(r"\s*([+-]?)(?:0[xX]([0-9A-Fa-f]{1,16})|(\d{1,40}))\s*", re.ASCII)
_REAL = regular(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_SPECIAL_REALS = {
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
    "infinity": math.inf,
    "-infinity": -math.inf,
}
_GUID = regular(r"[0-9A-Fa-f]{32}")
_DIGITS = 34
_LARGEST_EXPONENT = 6144
_YEAR_1000 = 315_253_728_000_000_000
"""The ticks of an instant from which on years have four digits."""


def to_int32(number: int) -> int:
    """The 32-bit number that is left of a longer one."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _fitting(number: int, bits: int) -> int | None:
    return number if -(1 << bits - 1) <= number < 1 << bits - 1 else None


def _whole(text: str, bits: int) -> int | None:
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    sign, hexadecimal, digits = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(digits)
    if hexadecimal and number >= 1 << bits - 1 and number < 1 << bits:
        number -= 1 << bits
    return _fitting(-number if sign == "-" else number, bits)


def long_of_text(text: str) -> int | None:
    """The whole number that a text spells, decimal or hexadecimal; null for any other text, `5.7` included."""
    return _whole(text, 64)


def int_of_text(text: str) -> int | None:
    """The same in 32 bits."""
    return _whole(text, 32)


def _long_of_real(value: float | Decimal) -> int | None:
    return _fitting(int(value), 64) if math.isfinite(value) else None


def _int_of_real(value: float | Decimal) -> int | None:
    return _fitting(int(value), 32) if math.isfinite(value) else None


def real_of_text(text: str) -> float | None:
    """The number that a text spells."""
    if _REAL.fullmatch(text):
        return float(text)
    return _SPECIAL_REALS.get(text.strip().lower())


def decimal_of_text(text: str) -> Decimal | None:
    """The number that a text spells, rounded to 34 digits."""
    if not _REAL.fullmatch(text):
        return None
    with localcontext() as context:
        context.prec = _DIGITS
        try:
            number = +Decimal(text.strip())
        except ArithmeticError:
            return None
    return number if abs(number.adjusted()) <= _LARGEST_EXPONENT else None


def _decimal_of_real(value: float) -> Decimal | None:
    return decimal_of_text(repr(value)) if math.isfinite(value) else None


def bool_of_text(text: str) -> bool | None:
    """`true` and `false` in any case, and numbers, of which zero alone is false."""
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    number = long_of_text(word)
    return None if number is None else number != 0


def guid_of_text(text: str) -> str | None:
    """A guid of the first 32 characters that are no hyphens; the rest is ignored."""
    digits = text.replace("-", "")[:32].lower()
    if not _GUID.fullmatch(digits):
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _instant(ticks: int) -> int | None:
    return ticks if 0 <= ticks <= MAX_DATETIME else None


def _instant_of_real(value: float) -> int | None:
    return _instant(int(value)) if math.isfinite(value) else None


def timespan_of_text(text: str) -> int | None:
    """The ticks of a duration as literals write it; a number alone counts days."""
    ticks = parse_timespan(text)
    return None if ticks is None else _fitting(ticks, 64)


def _same(value: object) -> object:
    return value


def _nothing(_: object) -> None:
    return None


def _is_true(value: float) -> bool:
    return value != 0


def _or_empty(write: Callable[[Any], str]) -> Reader:
    return lambda value: "" if value is None else write(value)


_PYTHON_TYPES: dict[type, str] = {bool: "bool", int: "integer", float: "real", str: "string"}


def _of_dynamic(readers: Mapping[str, Reader]) -> Reader:
    """The conversion of a dynamic: that of the value it holds; null for arrays and bags."""

    def convert(value: object) -> object:
        if isinstance(value, Scalar):
            return readers.get(value.type.value, _nothing)(value.value)
        word = _PYTHON_TYPES.get(type(value))
        return readers.get(word, _nothing)(value) if word else None

    return convert


def _declare(
    names: str,
    gives: str,
    readers: Mapping[str, Reader],
    doc: str,
    examples: str,
    *,
    of_all: bool = True,
    sql: Mapping[str, str] = {},
) -> None:
    """Declare a conversion under all its names: one overload for each type, and null for other types if `of_all`."""
    everything = {**readers}
    everything.setdefault("dynamic", _of_dynamic(readers))
    if of_all:
        everything.setdefault("scalar", _nothing)
    first = names.split()[0]
    for name in names.split():
        shown = examples.replace(f"{first}(", f"{name}(")
        for given, reader in everything.items():
            declaration = f"{name}(value: {given}) -> {gives}"
            LIBRARY.scalar(declaration, sql=sql.get(given), doc=doc, examples=shown)(reader)
            shown = ""


def _whole_in_sql(digits: int, name: str) -> str:
    """SQL of the whole number that a text spells: without a digit there is none, and other forms are read in Python."""
    plain = f"regexp_matches({{value}}, '^-?[0-9]{{1,{digits}}}$')"
    other = "WHEN regexp_matches({value}, '[0-9]') THEN meaning() ELSE NULL"
    return f"CASE WHEN {plain} THEN CAST({{value}} AS {name}) {other} END"


_MOMENT_TEXT = (
    f"CASE WHEN {{value}} >= {_YEAR_1000} THEN"
    f" strftime(make_timestamp(({{value}} - {{value}} % 10 - {UNIX_EPOCH}) // 10), '%Y-%m-%dT%H:%M:%S.%f')"
    " || CAST({value} % 10 AS VARCHAR) || 'Z' ELSE meaning() END"
)
_declare(
    "tostring",
    "string",
    {
        "string": _or_empty(str),
        "integer": _or_empty(str),
        "real": _or_empty(real_text),
        "bool": _or_empty(str),
        "datetime": _or_empty(format_datetime),
        "timespan": _or_empty(format_timespan),
        "decimal": _or_empty(decimal_text),
        "guid": _or_empty(str),
        "dynamic": dynamic_text,
        "scalar": _or_empty(str),
    },
    "tostring-function",
    """
    tostring(123) => "123"   [recorded]
    tostring(true) => "True"   [recorded]
    tostring(int(null)) => ""   [docs]
    tostring(1.0) => "1.0"   [reasoned]
    tostring(datetime(2020-01-02 03:04:05.6)) => "2020-01-02T03:04:05.6000000Z"   [recorded]
    tostring(dynamic({"a": [1, "b"]})) => '{"a":[1,"b"]}'   [reasoned]
    tostring(dynamic("a")) => "a"   [recorded]
    """,
    sql={
        "string": "{value}",
        "integer": "CAST({value} AS VARCHAR)",
        "bool": "CASE WHEN {value} THEN 'True' ELSE 'False' END",
        "datetime": _MOMENT_TEXT,
        "guid": "{value}",
    },
)
_declare(
    "tolong",
    "long",
    {
        "string": long_of_text,
        "integer": _same,
        "real": _long_of_real,
        "bool": int,
        "datetime": _same,
        "timespan": _same,
        "decimal": _long_of_real,
    },
    "tolong-function",
    """
    tolong("123") => 123   [docs]
    tolong("5.7") => long(null)   [recorded]
    tolong("0x1F") => 31   [reasoned]
    tolong(5.7) => 5   [recorded]
    tolong(true) => 1   [reasoned]
    """,
    sql={"string": _whole_in_sql(18, "BIGINT"), "integer": "{value}", "bool": "CAST({value} AS BIGINT)"},
)
_declare(
    "toint",
    "int",
    {
        "string": int_of_text,
        "integer": to_int32,
        "real": _int_of_real,
        "bool": int,
        "datetime": to_int32,
        "timespan": to_int32,
        "decimal": _int_of_real,
    },
    "toint-function",
    """
    toint("123") => int(123)   [docs]
    toint(2.3) => int(2)   [docs]
    toint(4294967297) => int(1)   [recorded]
    toint("x") => int(null)   [docs]
    """,
    sql={
        "string": _whole_in_sql(9, "INTEGER"),
        "integer": "CASE WHEN {value} BETWEEN -2147483648 AND 2147483647 THEN {value} ELSE meaning() END",
        "bool": "CAST({value} AS INTEGER)",
    },
)
_declare(
    "toreal todouble",
    "real",
    {
        "string": real_of_text,
        "integer": float,
        "real": _same,
        "bool": float,
        "datetime": float,
        "timespan": float,
        "decimal": float,
    },
    "toreal-function",
    """
    toreal("123.4") => 123.4   [docs]
    toreal("a") => real(null)   [docs]
    toreal(2) => 2.0   [reasoned]
    """,
)
_declare(
    "todecimal",
    "decimal",
    {"string": decimal_of_text, "integer": Decimal, "real": _decimal_of_real, "bool": Decimal, "decimal": _same},
    "todecimal-function",
    """
    todecimal("123.45678") => decimal(123.45678)   [docs]
    todecimal("a") => decimal(null)   [docs]
    """,
)
_declare(
    "tobool toboolean",
    "bool",
    {"string": bool_of_text, "bool": _same, "integer": _is_true, "real": _is_true, "decimal": _is_true},
    "tobool-function",
    """
    tobool("true") => true   [docs]
    tobool("FALSE") => false   [reasoned]
    tobool(123) => true   [docs]
    tobool("no") => bool(null)   [docs]
    """,
)
_declare(
    "todatetime make_datetime",
    "datetime",
    {
        "string": parse_datetime,
        "datetime": _same,
        "integer": _instant,
        "timespan": _instant,
        "real": _instant_of_real,
        "decimal": _instant_of_real,
    },
    "todatetime-function",
    """
    todatetime("2015-12-31 23:59:59.9") => datetime(2015-12-31 23:59:59.9)   [docs]
    todatetime("12-02-2022") => datetime(2022-12-02)   [docs]
    todatetime("soon") => datetime(null)   [docs]
    """,
)
_declare(
    "totimespan totime make_timespan",
    "timespan",
    {
        "string": timespan_of_text,
        "timespan": _same,
        "integer": _same,
        "datetime": _same,
        "real": _long_of_real,
        "decimal": _long_of_real,
    },
    "totimespan-function",
    """
    totimespan("0.00:03:00") => 3m   [docs]
    totimespan(4d) => 4d   [docs]
    totimespan("a") => timespan(null)   [docs]
    """,
)
_declare(
    "toguid",
    "guid",
    {"string": guid_of_text, "guid": _same},
    "toguid-function",
    """
    toguid("0123456789abcdef0123456789abcdef") => guid(01234567-89ab-cdef-0123-456789abcdef)   [docs]
    toguid("a string that is not a guid") => guid(null)   [docs]
    """,
    of_all=False,
)
