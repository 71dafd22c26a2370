"""Which side of an edge a point is on, whether edges cross: exact, and with an answer where points lie on one line.

Points on one great circle are told apart as if each had been moved by an infinitely small amount of its own, always
the same (the scheme of Edelsbrunner and Mücke that the S2 geometry library uses), so that areas that share an edge
share no point and leave none out.
"""

from __future__ import annotations

import math
from fractions import Fraction

from emulator.kql.library.geo_sphere import Vector, cross, dot, largest, unit

_CERTAIN = 3.7e-15
"""The determinant of unit vectors is off by less than this: the sign of a larger one is right."""
_SLANTED: Vector = (0.012, 0.0053, 0.00457)


def side(a: Vector, b: Vector, c: Vector) -> int:
    """1 where c is left of the edge from a to b, -1 where it is right of it, 0 only when two of them are one."""
    determinant = dot(cross(a, b), c)
    if abs(determinant) > _CERTAIN:
        return 1 if determinant > 0 else -1
    return 0 if a in (b, c) or b == c else _exact_side(a, b, c)


def _exact_side(a: Vector, b: Vector, c: Vector) -> int:
    turns, points = 1, [a, b, c]
    for first, second in ((0, 1), (1, 2), (0, 1)):
        if points[first] > points[second]:
            points[first], points[second] = points[second], points[first]
            turns = -turns
    low, middle, high = (tuple(Fraction(part) for part in point) for point in points)
    return turns * next((1 if term > 0 else -1 for term in _terms(low, middle, high) if term), 1)


def _terms(a: tuple[Fraction, ...], b: tuple[Fraction, ...], c: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The determinant, then its coefficients in the order of the movements' sizes; a < b < c."""
    across = (b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0])
    return (
        a[0] * across[0] + a[1] * across[1] + a[2] * across[2],
        across[2],
        across[1],
        across[0],
        c[0] * a[1] - c[1] * a[0],
        c[0],
        -c[1],
        c[2] * a[0] - c[0] * a[2],
        c[2],
        a[0] * b[1] - a[1] * b[0],
        -b[0],
        b[1],
        a[0],
    )


def in_order(a: Vector, b: Vector, c: Vector, center: Vector) -> bool:
    """True when the edges from a center to a, b and c come counterclockwise in that order."""
    return (side(b, center, a) >= 0) + (side(c, center, b) >= 0) + (side(a, center, c) > 0) >= 2


def reference(point: Vector) -> Vector:
    """A fixed direction at right angles to a point, from which edges at it are counted."""
    slanted = list(_SLANTED)
    slanted[largest(point) - 1] = 1.0
    return unit(cross(point, (slanted[0], slanted[1], slanted[2])))


def cross_within(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """True when the edges ab and cd cross at a point inside both."""
    first = -side(a, b, c)
    if not first or side(a, b, d) != first:
        return False
    return -side(c, d, b) == first and side(c, d, a) == first


def crossed(outside: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether the way to b changes sides of the edge cd: where b is an end of it, it does for one of the two sides."""
    if b in (c, d):
        return in_order(reference(b), c if b == d else d, outside, b)
    return cross_within(outside, b, c, d)


def bounds(a: Vector, b: Vector) -> tuple[float, float]:
    """Between which two first components all points of an edge are."""
    bulge = 1 - math.sqrt(max(0.0, (1 + dot(a, b)) / 2)) + 1e-12
    return min(a[0], b[0]) - bulge, max(a[0], b[0]) + bulge
