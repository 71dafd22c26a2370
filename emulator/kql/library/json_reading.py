"""JSON texts as dynamic values, and the paths that lead into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from emulator.kql.library.sizes_allowed import too_large
from emulator.regular import regular

_SURROGATE = regular(r"\\u[dD][89a-fA-F]")
_STEP = regular(
    r"\.?(?P<name>[A-Za-z_][\w\- ]*)|\[\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<index>\d{1,9}))\s*\]"
)
_LONGEST = 1 << 63
_DEEPEST = 200


class NotJsonError(ValueError):
    """A constant that JSON does not know, such as NaN."""


def _refuse(constant: str) -> object:
    raise NotJsonError(constant)


def _whole(digits: str) -> int | float:
    number = int(digits) if len(digits) <= 20 else float(digits)
    return number if isinstance(number, float) or -_LONGEST <= number < _LONGEST else float(number)


def read_json(text: str) -> object:
    """The value of a JSON text; null for an empty one, the text itself when it is no JSON."""
    stripped = text.strip()
    if not stripped:
        return None
    try:
        value = json.loads(stripped, parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError):
        return text
    if stripped.count("[") + stripped.count("{") > _DEEPEST and _is_deep(value):
        raise too_large("an array or bag")
    return _mended(value) if _SURROGATE.search(stripped) else value


def _is_deep(value: object) -> bool:
    """True for more than 200 levels, which nothing but mischief has."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def is_json(text: str) -> bool:
    """True when the text is a JSON value."""
    try:
        json.loads(text, parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError):
        return False
    return True


def _mended(value: object) -> object:
    """Halves of characters replaced by U+FFFD."""
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list():
            return [_mended(item) for item in value]
        case dict():
            return {str(_mended(key)): _mended(item) for key, item in value.items()}
        case _:
            return value


@lru_cache(maxsize=256)
def path_steps(path: str) -> tuple[str | int, ...] | None:
    """The keys and indexes of a path such as `$.a['b c'][0]`; None when it is none."""
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        index = match["index"]
        steps.append(int(index) if index else next(iter(_texts(match))))
        at = match.end()
    return tuple(steps)


def _texts(match: re.Match[str]) -> Iterator[str]:
    return (match[name] for name in ("name", "single", "double") if match[name] is not None)


def follow(value: object, steps: tuple[str | int, ...]) -> object:
    """What stands at the end of a path; null where it breaks off."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step) if isinstance(step, str) else None
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
