"""The order in which the product gives texts that it gathers in a hash table: the one of GNU's C++ library.

A new bucket comes before the others, a new text before the others of its bucket. Recorded answers for the cells of
three grids have that order; those in the documentation are older and have the order of another library's table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

_MASK = (1 << 64) - 1
_FACTOR = 0xC6A4A7935BD1E995
_SHIFT = 47
_SEED = 0xC70F6907
_SIZES = (
    "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97 103 109 113 127 137 139 149 157 "
    "167 179 193 199 211 227 241 257 277 293 313 337 359 383 409 439 467 503 541 577 619 661 709 761 823 887 "
    "953 1031 1109 1193 1289 1381 1493 1613 1741 1879 2029 2179 2357 2549 2753 2971 3209 3469 3739 4027 4349 "
    "4703 5087 5503 5953 6427 6949 7517 8123 8783 9497 10273 11113 12011 12983 14033 15173 16411 17749 19183 "
    "20753 22447 24281 26267 28411 30727 33223 35933 38873 42043 45481 49201 53201 57557 62233"
)
_BUCKETS = [int(size) for size in _SIZES.split()]
"""How many buckets a table may have."""


def _hash(text: str) -> int:
    """MurmurHash64A of Austin Appleby, with which the library hashes texts."""
    data = text.encode("utf-8", "replace")
    state = _SEED ^ len(data) * _FACTOR & _MASK
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        part = int.from_bytes(data[at : at + 8], "little") * _FACTOR & _MASK
        part = (part ^ part >> _SHIFT) * _FACTOR & _MASK
        state = (state ^ part) * _FACTOR & _MASK
    if whole < len(data):
        state = (state ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    state = (state ^ state >> _SHIFT) * _FACTOR & _MASK
    return state ^ state >> _SHIFT


def gathered(texts: Sequence[str]) -> list[str]:
    """The distinct texts in the order that a table made of them has; at most 62,233 of them."""
    size = _BUCKETS[bisect_left(_BUCKETS, len(texts))]
    buckets: dict[int, list[str]] = {}
    for text in dict.fromkeys(texts):
        buckets.setdefault(_hash(text) % size, []).append(text)
    return [text for bucket in reversed(buckets.values()) for text in reversed(bucket)]
