"""The digits that the product writes for a real: few enough that the same number is read back, but not the nearest.

It writes like Florian Loitsch's Grisu2 in a JSON writer that corrects the last digit only where at most eight digits of
the fraction were made: beyond that the digits are those of the upper end of the numbers that read back as the same.
Recorded answers and the documentation show such digits: 9.999999999999999 for the real below 10, whose nearest text of
that length ends in 8.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from functools import lru_cache

_BITS = 64
_MASK = (1 << _BITS) - 1
_HIDDEN = 1 << 52
"""The leading bit of the fraction of a double, which is not stored."""
_FIRST_POWER, _STEP = -348, 8
"""Powers of ten are tabulated from 10^-348 on, one in eight."""
_TARGET = -61
_OFFSET = 347
_CORRECTED = 9
"""So many digits of the fraction are too many for a correction of the last one."""

Scaled = tuple[int, int]
"""A number as a whole number of 64 bits and the exponent of the power of two that it is multiplied with."""


@lru_cache(maxsize=4096)
def digits(value: float) -> tuple[str, int]:
    """The digits of a positive real, and the exponent of the power of ten that they are multiplied with."""
    fraction, exponent = _parts(value)
    upper = _normalized(2 * fraction + 1, exponent - 1)
    # Below a power of two, numbers lie twice as close as above it.
    lower = (4 * fraction - 1, exponent - 2) if fraction == _HIDDEN else (2 * fraction - 1, exponent - 1)
    lower = (lower[0] << (lower[1] - upper[1]), upper[1])
    power, scale = _power(upper[1])
    top, bottom = _product(upper, scale), _product(lower, scale)
    value_at = _product(_normalized(fraction, exponent), scale)
    high = top[0] - 1
    made, shift = _generated(high, -top[1], high - (bottom[0] + 1), high - value_at[0])
    return made, shift - power


def _parts(value: float) -> Scaled:
    """A double as a whole number and an exponent of two."""
    bits = int.from_bytes(struct.pack(">d", value), "big")
    exponent, fraction = divmod(bits, _HIDDEN)
    return (fraction + _HIDDEN, exponent - 1075) if exponent else (fraction, -1074)


def _normalized(whole: int, exponent: int) -> Scaled:
    shift = _BITS - whole.bit_length()
    return whole << shift, exponent - shift


def _product(left: Scaled, right: Scaled) -> Scaled:
    """The upper half of the product, rounded."""
    product = left[0] * right[0]
    return (product >> _BITS) + (product >> (_BITS - 1) & 1), left[1] + right[1] + _BITS


def _power(exponent: int) -> tuple[int, Scaled]:
    """The tabulated power of ten that brings a number of a binary exponent into reach, by its exponent and scaled."""
    wanted = math.ceil((_TARGET - exponent) * math.log10(2) + _OFFSET)
    power = _FIRST_POWER + _STEP * ((wanted >> 3) + 1)
    return power, _tabulated(power)


@lru_cache(maxsize=128)
def _tabulated(power: int) -> Scaled:
    """A power of ten, rounded to 64 bits."""
    exact = Fraction(10) ** power
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length() - _BITS
    scaled = exact / Fraction(2) ** exponent
    return (round(scaled), exponent) if scaled <= _MASK else (round(scaled / 2), exponent + 1)


def _generated(high: int, point: int, room: int, away: int) -> tuple[str, int]:
    """Digits from the upper end downwards until they are in the room below it, and the exponent of the last one.

    `point` is the number of bits behind the binary point, `away` how far the value lies below the upper end.
    """
    one = 1 << point
    whole, rest = high >> point, high & (one - 1)
    shown = str(whole)
    for kept in range(1, len(shown) + 1):
        unit = 10 ** (len(shown) - kept)
        left = (whole % unit << point) + rest
        if left <= room:
            return _corrected(int(shown[:kept]), room, left, unit << point, away), len(shown) - kept
    made, behind = whole, 0
    while True:
        rest, room, behind = rest * 10, room * 10, behind + 1
        made = made * 10 + (rest >> point)
        rest &= one - 1
        if rest < room:
            distance = away * 10**behind & _MASK if behind < _CORRECTED else 0
            return _corrected(made, room, rest, one, distance), -behind


def _corrected(made: int, room: int, rest: int, unit: int, away: int) -> str:
    """The digits with the last one counted down as long as that brings them nearer to the value."""
    while rest < away and room - rest >= unit and (rest + unit < away or away - rest > rest + unit - away):
        made, rest = made - 1, rest + unit
    return str(made)
