"""Lines and polygons densified: their edges, straight on a plane of longitudes and latitudes, as chains of short arcs.

An edge is halved on the plane until the arc from end to end is close enough to it: measured at two places of the edge,
where an arc and a straight line differ most, as the S2 geometry library does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.geo_shapes import Edge, corners, line_edges, lines, parts, polygons
from emulator.kql.library.geo_sphere import EARTH_RADIUS, Place, Vector, along, angle, degrees, dot

LIBRARY = Library("kql", "geo_densify")
MANY = code(
    "KQL5071",
    "a densified shape of too many points",
    "A densified shape has at most 10,485,760 points, and 20,000 in the emulator.",
)
BEYOND = code(
    "KQL4074",
    "edges across the antimeridian are not densified",
    "How the product splits shapes at 180 degrees is not published. Split the shape there first.",
)
ORDER = assumption(
    "densified-rings",
    "kql",
    "geo_polygon_densify keeps the order of a ring's points, whichever way it goes around",
)
_MOST = 20_000
_LEAST, _GREATEST = 0.1, 10_000
_EDGE = 180
_AT = 0.31215691082248312
"""Where on an edge the two differ most, as a share of its length from either end."""
_SCALE = 0.83829992569888509
"""How much the greatest difference may exceed that at those places."""
_WIDE = -1e-14
Flat = tuple[float, float]


def _on_earth(point: Flat) -> Vector:
    return Place(math.radians(point[0]), math.radians(point[1])).vector


def _middle(a: Flat, b: Flat, share: float) -> Flat:
    return ((1 - share) * a[0] + share * b[0], (1 - share) * a[1] + share * b[1])


def _error(a: Flat, b: Flat) -> float:
    """The greatest angle between the straight edge and the arc, as far as the two places show it."""
    start, end = _on_earth(a), _on_earth(b)
    if dot(start, end) < _WIDE:
        return math.inf
    arc = angle(start, end)
    return max(angle(along(start, end, arc * at), _on_earth(_middle(a, b, at))) for at in (_AT, 1 - _AT))


def _chain(a: Flat, b: Flat, tolerance: float) -> Iterator[Flat]:
    """The ends of the arcs that an edge becomes, without its start."""
    waiting = [(a, b)]
    while waiting:
        start, end = waiting.pop()
        if _error(start, end) <= tolerance:
            yield end
        else:
            middle = _middle(start, end, 0.5)
            waiting += [(middle, end), (start, middle)]


def _dense(flat: list[Flat], tolerance: float) -> list[list[float]]:
    found = flat[:1]
    for a, b in pairwise(flat):
        for point in _chain(a, b, tolerance * _SCALE / EARTH_RADIUS):
            found.append(point)
            if len(found) > _MOST:
                raise MeaningError(MANY, f"the shape has more than {_MOST} points", "allow a greater tolerance")
    return [degrees(_on_earth(point)) for point in found]


def _deep(coordinates: object, depth: int, change: Callable[[object], object]) -> object:
    """Changes the lists of positions that are so many lists deep."""
    if depth == 0 or not isinstance(coordinates, list):
        return change(coordinates)
    return [_deep(item, depth - 1, change) for item in coordinates]


def _crosses(edges: Iterable[Edge]) -> bool:
    """Whether edges, straight on the plane, jump over the antimeridian."""
    return any(abs(degrees(a)[0] - degrees(b)[0]) > _EDGE for a, b in edges)


def _check_crossing(edges: Iterable[Edge], crossing: bool) -> None:
    """Raises MeaningError where an edge is to be preserved across the antimeridian."""
    if crossing and _crosses(edges):
        raise MeaningError(BEYOND, "an edge crosses the antimeridian", "leave `preserve_crossing` out")


def _check_longitudes(line: object) -> None:
    """Raises MeaningError for longitudes out of range, with which the product was seen to densify nonetheless."""
    for points in parts(line, "LineString", "MultiLineString") or ():
        if any(abs(longitude) > _EDGE for longitude, _ in corners(points) or ()):
            raise MeaningError(BEYOND, "a longitude is beyond 180 degrees", "write longitudes from -180 to 180")


def _dense_shape(shape: object, depth: int, tolerance: float) -> dict[str, object]:
    """A shape whose lists of positions are so many lists deep, densified."""
    assert isinstance(shape, dict)
    dense = _deep(shape["coordinates"], depth, lambda points: _dense(corners(points) or [], tolerance))
    return {"type": shape["type"], "coordinates": dense}


@LIBRARY.scalar(
    "geo_line_densify(line: dynamic, tolerance: real = 10.0, crossing: bool = False) -> dynamic",
    doc="geo-line-densify-function",
)
def dense_line(line: object, tolerance: float = 10.0, crossing: bool = False) -> object:
    """A line whose arcs are within so many metres of its edges."""
    _check_longitudes(line)
    found = lines(line)
    if found is None or not _LEAST <= tolerance <= _GREATEST:
        return None
    _check_crossing(line_edges(found), crossing)
    return _dense_shape(line, 1 if parts(line, "", "MultiLineString") else 0, tolerance)


@LIBRARY.scalar(
    "geo_polygon_densify(polygon: dynamic, tolerance: real = 10.0, crossing: bool = False) -> dynamic",
    doc="geo-polygon-densify-function",
    assumes=(ORDER.name,),
)
def dense_polygon(polygon: object, tolerance: float = 10.0, crossing: bool = False) -> object:
    """A polygon whose arcs are within so many metres of its edges."""
    found = polygons(polygon)
    if found is None or not _LEAST <= tolerance <= _GREATEST:
        return None
    _check_crossing((edge for one in found for edge in one.edges), crossing)
    return _dense_shape(polygon, 2 if parts(polygon, "", "MultiPolygon") else 1, tolerance)
