"""The functions of CQL, by name: declared in the modules of this package, loaded when the language is first used.

Types that signatures speak of, and what the Python meaning gets for them:

- ``field``: the field's value in the row (text or None). In a lowering (a table function): its name.
- ``fields``: several of them.
- ``expression``: the value of an expression (None, str, int, float or bool).
- ``text``, ``number``, ``bool``, ``duration`` (milliseconds), ``limit`` (an int, or None for ``max``): a constant.
- ``texts``, ``numbers``, ``bools``: a tuple of constants; one alone counts as an array of one.
- ``regex``: a `Pattern` of emulator.cql.patterns.
- ``query``, ``functions``, ``any``: the argument as written, for lowerings.

A parameter named ``as`` is the name of the field that gets the result; it is not handed to the meaning.
The default ``none`` is None: the argument was not given.
"""

from __future__ import annotations

import importlib
from functools import lru_cache

from emulator.functions import Function

MODULES = ("operators", "filters", "pipeline")
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
    """The function of a name in any case, or None."""
    return functions().get(name.lower())
