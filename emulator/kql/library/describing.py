"""`buildschema`: what dynamic values look like, as the least schema that admits all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.types import Scalar

LIBRARY = Library("kql", "describing")
SCHEMA_ORDER = assumption(
    "schema-order",
    "kql",
    "where buildschema names several types, the container comes first, then the others by name; arrays and bags in one "
    "place share a container",
)
_NAMES = {bool: "bool", int: "long", float: "double", str: "string"}


@dataclass(slots=True)
class _Shape:
    """What was seen in one place: names of types, and for containers the shapes of their items and entries."""

    types: set[str] = field(default_factory=set)
    entries: dict[str, _Shape] | None = None
    items: _Shape | None = None

    def add(self, value: object) -> None:
        """Take in a value; null says nothing of the type."""
        match value:
            case None:
                pass
            case list():
                self.items = self.items or _Shape()
                for item in value:
                    self.items.add(item)
            case dict():
                self.entries = self.entries or {}
                for key, item in value.items():
                    self.entries.setdefault(key, _Shape()).add(item)
            case Scalar(type=kind):
                self.types.add(kind.value)
            case _:
                self.types.add(_NAMES[type(value)])

    def join(self, other: _Shape) -> None:
        """Take in what another shape saw."""
        self.types |= other.types
        if other.items is not None:
            self.items = self.items or _Shape()
            self.items.join(other.items)
        if other.entries is not None:
            self.entries = self.entries or {}
            for key, shape in other.entries.items():
                self.entries.setdefault(key, _Shape()).join(shape)

    def shown(self) -> object:
        """The schema: a name, a container, or an array of those; null for a place where only null was seen."""
        alternatives: list[object] = []
        if self.entries is not None or self.items is not None:
            container = {key: shape.shown() for key, shape in (self.entries or {}).items()}
            if self.items is not None:
                container["`indexer`"] = self.items.shown()
            alternatives.append(container)
        alternatives.extend(sorted(self.types))
        if len(alternatives) > 1:
            return alternatives
        return alternatives[0] if alternatives else None


@LIBRARY.aggregate(
    "buildschema(value: dynamic) -> dynamic", doc="buildschema-aggregation-function", assumes=(SCHEMA_ORDER.name,)
)
class Schema:
    """The schema of all values; null when there are none."""

    __slots__ = ("_shape",)

    def __init__(self) -> None:
        self._shape = _Shape()

    def step(self, value: object) -> None:
        self._shape.add(value)

    def merge(self, other: Schema) -> None:
        self._shape.join(other._shape)

    def finish(self) -> object:
        return self._shape.shown()
