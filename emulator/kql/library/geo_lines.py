"""Functions of lines: length, distance, places on them, and where they cross."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.geo_orientation import cross_within
from emulator.kql.library.geo_shapes import Edge, Line, line_edges, lines, read_once
from emulator.kql.library.geo_sphere import (
    EARTH_RADIUS,
    Vector,
    along,
    angle,
    distance_to_edges,
    minus,
    norm,
    place,
    plus,
    point_shape,
    times,
    unit,
)

LIBRARY = Library("kql", "geo_lines")
OVERLAP = code(
    "KQL4070",
    "shapes that overlap or share an edge are not united",
    "Lengths, areas and centers of several shapes are those of their union, computed only where they are apart.",
)
_NEAR = 1e-15
Sole = tuple[Edge, ...]


def overlapping(what: str) -> MeaningError:
    """The refusal of several shapes that are not apart."""
    return MeaningError(OVERLAP, f"these {what} overlap or share an edge", "give each shape to the function on its own")


def _apart(several: Sequence[Line]) -> list[Edge]:
    """The edges of lines none of which is there twice."""
    edges = line_edges(several)
    if len(several) > 1 and len({frozenset(edge) for edge in edges}) != len(edges):
        raise overlapping("lines")
    return edges


@LIBRARY.scalar(
    "geo_line_length(line: dynamic) -> real",
    doc="geo-line-length-function",
    examples="""
    geo_line_length(dynamic({"type":"LineString","coordinates":[[0,0],[0,90]]})) => 6371010.0 * pi() / 2   [reasoned]
    geo_line_length(dynamic({"type":"LineString","coordinates":[[1,1]]})) => real(null)   [docs]
    geo_line_length(dynamic({"type":"LineString","coordinates":[[0,0],[180,0]]})) => real(null)   [docs]
    """,
)
def length(line: object) -> float | None:
    """The length of a line, or of several together, in metres."""
    found = lines(line)
    return None if found is None else sum(angle(a, b) for a, b in _apart(found)) * EARTH_RADIUS


@LIBRARY.scalar(
    "geo_line_centroid(line: dynamic) -> dynamic",
    doc="geo-line-centroid-function",
    examples="""
    geo_line_centroid(dynamic({"type":"LineString","coordinates":[[1,1]]})) => dynamic(null)   [docs]
    """,
)
def centroid(line: object) -> dict[str, object] | None:
    """The mean of the points of a line, brought to the ground."""
    found = lines(line)
    if found is None:
        return None
    total: Vector = (0.0, 0.0, 0.0)
    for a, b in _apart(found):
        total = plus(total, times(plus(a, b), norm(minus(a, b)) / norm(plus(a, b))))
    return None if norm(total) < _NEAR else point_shape(unit(total))


def _sole(line: object) -> Sole | None:
    """The edges of what must be one line."""
    found = lines(line)
    return None if found is None or len(found) > 1 else tuple(line_edges(found))


@LIBRARY.scalar(
    "geo_line_interpolate_point(line: dynamic, fraction: real) -> dynamic",
    doc="geo-line-interpolate-point-function",
    examples="""
    geo_line_interpolate_point(dynamic({"type":"LineString","coordinates":[[1,1]]}), 0.5) => dynamic(null)   [docs]
    geo_line_interpolate_point(dynamic({"type":"LineString","coordinates":[[1,1],[2,2]]}), 2) => dynamic(null)   [docs]
    """,
)
def interpolate(line: object, fraction: float) -> dict[str, object] | None:
    """The point of a line that is a share of the way along it."""
    edges = _sole(line)
    if edges is None or not 0 <= fraction <= 1:
        return None
    left = fraction * sum(angle(a, b) for a, b in edges)
    for a, b in edges:
        length = angle(a, b)
        if left < length:
            return point_shape(along(a, b, left))
        left -= length
    return point_shape(edges[-1][1])


@LIBRARY.scalar(
    "geo_line_locate_point(line: dynamic, longitude: real, latitude: real) -> real",
    doc="geo-line-locate-point-function",
    examples="""
    geo_line_locate_point(dynamic({"type":"LineString","coordinates":[[1,1]]}), 1, 1) => real(null)   [docs]
    geo_line_locate_point(dynamic({"type":"LineString","coordinates":[[0,0],[0,4]]}), 0, 91) => real(null)   [docs]
    geo_line_locate_point(dynamic({"type":"LineString","coordinates":[[0,0],[0,4]]}), 0, 9) => 1.0   [reasoned]
    """,
)
def locate(line: object, longitude: float, latitude: float) -> float | None:
    """The share of a line up to its point that is closest to another."""
    edges, at = _sole(line), place(longitude, latitude)
    if edges is None or at is None:
        return None
    point = at.vector
    closest = min(range(len(edges)), key=lambda number: distance_to_edges(point, edges[number : number + 1])[0])
    passed = sum(angle(a, b) for a, b in edges[:closest])
    _, foot = distance_to_edges(point, edges[closest : closest + 1])
    return min(1.0, (passed + angle(edges[closest][0], foot)) / sum(angle(a, b) for a, b in edges))


def _distance(edges: Sequence[Edge] | None, longitude: float, latitude: float) -> float | None:
    at = place(longitude, latitude)
    return None if edges is None or at is None else distance_to_edges(at.vector, edges)[0] * EARTH_RADIUS


def _edges(line: object) -> list[Edge] | None:
    found = lines(line)
    return None if found is None else line_edges(found)


@LIBRARY.scalar(
    "geo_distance_point_to_line(longitude: real, latitude: real, line: dynamic) -> real",
    doc="geo-distance-point-to-line-function",
    specialise=read_once(_edges, _distance),
    examples="""
    geo_distance_point_to_line(1, 1, dynamic({"type":"LineString"})) => real(null)   [docs]
    """,
)
def distance(longitude: float, latitude: float, line: object) -> float | None:
    """The shortest way from a point to a line, in metres."""
    return _distance(_edges(line), longitude, latitude)


@LIBRARY.scalar(
    "geo_closest_point_on_line(longitude: real, latitude: real, line: dynamic) -> dynamic",
    doc="geo-closest-point-on-line-function",
    examples="""
    geo_closest_point_on_line(1, 1, dynamic({"type":"LineString"})) => dynamic(null)   [docs]
    """,
)
def closest(longitude: float, latitude: float, line: object) -> dict[str, object] | None:
    """The point of a line that is closest to another."""
    edges, at = _edges(line), place(longitude, latitude)
    return None if edges is None or at is None else point_shape(distance_to_edges(at.vector, edges)[1])


def meet(some: Sequence[Edge], others: Sequence[Edge]) -> bool:
    """Whether edges cross or share an end."""
    ends = {point for edge in others for point in edge}
    if any(a in ends or b in ends for a, b in some):
        return True
    return any(cross_within(*edge, *other) for edge in some for other in others)


@LIBRARY.scalar(
    "geo_intersects_2lines(line1: dynamic, line2: dynamic) -> bool",
    doc="geo-intersects-2lines-function",
)
def intersects(line1: object, line2: object) -> bool | None:
    """Whether lines have a point in common."""
    some, others = _edges(line1), _edges(line2)
    return None if some is None or others is None else meet(some, others)
