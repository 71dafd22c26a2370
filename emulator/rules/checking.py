"""Documents against JSON Schemas: what is wrong, at the place where it stands.

The schema files say once which keys and values there are; editors use the same files.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from emulator.diagnostics import Diagnostic, did_you_mean, nearest
from emulator.rules.document import Node
from emulator.rules.files import FileKind, shown
from emulator.rules.fitting import fits
from emulator.shipped import shipped_text
from emulator.source import Source, Span

MOST = 20
"""So many violations of one file are reported; a file with more needs another look anyway."""


def violations(node: Node, schema: str, source: Source, kind: FileKind) -> list[Diagnostic]:
    """In what a document departs from the schema of that name, in source order, `MOST` findings at most."""
    found: dict[tuple[str, Span, str], Diagnostic] = {}
    document = node.plain()
    if fits(document, _schema(schema)):
        return []
    for error in _validator(schema).iter_errors(document):
        for one in _explained(error, node.at(tuple(error.absolute_path)), source, kind):
            # One value can break several rules of the schema; the first says enough.
            found.setdefault((one.code.id, one.span, one.message if one.code is kind.missing_key else ""), one)
            if len(found) == MOST:
                return sorted(found.values(), key=lambda diagnostic: diagnostic.span)
    return sorted(found.values(), key=lambda diagnostic: diagnostic.span)


def schema_text(name: str) -> str:
    """The JSON Schema of that name as shipped: `detection` or `case`."""
    return shipped_text(f"rules/schemas/{name}.json")


@functools.cache
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_text(name))
    return found


@functools.cache
def _validator(name: str) -> Any:
    """The compiled schema. jsonschema is slow to import, and only what does not fit needs it."""
    from jsonschema import Draft202012Validator, validators

    extend: Any = validators.extend  # Untyped in its stubs.
    return extend(Draft202012Validator, {"pattern": _pattern})(_schema(name))


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[Any]:
    """Patterns match whole values: Python's `$` alone would let a final line end pass."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("does not match")


def _explained(error: Any, node: Node, source: Source, kind: FileKind) -> Iterator[Diagnostic]:
    """The diagnostics of one violation: one for each key that is unknown or missing, else one for the value."""
    known = [*error.schema.get("properties", ())]
    match error.validator:
        case "additionalProperties":
            for key, entry in node.entries().items():
                if key not in known:
                    hint = did_you_mean(key, known, f"the keys here are {', '.join(known)}" if known else _about(error))
                    yield Diagnostic(kind.unknown_key, f"unknown key `{shown(key)}`", entry.key, hint, source)
        case "required":
            absent = error.message.split("'")[1]
            unknown = [key for key in node.entries() if key not in known][:MOST]
            if any(nearest(key, known) == [absent] for key in unknown):
                return  # Misspelt, which is reported as an unknown key.
            hint = f"add it: {error.schema['properties'][absent]['description']}"
            yield Diagnostic(kind.missing_key, f"the key `{absent}` is missing", _start(node), hint, source)
        case _:
            hint = _nearest_value(error) or _about(error)
            yield Diagnostic(kind.wrong_value, _problem(error, node), _start(node), hint, source)


def _problem(error: Any, node: Node) -> str:
    """What is wrong with a value, in one sentence."""
    limit = error.validator_value
    match error.validator:
        case "type":
            wanted = " or ".join(_TYPES[name] for name in ([limit] if isinstance(limit, str) else limit))
            return f"expected {wanted}, found {_called(node)}"
        case "minLength" | "minItems" | "minProperties":
            return "this must not be empty"
        case "maxLength":
            return f"this is longer than {limit:,} characters"
        case "maxItems":
            return f"this has more than {limit:,} items"
        case "minimum" | "maximum":
            return f"{node.value} is {'less' if error.validator == 'minimum' else 'more'} than {limit:,}"
        case "oneOf":
            choices = ", ".join(f"`{choice['required'][0]}`" for choice in limit)
            return f"exactly one of {choices} must be given"
        case "dependentRequired":
            key = next(key for key, others in limit.items() if f"'{key}'" in error.message.rpartition(" of ")[2])
            return f"`{key}` needs `{limit[key][0]}` beside it"
        case _:
            return f"`{shown(str(node.value))}` is not allowed here"


_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


def _called(node: Node) -> str:
    """A value as people call it."""
    match node.value:
        case None:
            return "nothing"
        case bool():
            return "true or false (quote it when it is text)"
        case int() | float():
            return "a number (quote it when it is text)"
        case str():
            return "text"
        case tuple():
            return "a list"
        case _:
            return "a mapping"


def _nearest_value(error: Any) -> str:
    """For one of a few allowed words, the nearest one."""
    if error.validator != "enum" or not isinstance(error.instance, str):
        return ""
    return did_you_mean(error.instance[:80], error.validator_value, "")


def _about(error: Any) -> str:
    """What the schema says that the value is for."""
    return f"expected: {error.schema['description']}"


def _start(node: Node) -> Span:
    """A short place for a long value: no more than its first line matters."""
    return Span(node.span.start, min(node.span.end, node.span.start + 1)) if node.entries() else node.span
