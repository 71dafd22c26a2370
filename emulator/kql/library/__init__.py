"""The functions of KQL, by name.

Each module beside this one makes `LIBRARY = Library("kql", its own name)` and declares functions with it. A name may be
declared several times: the binder takes the first overload whose parameters accept the arguments as they are, then
the first that accepts them with the conversions below.

The types of parameters in signatures, joined by `|` where several will do:

- `bool` … `dynamic`: that type. A `long` also takes an int, a `real` any number (given as a float), a `decimal` any
  number (given as a Decimal), a `string` also takes a dynamic (given as `tostring` of it)
- `integer` (int, long), `number` (and real, decimal), `summable` (and datetime, timespan), `orderable` (and bool,
  string), `scalar` (anything), `not_dynamic` (anything else): the value as it is
- `text`: anything, given as `tostring` of it. `boxed`: anything, given as a dynamic value (a datetime as a `Scalar`)
- `array`, `bag`: a dynamic, given as it is, whatever it holds
- `widest`: numbers, all given as the widest of the call's `widest` arguments (an int counts as a long)
- `common`: values of one type, or numbers, given as the widest; `mixed`: the same, but values of several types are
  given boxed, and a dynamic beside another type takes that type
- `type`: `typeof(…)`, given as a `ScalarType`
- `rows`: a table; only in table functions

What a function returns is a type, or one of the words above: the type of the (first) argument given for a parameter
declared with that word, `widest`, `common` and `mixed` being the type they agreed on, and `type` the type named.

`const` parameters take constants only. Parameters with a default may be left out: the meaning then gets the default,
which is a Python literal; from a left-out parameter with the default `null` on, nothing is given at all. `...rest`
takes any number of arguments; several rest parameters in a row repeat as a group.

An aggregate's class is called with its `const` arguments; its `step` gets the others, row by row.

A module is imported when a function is first looked up that `index.tsv` says it declares; the file is made from the
declarations, and a test compares them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from emulator.functions import Function, Kind
from emulator.shipped import shipped_text


@lru_cache(maxsize=4096)
def lookup(name: str, kind: Kind = Kind.SCALAR) -> tuple[Function, ...]:
    """The overloads of a function, in order of declaration; empty when there is none."""
    modules = _index().get((kind, name), ())
    return tuple(one for module in modules for one in _declared(module) if one.kind is kind and one.name == name)


def names(kind: Kind) -> Iterable[str]:
    """The names of all functions of a kind that users may call."""
    return [name for declared, name in _index() if declared is kind and not name.startswith("_")]


def functions() -> Iterator[Function]:
    """Every declared function; overloads follow each other."""
    for kind, name in _index():
        yield from lookup(name, kind)


def index_text() -> str:
    """What `index.tsv` has to say: for each function its kind, its name, and the modules that declare it."""
    import pkgutil  # for making the file, not for reading it

    modules: dict[tuple[str, str], list[str]] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        for function in _declared(module):
            modules.setdefault((function.kind.value, function.name), []).append(module)
    return "".join(f"{kind}\t{name}\t{' '.join(dict.fromkeys(found))}\n" for (kind, name), found in modules.items())


def _declared(module: str) -> Iterable[Function]:
    library = getattr(importlib.import_module(f"{__name__}.{module}"), "LIBRARY", None)
    return library.functions if library else ()


@lru_cache(maxsize=1)
def _index() -> dict[tuple[Kind, str], list[str]]:
    kinds = {kind.value: kind for kind in Kind}
    rows = (line.split("\t") for line in shipped_text("kql/library/index.tsv").splitlines())
    return {(kinds[kind], name): modules.split(" ") for kind, name, modules in rows}
