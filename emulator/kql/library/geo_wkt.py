"""Well-known text of shapes, read as GeoJSON."""

from __future__ import annotations

from collections.abc import Callable

from emulator.functions import Library
from emulator.regular import regular

LIBRARY = Library("kql", "geo_wkt")
_TOKEN = regular(r"\s*([A-Za-z]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[(),])")
_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_DEPTH = {"LINESTRING": 1, "POLYGON": 2, "MULTIPOINT": 1, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}
_DEEPEST = 16


class _MalformedError(Exception):
    """The text is no shape."""


class _Reader:
    """The parts of a text, taken one by one."""

    def __init__(self, text: str) -> None:
        self._parts = _split(text)
        self._at = 0

    def take(self) -> str:
        """The next part; empty at the end."""
        part = self._parts[self._at] if self._at < len(self._parts) else ""
        self._at += 1
        return part

    def expect(self, wanted: str) -> None:
        """Takes a part that has to come now."""
        if self.take() != wanted:
            raise _MalformedError

    def several(self, read: Callable[[], object]) -> list[object]:
        """What is in parentheses, between commas."""
        self.expect("(")
        found = [read()]
        while (part := self.take()) == ",":
            found.append(read())
        if part != ")":
            raise _MalformedError
        return found

    def position(self) -> list[float]:
        """Longitude and latitude."""
        try:
            return [float(self.take()), float(self.take())]
        except ValueError:
            raise _MalformedError from None

    def positions(self, depth: int) -> object:
        """Positions, so many lists deep."""
        return self.position() if depth == 0 else self.several(lambda: self.positions(depth - 1))

    def shape(self, depth: int = 0) -> dict[str, object]:
        """A whole shape, with those in it."""
        kind = self.take().upper()
        if kind == "GEOMETRYCOLLECTION" and depth < _DEEPEST:
            return {"type": "GeometryCollection", "geometries": self.several(lambda: self.shape(depth + 1))}
        if kind not in _TYPES:
            raise _MalformedError
        if kind != "POINT":
            return {"type": _TYPES[kind], "coordinates": self.positions(_DEPTH[kind])}
        points = self.several(self.position)
        if len(points) > 1:
            raise _MalformedError
        return {"type": "Point", "coordinates": points[0]}


def _split(text: str) -> list[str]:
    parts, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _MalformedError
        parts.append(match[1])
        at = match.end()
    return parts


@LIBRARY.scalar(
    "geo_from_wkt(wkt: string) -> dynamic",
    doc="geo-from-wkt-function",
    examples="""
    geo_from_wkt("POINT (1 2)") => dynamic({"type": "Point", "coordinates": [1.0, 2.0]})   [recorded]
    geo_from_wkt("LINESTRING") => dynamic(null)   [docs]
    geo_from_wkt("LINESTRING (1 1, 2 2") => dynamic(null)   [reasoned]
    geo_from_wkt("LINESTRING (1 1, 2 2) x") => dynamic(null)   [reasoned]
    geo_from_wkt("LINESTRING (1 1, 2 x)") => dynamic(null)   [reasoned]
    geo_from_wkt("CIRCLE (1 1)") => dynamic(null)   [reasoned]
    geo_from_wkt("POINT (1 ;)") => dynamic(null)   [reasoned]
    """,
)
def from_wkt(wkt: str) -> dict[str, object] | None:
    """A shape in GeoJSON; null for a text that is none."""
    try:
        reader = _Reader(wkt)
        shape = reader.shape()
        reader.expect("")
    except _MalformedError:
        return None
    return shape
