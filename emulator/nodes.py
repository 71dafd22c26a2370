"""What the classes of trees have in common: many of them are made at the start of every command."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TypeVar, dataclass_transform

_CLASS = TypeVar("_CLASS")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[_CLASS]) -> type[_CLASS]:
    """A slotted dataclass that the type checker keeps frozen, compared by identity.

    A hundred classes with the methods of a dataclass that is frozen and compared at run time would take a tenth of a
    second at the start of every command.
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)


_PARTS: dict[type, tuple[str, ...] | None] = {}


def parts(kind: type) -> tuple[str, ...] | None:
    """The names of what instances of a dataclass hold, in order; None for any other class. Each class is asked once."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
    return _PARTS[kind]
