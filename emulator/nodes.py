"""Classes that hold fields: hundreds of them are made at the start of every command.

They look like dataclasses to the type checker, to `dataclasses.replace` and to `dataclasses.fields`, but their methods
are written when they are first needed. Most classes that a command loads are never used by it, and writing the methods
of all of them as `dataclasses.dataclass` does would take a third of the time of a short command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform

_CLASS = TypeVar("_CLASS")
_PARTS: dict[type, tuple[str, ...] | None] = {}
"""The names of what instances of a class hold."""


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[_CLASS]) -> type[_CLASS]:
    """A class of fields, compared by identity. The type checker keeps it frozen."""
    _with_fields(cls)
    return cls


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def record(cls: type[_CLASS]) -> type[_CLASS]:
    """A class of fields, compared and hashed by them. The type checker keeps it frozen."""
    names = _with_fields(cls)
    whole: Callable[[Any], object] = attrgetter(*names) if names else type

    def same(self: object, other: object) -> bool:
        if self is other:
            return True
        return whole(self) == whole(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(whole(self))

    def shown(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    for name, method in (("__eq__", same), ("__hash__", hashed), ("__repr__", shown)):
        if cls.__dict__.get(name) is None:
            setattr(cls, name, method)
    return cls


def _with_fields(cls: Any) -> tuple[str, ...]:
    """Give a class its constructor, to be written when it is first called; the names of its fields."""
    names = tuple(dict.fromkeys((*getattr(cls, "__match_args__", ()), *cls.__annotations__)))
    defaults = {name: getattr(cls, name) for name in names if hasattr(cls, name)}

    def constructor(self: object, *args: object, **kwargs: object) -> None:
        cls.__init__ = _constructor(names, defaults, after=hasattr(cls, "__post_init__"))
        cls.__init__(self, *args, **kwargs)

    cls.__init__ = constructor
    cls.__match_args__ = names  # type: ignore[misc]  # mypy writes it itself, for classes that it sees decorated
    cls.__dataclass_fields__ = _Described(cls, names, defaults)
    _PARTS[cls] = names
    return names


def _constructor(names: tuple[str, ...], defaults: dict[str, Any], *, after: bool) -> FunctionType:
    """`__init__` for some fields; with `after`, it calls `__post_init__` at its end."""
    made = {name for name in names if isinstance(defaults.get(name), Field)}
    code = _constructor_code(names, frozenset(defaults), frozenset(made), after)
    values = tuple(MISSING if name in made else defaults[name] for name in names if name in defaults)
    makers = {f"make_{name}": defaults[name].default_factory for name in made}
    return FunctionType(code, {"MISSING": MISSING, **makers}, "__init__", values)


@cache
def _constructor_code(names: tuple[str, ...], optional: frozenset[str], made: frozenset[str], after: bool) -> CodeType:
    """The code of an `__init__`; names of fields come from classes of this package, never from a rule."""
    parameters = ", ".join(f"{name}=None" if name in optional else name for name in names)
    lines = [
        f"self.{name} = make_{name}() if {name} is MISSING else {name}" if name in made else f"self.{name} = {name}"
        for name in names
    ]
    lines += ["self.__post_init__()"] if after else []
    text = f"def __init__(self, {parameters}):\n " + "\n ".join(lines or ["pass"])
    (code,) = (one for one in compile(text, "<fields>", "exec").co_consts if isinstance(one, CodeType))
    return code


class _Described:
    """The fields of a class as the library `dataclasses` describes them, once somebody asks."""

    def __init__(self, cls: Any, names: tuple[str, ...], defaults: dict[str, Any]) -> None:
        self._cls = cls
        self._names = names
        self._defaults = defaults

    def __get__(self, _: object, __: type | None = None) -> dict[str, Field[Any]]:
        annotations = {**dict.fromkeys(self._names, "object"), **self._cls.__annotations__}
        members = {"__annotations__": annotations, "__doc__": "", **self._defaults}  # else the library writes a text
        alike: Any = type(self._cls.__name__, (), members)
        found: dict[str, Field[Any]] = dataclass(init=False, repr=False, eq=False)(alike).__dataclass_fields__
        self._cls.__dataclass_fields__ = found
        return found


def parts(kind: type) -> tuple[str, ...] | None:
    """The names of what instances of a dataclass hold, in order; None for any other class. Each class is asked once."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
    return _PARTS[kind]
