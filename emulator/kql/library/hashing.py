"""Hash functions. `hash` is XXH64 of the bytes of a value, the others digest its text.

How `hash_combine` and `hash_many` combine is not known: they are gaps.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from emulator.assumptions import assumption
from emulator.clock import format_datetime, format_timespan
from emulator.functions import Library
from emulator.kql.library.encoding import guid_bytes
from emulator.kql.library.naming import scalar
from emulator.kql.library.operators import wrap
from emulator.kql.library.printing import decimal_text, real_text
from emulator.kql.library.xxhash import xxh64

LIBRARY = Library("kql", "hashing")
HASH_BYTES = assumption(
    "hash-bytes",
    "kql",
    "hash() of a number, a bool or a guid takes the bytes of its width, the lowest first; recorded answers show those "
    "of strings and datetimes alone",
)
_RECORDED = frozenset({"datetime", "not_dynamic"})


def _of_text(value: str) -> bytes:
    return value.encode("utf-8", "replace")


def _of_decimal(value: Decimal) -> bytes:
    return decimal_text(value).encode()


_BYTES: dict[str, Callable[[Any], bytes]] = {
    "datetime": struct.Struct("<q").pack,
    "timespan": struct.Struct("<q").pack,
    "long": struct.Struct("<q").pack,
    "int": struct.Struct("<i").pack,
    "real": struct.Struct("<d").pack,
    "bool": struct.Struct("<?").pack,
    "guid": guid_bytes,
    "decimal": _of_decimal,
    # A string: a parameter of that type would take dynamics too, which the product refuses.
    "not_dynamic": _of_text,
}


def _hash(to_bytes: Callable[[Any], bytes]) -> Callable[..., int | None]:
    def compute(value: object, modulo: int | None = None) -> int | None:
        number = wrap(xxh64(to_bytes(value)))
        if modulo is None:
            return number
        return number % modulo if modulo > 0 else None

    return compute


_EXAMPLES = {
    "not_dynamic": """
    hash("World") => 1846988464401551951   [recorded]
    hash("World", 100) => 51   [recorded]
    hash("World", 0) => long(null)   [reasoned]
    hash("Nobody inspects the spammish repetition") => -302119147016844303   [reasoned]
    """,
    "datetime": 'hash(datetime("2015-01-01")) => 1380966698541616202   [recorded]',
    "long": "hash(1) => hash(1s / 10000000)   [reasoned]",
}
for _given, _to_bytes in _BYTES.items():
    scalar(
        LIBRARY,
        "hash hash_xxhash64",
        f"(value: {_given}, modulo: integer = null) -> long",
        doc="hash-function",
        examples=_EXAMPLES.get(_given, ""),
        assumes=() if _given in _RECORDED else (HASH_BYTES.name,),
    )(_hash(_to_bytes))


def _digest(algorithm: str, to_text: Callable[[Any], str]) -> Callable[[object], str]:
    def compute(value: object) -> str:
        import hashlib

        return hashlib.new(algorithm, _of_text(to_text(value)), usedforsecurity=False).hexdigest()

    return compute


_TEXTS: dict[str, Callable[[Any], str]] = {
    "datetime": format_datetime,
    "timespan": format_timespan,
    "real": real_text,
    "decimal": decimal_text,
    "not_dynamic": str,
}
for _algorithm, _examples in {
    "md5": """
    hash_md5("World") => "f5a7924e621e84c9280a9a27e1bcb7f6"   [docs]
    hash_md5(datetime(2020-01-01)) => "786c530672d1f8db31fee25ea8a9390b"   [docs]
    hash_md5(true) => hash_md5("True")   [reasoned]
    hash_md5(int(null)) => ""   [reasoned]
    """,
    "sha1": 'hash_sha1("World") => "70c07ec18ef89c5309bbb0937f3a6342411e1fdd"   [recorded]',
    "sha256": """
    hash_sha256("World") => "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524"   [recorded]
    """,
}.items():
    for _given, _to_text in _TEXTS.items():
        LIBRARY.scalar(
            f"hash_{_algorithm}(value: {_given}) -> string",
            doc=f"hash-{_algorithm}-function",
            examples=_examples if _given == "not_dynamic" else "",
        )(_digest(_algorithm, _to_text))
