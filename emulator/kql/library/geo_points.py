"""Functions of points on Earth: distance, circle, direction."""

from __future__ import annotations

import math

from emulator.functions import Library
from emulator.kql.library.geo_sphere import EARTH_RADIUS, Vector, between, cross, dot, norm, normal, place

LIBRARY = Library("kql", "geo_points")
_NORTH: Vector = (0.0, 0.0, 1.0)
_SAME = 1e-15


@LIBRARY.scalar(
    "geo_distance_2points(longitude1: real, latitude1: real, longitude2: real, latitude2: real) -> real",
    doc="geo-distance-2points-function",
    examples="""
    geo_distance_2points(0, 0, 0, 180.0 / pi()) => 6371010.0   [reasoned]
    geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056) => 1546754.3519738095   [recorded]
    geo_distance_2points(300, 1, 1, 1) => real(null)   [docs]
    geo_distance_2points(1, 1, 1, 91) => real(null)   [docs]
    geo_distance_2points(1, 1, 1, real(nan)) => real(null)   [reasoned]
    """,
)
def distance(longitude1: float, latitude1: float, longitude2: float, latitude2: float) -> float | None:
    """The shortest way between two points, in metres."""
    start, end = place(longitude1, latitude1), place(longitude2, latitude2)
    return None if start is None or end is None else between(start, end) * EARTH_RADIUS


@LIBRARY.scalar(
    "geo_point_in_circle(longitude: real, latitude: real, center_longitude: real, center_latitude: real, radius: real)"
    " -> bool",
    doc="geo-point-in-circle-function",
    examples="""
    geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500) => true   [recorded]
    geo_point_in_circle(-122.137575, 47.630683, -122.100896, 47.527351, 3500) => false   [recorded]
    geo_point_in_circle(200, 1, 1, 1, 1) => bool(null)   [docs]
    geo_point_in_circle(1, 1, 200, 1, 1) => bool(null)   [docs]
    geo_point_in_circle(1, 1, 1, 1, -1) => bool(null)   [docs]
    geo_point_in_circle(1, 1, 1, 1, real(nan)) => bool(null)   [reasoned]
    """,
)
def in_circle(
    longitude: float, latitude: float, center_longitude: float, center_latitude: float, radius: float
) -> bool | None:
    """True when a point is within so many metres of another."""
    away = distance(longitude, latitude, center_longitude, center_latitude)
    return None if away is None or not radius > 0 else away <= radius


def _turn(at: Vector, start: Vector, end: Vector) -> float | None:
    """The clockwise angle at a point from the direction of one point to that of another, in [0, 2π)."""
    one, other = normal(at, start), normal(at, end)
    if norm(one) < _SAME or norm(other) < _SAME:
        return None
    turned = math.atan2(-dot(cross(one, other), at), dot(one, other))
    return turned % (2 * math.pi)


@LIBRARY.scalar(
    "geo_azimuth(longitude1: real, latitude1: real, longitude2: real, latitude2: real) -> real",
    doc="geo-azimuth-function",
    examples="""
    geo_azimuth(5, 10, 10, -40) => 3.054599397964492   [recorded]
    geo_azimuth(0, 0, -10, 0) => 3 * pi() / 2   [docs]
    geo_azimuth(5, 10, 5, 10) => real(null)   [docs]
    geo_azimuth(5, 10, -175, -10) => real(null)   [docs]
    geo_azimuth(500, 10, 5, 10) => real(null)   [docs]
    """,
)
def azimuth(longitude1: float, latitude1: float, longitude2: float, latitude2: float) -> float | None:
    """The direction from one point to another, in radians clockwise from north."""
    start, end = place(longitude1, latitude1), place(longitude2, latitude2)
    return None if start is None or end is None else _turn(start.vector, _NORTH, end.vector)


@LIBRARY.scalar(
    "geo_angle(longitude1: real, latitude1: real, longitude2: real, latitude2: real, longitude3: real,"
    " latitude3: real) -> real",
    doc="geo-angle-function",
    examples="""
    geo_angle(0, 10, 0, 5, 3, -10) => 2.9449384340688165   [recorded]
    geo_angle(0, 10, 0, 10, 3, -10) => real(null)   [docs]
    geo_angle(0, 10, 0, 91, 3, -10) => real(null)   [docs]
    """,
)
def turn(
    longitude1: float, latitude1: float, longitude2: float, latitude2: float, longitude3: float, latitude3: float
) -> float | None:
    """The clockwise angle at the second of three points from the first to the third, in radians."""
    start, middle, end = (
        place(longitude1, latitude1),
        place(longitude2, latitude2),
        place(longitude3, latitude3),
    )
    if start is None or middle is None or end is None:
        return None
    return _turn(middle.vector, start.vector, end.vector)
