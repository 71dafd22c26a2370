"""Whether a document certainly fits a JSON Schema: most do, and the library that says why one does not loads slowly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]


def fits(value: object, schema: Schema) -> bool:
    """True when the value fits for certain; False when it does not, or when the schema says what is not known here."""
    return all(_CHECKS[word](value, schema) if word in _CHECKS else word in _REMARKS for word in schema)


def _has_type(value: object, schema: Schema) -> bool:
    wanted = schema["type"]
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _TYPES[name]) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _matches(value: object, schema: Schema) -> bool:
    return not isinstance(value, str) or re.fullmatch(schema["pattern"], value) is not None


def _has_keys(value: object, schema: Schema) -> bool:
    return not isinstance(value, dict) or all(key in value for key in schema["required"])


def _has_companions(value: object, schema: Schema) -> bool:
    wanted = schema["dependentRequired"]
    return not isinstance(value, dict) or all(other in value for key in value for other in wanted.get(key, ()))


def _properties_fit(value: object, schema: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema["properties"]
    return all(fits(one, known[key]) for key, one in value.items() if key in known)


def _others_fit(value: object, schema: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known, rule = schema.get("properties", {}), schema["additionalProperties"]
    others = [one for key, one in value.items() if key not in known]
    return not others if rule is False else isinstance(rule, Mapping) and all(fits(one, rule) for one in others)


def _items_fit(value: object, schema: Schema) -> bool:
    return not isinstance(value, list) or all(fits(one, schema["items"]) for one in value)


def _is_listed(value: object, schema: Schema) -> bool:
    return isinstance(value, str) and value in schema["enum"]


def _bound(kind: Any, word: str, least: bool) -> Callable[[object, Schema], bool]:
    """The check of a length, or of a number itself."""

    def check(value: object, schema: Schema) -> bool:
        if not isinstance(value, kind):
            return True
        size: Any = len(value) if hasattr(value, "__len__") else value
        return bool(size >= schema[word] if least else size <= schema[word])

    return check


_TYPES: dict[str, Any] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": int | float,
    "object": dict,
    "string": str,
}
_REMARKS = frozenset({"$schema", "description", "title"})
_CHECKS: dict[str, Callable[[object, Schema], bool]] = {
    "type": _has_type,
    "pattern": _matches,
    "required": _has_keys,
    "dependentRequired": _has_companions,
    "properties": _properties_fit,
    "additionalProperties": _others_fit,
    "items": _items_fit,
    "enum": _is_listed,
    "minLength": _bound(str, "minLength", least=True),
    "maxLength": _bound(str, "maxLength", least=False),
    "minItems": _bound(list, "minItems", least=True),
    "maxItems": _bound(list, "maxItems", least=False),
    "minProperties": _bound(dict, "minProperties", least=True),
    "maxProperties": _bound(dict, "maxProperties", least=False),
    "minimum": _bound(int | float, "minimum", least=True),
    "maximum": _bound(int | float, "maximum", least=False),
}
