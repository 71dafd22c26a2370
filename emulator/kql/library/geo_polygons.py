"""Functions of polygons: what is inside, distance, perimeter, area and centroid, and what crosses them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from emulator.functions import Library
from emulator.kql.library.geo_lines import meet, overlapping
from emulator.kql.library.geo_shapes import Edge, Polygon, apart, line_edges, lines, polygons, read_once, turning
from emulator.kql.library.geo_sphere import (
    EARTH_RADIUS,
    Vector,
    angle,
    cross,
    distance_to_edges,
    dot,
    minus,
    norm,
    normal,
    place,
    plus,
    point_shape,
    times,
    unit,
)

LIBRARY = Library("kql", "geo_polygons")
_NEAR = 1e-15
_ALL_AROUND = 2 * math.pi


def _inside(found: Sequence[Polygon] | None, longitude: float, latitude: float) -> bool | None:
    at = place(longitude, latitude)
    return None if found is None or at is None else any(polygon.contains(at.vector) for polygon in found)


@LIBRARY.scalar(
    "geo_point_in_polygon(longitude: real, latitude: real, polygon: dynamic) -> bool",
    doc="geo-point-in-polygon-function",
    specialise=read_once(polygons, _inside),
)
def inside(longitude: float, latitude: float, polygon: object) -> bool | None:
    """Whether a point is inside a polygon; of areas that share an edge, exactly one has a point on it."""
    return _inside(polygons(polygon), longitude, latitude)


def _edges(found: Sequence[Polygon]) -> list[Edge]:
    return [edge for polygon in found for edge in polygon.edges]


def _distance(found: Sequence[Polygon] | None, longitude: float, latitude: float) -> float | None:
    at = place(longitude, latitude)
    if found is None or at is None:
        return None
    point = at.vector
    if any(polygon.contains(point) for polygon in found):
        return 0.0
    return distance_to_edges(point, _edges(found))[0] * EARTH_RADIUS


@LIBRARY.scalar(
    "geo_distance_point_to_polygon(longitude: real, latitude: real, polygon: dynamic) -> real",
    doc="geo-distance-point-to-polygon-function",
    specialise=read_once(polygons, _distance),
)
def distance(longitude: float, latitude: float, polygon: object) -> float | None:
    """The shortest way from a point to a polygon, in metres; none from inside."""
    return _distance(polygons(polygon), longitude, latitude)


@LIBRARY.scalar(
    "geo_closest_point_on_polygon(longitude: real, latitude: real, polygon: dynamic) -> dynamic",
    doc="geo-closest-point-on-polygon-function",
)
def closest(longitude: float, latitude: float, polygon: object) -> dict[str, object] | None:
    """The point of a polygon that is closest to another: that one itself when it is inside."""
    found, at = polygons(polygon), place(longitude, latitude)
    if found is None or at is None:
        return None
    point = at.vector
    if any(one.contains(point) for one in found):
        return point_shape(point)
    return point_shape(distance_to_edges(point, _edges(found))[1])


def _united(polygon: object) -> list[Polygon] | None:
    """The polygons of a shape that are apart. Raises MeaningError when they would have to be united."""
    found = polygons(polygon)
    if found is not None and not apart(found):
        raise overlapping("polygons")
    return found


@LIBRARY.scalar("geo_polygon_perimeter(polygon: dynamic) -> real", doc="geo-polygon-perimeter-function")
def perimeter(polygon: object) -> float | None:
    """The length of all rings, those of holes too, in metres."""
    found = _united(polygon)
    return None if found is None else sum(angle(a, b) for a, b in _edges(found)) * EARTH_RADIUS


def _signed(polygon: Polygon) -> list[tuple[int, Sequence[Vector]]]:
    """The corners around each ring, and 1 for the shell, -1 for a hole."""
    return [(-1 if number else 1, ring.points) for number, ring in enumerate(polygon.rings)]


def _area(corners: Sequence[Vector]) -> float:
    """The area of the unit sphere inside a ring: from triangles, which are precise while they are small."""
    first = corners[0]
    total = sum(_triangle(first, a, b) for a, b in pairwise(corners[1:]))
    return total if 0 < total < 1 else _ALL_AROUND - turning(tuple(corners))


def _triangle(a: Vector, b: Vector, c: Vector) -> float:
    """The area of a triangle, negative when it is clockwise."""
    volume = dot(a, cross(minus(b, a), minus(c, a)))
    return 2 * math.atan2(volume, 1 + dot(a, b) + dot(b, c) + dot(c, a))


@LIBRARY.scalar("geo_polygon_area(polygon: dynamic) -> real", doc="geo-polygon-area-function")
def area(polygon: object) -> float | None:
    """The area inside the shell and outside the holes, in square metres."""
    found = _united(polygon)
    if found is None:
        return None
    return sum(sign * _area(corners) for one in found for sign, corners in _signed(one)) * EARTH_RADIUS**2


@LIBRARY.scalar("geo_polygon_centroid(polygon: dynamic) -> dynamic", doc="geo-polygon-centroid-function")
def centroid(polygon: object) -> dict[str, object] | None:
    """The mean of the points of the area, brought to the ground."""
    found = _united(polygon)
    if found is None:
        return None
    total: Vector = (0.0, 0.0, 0.0)
    for one in found:
        for sign, corners in _signed(one):
            for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
                total = plus(total, times(_weight(a, b), sign))
    return None if norm(total) < _NEAR else point_shape(unit(total))


def _weight(a: Vector, b: Vector) -> Vector:
    """What an edge adds to the sum of all points of an area: its normal, as long as half the edge."""
    return times(unit(normal(a, b)), angle(a, b) / 2)


@LIBRARY.scalar(
    "geo_intersects_line_with_polygon(line: dynamic, polygon: dynamic) -> bool",
    doc="geo-intersects-line-with-polygon-function",
)
def meets_line(line: object, polygon: object) -> bool | None:
    """Whether a line has a point in common with a polygon."""
    some, others = lines(line), polygons(polygon)
    if some is None or others is None:
        return None
    if any(one.contains(each[0]) for one in others for each in some):
        return True
    return meet(line_edges(some), _edges(others))


@LIBRARY.scalar(
    "geo_intersects_2polygons(polygon1: dynamic, polygon2: dynamic) -> bool",
    doc="geo-intersects-2polygons-function",
)
def meets_polygon(polygon1: object, polygon2: object) -> bool | None:
    """Whether two polygons have a point in common."""
    some, others = polygons(polygon1), polygons(polygon2)
    if some is None or others is None:
        return None
    if meet(_edges(some), _edges(others)):
        return True
    return _holds(some, others) or _holds(others, some)


def _holds(some: Sequence[Polygon], others: Sequence[Polygon]) -> bool:
    return any(one.contains(other.rings[0].points[0]) for one in some for other in others)
