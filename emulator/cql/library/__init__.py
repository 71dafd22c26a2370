"""The functions of CQL, by name: declared in the modules of this package, loaded when the language is first used.

Types that signatures speak of, and what the Python meaning gets for them:

- ``field``: the field's value in the row (text or None). In a lowering (a table function): its name.
- ``fields``: a tuple of them. An aggregate is made with their names, and stepped with their values.
- ``expression``, ``expressions``: the value of an expression (None, str, int, float or bool), or a tuple of them.
- ``text``, ``number``, ``bool``, ``duration`` (milliseconds), ``limit`` (an int, or None for ``max``), ``zone``: a
  constant. With an s (``texts``, ``numbers``, ``bools`` …) a tuple of constants; one alone counts as an array of one.
- ``between[1|100]``: a whole number from one to another. ``number[0|100]``: a number with the same bounds.
  ``character``: a text of one character.
- ``choice[a|b]``, ``choices[a|b]``: one of these words, or a tuple of them. ``pairs``: a tuple of tuples of texts.
- ``regex``, ``printf``, ``timeformat``: what emulator.cql reads from the text; they look at the arguments ``flags``,
  ``timezone`` and ``locale`` of the same call.
- ``query``, ``functions``, ``any``: the argument as written, for lowerings.

Some parameters are no arguments of a call; the binder fills them in: ``event`` (the row as a mapping), ``original``
(the event as it came, unless the call names a ``field``), ``time`` (the event's `@timestamp`), ``names`` (the names of
the fields of the parameter that is its default), ``now``, ``start`` and ``end`` (ticks, of the run).

A parameter named ``as`` is the name of the field that gets the result; only an assign function gets it handed. The
default ``same`` is the name of the parameter ``field``. The default ``none`` is None: the argument was not given.

An assumption of a declaration's `assumes` may hold for some calls alone: ``name where parameter`` (it is given) or
``name where parameter=value``.

A table function returns ``events`` (a step for each event), ``aggregate`` (may stand where functions are asked for)
or ``filter`` (may be negated). ``step:name`` is what the filter ``name`` does as a step of its own; ``operator:name``
is what no query can call.
"""

from __future__ import annotations

import importlib
from functools import lru_cache

from emulator.functions import Function

MODULES = (
    "operators",
    "conditions",
    "pipeline",
    "ordering",
    "grouping",
    "aggregates",
    "regression",
    "collecting",
    "texts",
    "characters",
    "extraction",
    "events",
    "parameters",
    "parsing",
    "urls",
    "times",
    "timestamps",
    "messages",
    "networks",
    "subnets",
    "lookups",
    "joins",
    "correlation",
    "sequences",
    "running",
    "proportions",
    "bucket_windows",
    "buckets",
    "mathematics",
    "units",
    "encodings",
    "lowercasing",
    "arrays",
    "items",
    "reductions",
    "documents",
    "writing",
    "intelligence",
    "charts",
    "inspection",
)
"""The modules that declare functions; each has a `LIBRARY`, or several in `LIBRARIES`."""


@lru_cache(maxsize=1)
def functions() -> dict[str, Function]:
    """Every function by its name in lower case: CQL looks names up without regard to case."""
    found: dict[str, Function] = {}
    for module in MODULES:
        library = importlib.import_module(f"emulator.cql.library.{module}").LIBRARY
        for function in library.functions:
            key = function.name.lower()
            if key in found:
                raise ValueError(f"{function.name} is declared twice")
            found[key] = function
    return found


def lookup(name: str) -> Function | None:
    """The function that a query calls by a name in any case, or None."""
    return None if name.lower().startswith(INTERNAL) else functions().get(name.lower())


def internal(name: str) -> Function | None:
    """What `operator:name` or `step:name` means, or None."""
    return functions().get(name.lower())


INTERNAL = ("operator:", "step:")
"""How the names of functions begin that no query can call."""
