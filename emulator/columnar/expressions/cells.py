"""Values as the engines hold them: the SQL type of each type of value, and what a value is in a cell of it.

A string is never null; ticks are whole numbers; decimals, guids and texts are texts. A dynamic value is JSON that
reads back as the same value: what JSON has no form for stands in an object whose only name begins with NUL.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from sqlglot import exp

from emulator.types import Scalar, ScalarType

SQL_TYPES: Mapping[ScalarType, str] = {
    ScalarType.BOOL: "BOOLEAN",
    ScalarType.INT: "INTEGER",
    ScalarType.LONG: "BIGINT",
    ScalarType.REAL: "DOUBLE",
    ScalarType.DECIMAL: "VARCHAR",
    ScalarType.STRING: "VARCHAR",
    ScalarType.DATETIME: "BIGINT",
    ScalarType.TIMESPAN: "BIGINT",
    ScalarType.GUID: "VARCHAR",
    ScalarType.DYNAMIC: "VARCHAR",
    ScalarType.TEXT: "VARCHAR",
    ScalarType.VALUE: "VARCHAR",
}
_TAG = "\0"
_TAG_IN_JSON = "\\u0000"
_REAL = f"{_TAG}real"

Convert = Callable[[Any], Any]


def encoder(kind: ScalarType) -> Convert | None:
    """What makes a cell of a value that is not null; None where a cell is the value itself."""
    return _ENCODERS.get(kind)


def decoder(kind: ScalarType) -> Convert | None:
    """What makes a value of a cell that is not null; None where the value is the cell itself."""
    return _DECODERS.get(kind)


def to_json(value: object) -> str:
    """A dynamic value as JSON, always the same for the same value. Raises TypeError for what is no such value."""
    try:
        text = _ENCODER.encode(value)
    except ValueError:  # a real that JSON has no number for
        text = _TAG_IN_JSON
    if _TAG_IN_JSON in text:
        text = _ENCODER.encode(_tagged(value))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return json.dumps(json.loads(text), separators=(",", ":"))
    return text


def from_json(text: str) -> object:
    """The value that `to_json` made the text of."""
    value = json.loads(text)
    return _untagged(value) if _TAG_IN_JSON in text else value


def _default(value: object) -> object:
    if isinstance(value, Scalar):
        return _tagged(value)
    raise TypeError(f"{type(value).__name__} is no dynamic value")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default)


def _tagged(value: object) -> object:
    """The value with objects in place of what JSON has no form for."""
    match value:
        case float() if not math.isfinite(value):
            return {_REAL: repr(value)}
        case Scalar(type=kind, value=inner):
            return {f"{_TAG}{kind.value}": str(inner) if isinstance(inner, Decimal) else _tagged(inner)}
        case list():
            return [_tagged(one) for one in value]
        case dict():
            return {f"{_TAG}{key}" if key.startswith(_TAG) else key: _tagged(one) for key, one in value.items()}
        case _:
            return value


def _untagged(value: object) -> object:
    match value:
        case list():
            return [_untagged(one) for one in value]
        case dict():
            ((name, inner), *_) = value.items() if value else (("", None),)
            if name == _REAL:
                return float(cast("str", inner))
            if len(value) == 1 and name.startswith(_TAG) and name[1:] in _KINDS:
                kind = _KINDS[name[1:]]
                return Scalar(kind, Decimal(cast("str", inner)) if kind is ScalarType.DECIMAL else _untagged(inner))
            return {key.removeprefix(_TAG): _untagged(one) for key, one in value.items()}
        case _:
            return value


_KINDS = {kind.value: kind for kind in ScalarType}
_ENCODERS: Mapping[ScalarType, Convert] = {
    ScalarType.DECIMAL: str,
    ScalarType.DYNAMIC: to_json,
    ScalarType.VALUE: to_json,
}
_DECODERS: Mapping[ScalarType, Convert] = {
    ScalarType.DECIMAL: Decimal,
    ScalarType.DYNAMIC: from_json,
    ScalarType.VALUE: from_json,
}


@functools.cache
def _null(name: str) -> exp.Expr:
    """The null of a type; schemas have many columns that nobody reads, and to read a type's name takes long."""
    return exp.cast(exp.null(), name)


def literal(value: object, kind: ScalarType) -> exp.Expr | None:
    """A constant as SQL; None for a text that SQL can't write."""
    name = SQL_TYPES[kind]
    if value is None:
        return _null(name)
    if name == "BOOLEAN":
        return exp.true() if value else exp.false()
    if name == "DOUBLE":
        return exp.cast(exp.Literal.string(repr(value)), name)
    if name != "VARCHAR":
        return exp.cast(exp.Literal.string(str(value)), name)
    encode = encoder(kind)
    text = value if encode is None else encode(value)
    return exp.Literal.string(text) if isinstance(text, str) and can_be_written(text) else None


def can_be_written(text: str) -> bool:
    """False for text that SQL has no literal for."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)
