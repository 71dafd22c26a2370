"""Every function of CQL: what the emulator has, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.cql import library
from emulator.cql.binder.calls import reserved_names
from emulator.support import Support, gaps, supported

_PAGES = "https://library.humio.com/data-analysis/functions-{}.html"


def functions() -> Iterator[Support]:
    """Every function of the product by name, and what it is worth here."""
    written = {key: one for key, one in library.functions().items() if not one.name.startswith(library.INTERNAL)}
    reserved = reserved_names()
    for key in sorted(reserved.keys() | written.keys()):
        if key in written:
            yield supported("cql", written[key].kind.value, written[key].name, (written[key],), _PAGES)
        else:
            reason = gaps("cql").get(("function", reserved[key]), "not written yet")
            yield Support("cql", "", reserved[key], (), (), "", reason)
