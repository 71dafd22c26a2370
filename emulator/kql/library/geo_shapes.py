"""Lines and polygons as GeoJSON has them: read, checked, and whether a point is inside.

Lines have two points or more; rings end where they start, have three corners or more, all of them distinct, and cross
neither themselves nor one another. Of the two areas that a ring bounds, the smaller one is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, permutations
from typing import Any

from emulator.functions import VARYING, Meaning
from emulator.kql.library.geo_orientation import bounds, cross_within, crossed, in_order, reference
from emulator.kql.library.geo_sphere import Vector, cross, dot, norm, normal, place, plus, unit
from emulator.nodes import record

Edge = tuple[Vector, Vector]
Line = tuple[Vector, ...]
_ORIGIN: Vector = (-0.0099994664350250197, 0.0025924542609324121, 0.99994664350250195)
"""A point that lies on no edge that people draw."""
_OPPOSITE = 1e-15
_PAIR = 2
_CORNERS = 3


def corner(value: object) -> tuple[float, float] | None:
    """The longitude and latitude of a GeoJSON position."""
    if not isinstance(value, list) or len(value) < _PAIR:
        return None
    longitude, latitude = value[:2]
    if isinstance(longitude, bool) or isinstance(latitude, bool):
        return None
    if not isinstance(longitude, int | float) or not isinstance(latitude, int | float):
        return None
    return float(longitude), float(latitude)


def corners(value: object) -> list[tuple[float, float]] | None:
    """The positions of a list of them."""
    if not isinstance(value, list):
        return None
    found = [corner(item) for item in value]
    known = [item for item in found if item is not None]
    return known if len(known) == len(found) else None


def parts(shape: object, one: str, several: str) -> list[object] | None:
    """The coordinates of a shape of one type, or those of each shape where it is of the type of several."""
    if not isinstance(shape, dict):
        return None
    if shape.get("type") == one:
        return [shape.get("coordinates")]
    found = shape.get("coordinates") if shape.get("type") == several else None
    return found if isinstance(found, list) and found else None


def _vectors(value: object) -> Line | None:
    positions = corners(value)
    places = [place(*position) for position in positions or ()]
    known = tuple(found.vector for found in places if found is not None)
    return known if known and len(known) == len(places) else None


def _line(value: object) -> Line | None:
    """The points of a line; one that is repeated at once counts once."""
    points = _vectors(value)
    if points is None:
        return None
    distinct = points[:1] + tuple(after for before, after in pairwise(points) if after != before)
    return distinct if len(distinct) >= _PAIR and _connected(pairwise(distinct)) else None


def _connected(edges: Iterable[Edge]) -> bool:
    """True when each edge has one shortest way: its ends are not opposite each other."""
    return all(norm(plus(a, b)) > _OPPOSITE for a, b in edges)


def lines(shape: object) -> list[Line] | None:
    """The lines of a LineString or MultiLineString; None when one of them is invalid."""
    found = [_line(part) for part in parts(shape, "LineString", "MultiLineString") or ()]
    known = [line for line in found if line is not None]
    return known if known and len(known) == len(found) else None


def line_edges(several: Sequence[Line]) -> list[Edge]:
    """The edges of lines, in order."""
    return [edge for line in several for edge in pairwise(line)]


@record
class Ring:
    """A closed line that bounds the smaller of two areas; `points` go around it counterclockwise, each once."""

    points: Line
    edges: tuple[Edge, ...]
    origin_inside: bool

    def contains(self, point: Vector) -> bool:
        """Whether a point is inside; one on the ring is inside exactly one of the areas that meet there."""
        return self.origin_inside ^ (sum(crossed(_ORIGIN, point, a, b) for a, b in self.edges) % 2 == 1)


@record
class Polygon:
    """A shell and its holes."""

    rings: tuple[Ring, ...]

    @property
    def edges(self) -> list[Edge]:
        """The edges of all rings."""
        return [edge for ring in self.rings for edge in ring.edges]

    def contains(self, point: Vector) -> bool:
        """Whether a point is inside the shell and in no hole."""
        return sum(ring.contains(point) for ring in self.rings) % 2 == 1


def _around(points: Line) -> tuple[Edge, ...]:
    return tuple(zip(points, (*points[1:], points[0]), strict=True))


def ring(value: object) -> Ring | None:
    """A ring of positions; None when it is invalid."""
    points = _vectors(value)
    if points is None or len(points) <= _CORNERS or points[0] != points[-1]:
        return None
    distinct = points[:-1]
    edges = _around(distinct)
    if len(set(distinct)) != len(distinct) or not _connected(edges) or touching(edges):
        return None
    if turning(distinct) < 0:
        distinct = distinct[::-1]
        edges = _around(distinct)
    return Ring(distinct, edges, _origin_inside(distinct, edges))


def _origin_inside(points: Line, edges: tuple[Edge, ...]) -> bool:
    """Whether the origin is in the area left of the edges: found from the one side of the second corner."""
    before, at, after = points[:_CORNERS]
    inside = not in_order(reference(at), after, before, at)
    return inside ^ (sum(crossed(_ORIGIN, at, a, b) for a, b in edges) % 2 == 1)


def turning(points: Line) -> float:
    """By how much one turns left on the way around: the area left of the way is 2π less this."""
    total = 0.0
    for before, at, after in zip(points[-1:] + points[:-1], points, (*points[1:], points[0]), strict=True):
        into, out = normal(before, at), normal(at, after)
        total += math.atan2(dot(cross(into, out), at), dot(into, out))
    return total


def touching(edges: Sequence[Edge]) -> bool:
    """True when two of the edges cross, or are one."""
    if len({frozenset(edge) for edge in edges}) != len(edges):
        return True
    waiting: list[tuple[float, Edge]] = []
    for low, high, edge in sorted((*bounds(*edge), edge) for edge in edges):
        waiting = [other for other in waiting if other[0] >= low]
        if any(cross_within(*edge, *other) for _, other in waiting):
            return True
        waiting.append((high, edge))
    return False


def _polygon(value: object) -> Polygon | None:
    if not isinstance(value, list) or not value:
        return None
    rings = [ring(item) for item in value]
    known = tuple(found for found in rings if found is not None)
    if len(known) != len(rings) or (len(known) > 1 and touching([edge for found in known for edge in found.edges])):
        return None
    return Polygon(known) if _nested(known) else None


def _nested(rings: tuple[Ring, ...]) -> bool:
    """Every hole is in the shell, and in no other hole."""
    shell, *holes = rings
    in_shell = all(shell.contains(_own(hole, shell)) for hole in holes)
    return in_shell and not any(one.contains(_own(other, one)) for one, other in permutations(holes, 2))


def _own(ring: Ring, other: Ring) -> Vector:
    """A corner that another ring has not, or else a point of an edge."""
    theirs = set(other.points)
    own = next((point for point in ring.points if point not in theirs), None)
    return unit(plus(*ring.edges[0])) if own is None else own


def polygons(shape: object) -> list[Polygon] | None:
    """The polygons of a Polygon or MultiPolygon; None when one of them is invalid."""
    found = [_polygon(part) for part in parts(shape, "Polygon", "MultiPolygon") or ()]
    known = [polygon for polygon in found if polygon is not None]
    return known if known and len(known) == len(found) else None


def apart(several: Sequence[Polygon]) -> bool:
    """True when no two of the polygons share more than corners."""
    if len(several) == 1:
        return True
    if touching([edge for polygon in several for edge in polygon.edges]):
        return False
    return not any(one.contains(_own(other.rings[0], one.rings[0])) for one, other in permutations(several, 2))


def read_once(
    read: Callable[[object], Any], measure: Callable[[Any, float, float], object]
) -> Callable[[object, object, object], Meaning | None]:
    """Specialises a function of a point and a shape: a constant shape is read once, and measured from each point."""

    def specialise(longitude: object, latitude: object, shape: object) -> Meaning | None:
        if longitude is not VARYING or latitude is not VARYING or shape is VARYING:
            return None
        found = read(shape)
        return lambda longitude, latitude: measure(found, longitude, latitude)

    return specialise
