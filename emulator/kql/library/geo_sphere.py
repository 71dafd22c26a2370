"""The Earth as the product measures it: a sphere, points on it as unit vectors, edges as the shortest arcs.

Coordinates are degrees, longitude first. That the sphere has a radius of 6,371,010 metres was measured on the engine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from emulator.nodes import record

EARTH_RADIUS = 6371010.0
"""Metres."""
Vector = tuple[float, float, float]
_TIE = 1e-15


@record
class Place:
    """A point given by its coordinates, in radians."""

    longitude: float
    latitude: float

    @property
    def vector(self) -> Vector:
        """The point on the unit sphere."""
        ring = math.cos(self.latitude)
        return (math.cos(self.longitude) * ring, math.sin(self.longitude) * ring, math.sin(self.latitude))


def place(longitude: float, latitude: float) -> Place | None:
    """The point at some degrees; None when they are out of range or no numbers."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return None
    return Place(math.radians(longitude), math.radians(latitude))


def largest(point: Vector) -> int:
    """The axis along which a point is farthest out; the last of several."""
    return max((2, 1, 0), key=lambda axis: abs(point[axis]))


def degrees(point: Vector) -> list[float]:
    """Longitude and latitude of a point, as GeoJSON has them; -180 only where it is west of it by a little."""
    x, y, z = (part + 0.0 for part in point)
    return [math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.sqrt(x * x + y * y)))]


def point_shape(point: Vector) -> dict[str, object]:
    """A point as GeoJSON."""
    return {"type": "Point", "coordinates": degrees(point)}


def between(one: Place, other: Place) -> float:
    """The angle between two places, by the haversine formula."""
    up = math.sin((other.latitude - one.latitude) / 2)
    along = math.sin((other.longitude - one.longitude) / 2)
    share = up * up + along * along * math.cos(one.latitude) * math.cos(other.latitude)
    return 2 * math.asin(math.sqrt(min(1.0, share)))


def dot(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """The vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def plus(a: Vector, b: Vector) -> Vector:
    """The sum."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def minus(a: Vector, b: Vector) -> Vector:
    """The difference."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def times(a: Vector, factor: float) -> Vector:
    """A vector, so many times as long."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def norm(a: Vector) -> float:
    """The length."""
    return math.sqrt(dot(a, a))


def unit(a: Vector) -> Vector:
    """The vector of length one in the same direction; nought stays nought."""
    length = norm(a)
    return times(a, 1 / length) if length else a


def normal(a: Vector, b: Vector) -> Vector:
    """A vector normal to both, twice their product: precise for points that are close together."""
    return cross(minus(a, b), plus(a, b))


def angle(a: Vector, b: Vector) -> float:
    """The angle between two points, precise however close they are."""
    return 2 * math.atan2(norm(minus(a, b)), norm(plus(a, b)))


def along(a: Vector, b: Vector, arc: float) -> Vector:
    """The point at an angle from `a` towards `b`."""
    direction = unit(cross(normal(a, b), a))
    return unit(plus(times(a, math.cos(arc)), times(direction, math.sin(arc))))


def nearest(point: Vector, a: Vector, b: Vector) -> Vector:
    """The point of an edge that is closest to a point."""
    upright = unit(normal(a, b))
    foot = minus(point, times(upright, dot(point, upright)))
    if norm(foot) > _TIE and dot(cross(upright, a), foot) > 0 and dot(cross(b, upright), foot) > 0:
        return unit(foot)
    return a if norm(minus(point, a)) <= norm(minus(point, b)) else b


def distance_to_edges(point: Vector, edges: Sequence[tuple[Vector, Vector]]) -> tuple[float, Vector]:
    """The angle to the closest point of several edges, and that point."""
    closest = min((nearest(point, a, b) for a, b in edges), key=lambda one: norm(minus(point, one)))
    return angle(point, closest), closest
