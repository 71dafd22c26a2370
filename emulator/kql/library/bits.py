"""Functions of the bits of whole numbers, which have 64 of them."""

from __future__ import annotations

from emulator.functions import Library
from emulator.kql.library.operators import wrap

LIBRARY = Library("kql", "bits")
_BITS = 64
_ALL = (1 << _BITS) - 1
_MOST_DIGITS = 16


@LIBRARY.scalar(
    "binary_and(left: integer, right: integer) -> long",
    doc="binary-and-function",
    examples="binary_and(6, 3) => 2   [docs]",
)
def binary_and(left: int, right: int) -> int:
    """The bits that both have."""
    return left & right


@LIBRARY.scalar(
    "binary_or(left: integer, right: integer) -> long",
    doc="binary-or-function",
    examples="binary_or(6, 3) => 7   [docs]",
)
def binary_or(left: int, right: int) -> int:
    """The bits that one of them has."""
    return left | right


@LIBRARY.scalar(
    "binary_xor(left: integer, right: integer) -> long",
    doc="binary-xor-function",
    examples="binary_xor(6, 3) => 5   [docs]",
)
def binary_xor(left: int, right: int) -> int:
    """The bits that exactly one of them has."""
    return left ^ right


@LIBRARY.scalar(
    "binary_not(value: integer) -> long", doc="binary-not-function", examples="binary_not(100) => -101   [docs]"
)
def binary_not(value: int) -> int:
    """All bits turned over."""
    return ~value


@LIBRARY.scalar(
    "binary_shift_left(value: integer, shift: integer) -> long",
    doc="binary-shift-left-function",
    examples="""
    binary_shift_left(1, 2) => 4   [docs]
    binary_shift_left(1, 65) => 2   [docs]
    binary_shift_left(1, -1) => long(null)   [docs]
    """,
)
def binary_shift_left(value: int, shift: int) -> int | None:
    """The bits moved up, by at most 63 places; null for a negative number of places."""
    return wrap(value << shift % _BITS & _ALL) if shift >= 0 else None


@LIBRARY.scalar(
    "binary_shift_right(value: integer, shift: integer) -> long",
    doc="binary-shift-right-function",
    examples="""
    binary_shift_right(4, 2) => 1   [docs]
    binary_shift_right(-4, 1) => -2   [reasoned]
    binary_shift_right(4, -1) => long(null)   [docs]
    """,
)
def binary_shift_right(value: int, shift: int) -> int | None:
    """The bits moved down, by at most 63 places; null for a negative number of places."""
    return value >> shift % _BITS if shift >= 0 else None


@LIBRARY.scalar(
    "bitset_count_ones(value: integer) -> long",
    doc="bitset-count-ones-function",
    examples="""
    bitset_count_ones(42) => 3   [docs]
    bitset_count_ones(-1) => 64   [reasoned]
    """,
)
def bitset_count_ones(value: int) -> int:
    """The number of bits that are set."""
    return (value & _ALL).bit_count()


def _hexadecimal(value: int, digits: int, bits: int) -> str:
    return format(value & ((1 << bits) - 1), "x").zfill(max(0, min(digits, _MOST_DIGITS)))


@LIBRARY.scalar(
    "tohex(value: int, digits: integer = 0) -> string",
    doc="tohex-function",
    examples="tohex(toint(-256), 8) => 'ffffff00'   [docs]",
)
def hex_of_int(value: int, digits: int) -> str:
    """The hexadecimal digits of a 32-bit number, padded with zeros."""
    return _hexadecimal(value, digits, 32)


@LIBRARY.scalar(
    "tohex(value: long, digits: integer = 0) -> string",
    doc="tohex-function",
    examples="""
    tohex(256) => '100'   [docs]
    tohex(-256) => 'ffffffffffffff00'   [docs]
    tohex(256, 8) => '00000100'   [docs]
    tohex(256, 2) => '100'   [docs]
    """,
)
def hex_of_long(value: int, digits: int) -> str:
    """The hexadecimal digits of a 64-bit number, padded with zeros."""
    return _hexadecimal(value, digits, _BITS)
