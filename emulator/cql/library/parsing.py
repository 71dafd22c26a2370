"""Functions that read structured texts into fields: key-value pairs and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.assumptions import assumption
from emulator.cql.library.values import Event
from emulator.functions import Library

LIBRARY = Library("cql", "parsing")

KV_ENDS = assumption(
    "kvparse-ends",
    "cql",
    "in `kvParse()` an unquoted key or value ends at white space or a comma alone, so that a final full stop belongs "
    "to the value; the documentation has no rule, and one example drops the full stop",
)
KV_PADDING = assumption(
    "kvparse-padding",
    "cql",
    "in `kvParse()` with `separatorPadding=no` white space may stand before the separator and makes the value empty "
    "after it, and with `separatorPadding=yes` a key glued to the separator before it (`b` of `a=b = c`) has an empty "
    "value; the documentation has a table of four texts and no rule",
)
_QUOTED = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"


def _pairs_pattern(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    bare = rf"[^\s,\"'{mark}]"
    return re.compile(
        rf"(?<!{bare})(?P<key>{_QUOTED}|{bare}+)\s*{mark}\s*(?P<value>{_QUOTED}|[^\s,\"'][^\s,]*)", re.DOTALL
    )


def _padded_pattern(separator: str) -> re.Pattern[str]:
    """With white space around the separator an empty value can be told from the key that follows."""
    mark = re.escape(separator)
    bare = rf"[^\s,\"'{mark}]"
    start = rf"(?:(?P<glued>(?<=[^\s,]{mark}))|(?<!{bare}))"
    value = rf"(?>{_QUOTED}|[^\s,\"'][^\s,]*)(?!\s+{mark}(?:\s|$))"
    return re.compile(
        rf"{start}(?P<key>{_QUOTED}|{bare}+)\s*{mark}(?:\s+|(?=\S)|$)(?P<value>(?(glued)|(?:{value}|)))", re.DOTALL
    )


def _unpadded_pattern(separator: str) -> re.Pattern[str]:
    """Without white space around the separator a value begins right after it, or is empty."""
    mark = re.escape(separator)
    bare = rf"[^\s,\"'{mark}]"
    value = rf"(?:{_QUOTED}|[^\s,\"'][^\s,]*)?"
    return re.compile(rf"(?<!{bare})(?P<key>{_QUOTED}|{bare}+)\s*{mark}(?P<value>{value})", re.DOTALL)


_PATTERNS = {"unknown": _pairs_pattern, "yes": _padded_pattern, "no": _unpadded_pattern}


def _unquoted(text: str) -> str:
    if text[:1] not in ('"', "'") or len(text) < 2:
        return text
    return re.sub(r"\\([\"'\\])", r"\1", text[1:-1])


@LIBRARY.assign(
    "kvParse(field: fields = @rawstring, as: text = none, prefix: text = none, separator: text = '=',"
    " separatorPadding: choice[unknown|yes|no] = unknown, excludeEmpty: bool = false,"
    " onDuplicate: choice[keepLast|keepFirst] = keepLast, override: bool = false, event: event) -> fields",
    doc="kvparse",
    assumes=(KV_ENDS.name, KV_PADDING.name),
)
def key_value_pairs(
    fields: tuple[str | None, ...],
    name: str | None,
    prefix: str | None,
    separator: str,
    padding: str,
    exclude_empty: bool,
    on_duplicate: str,
    override: bool,
    event: Event,
) -> Mapping[str, str]:
    """The pairs `key=value` of some texts as fields; fields that the event has keep their values unless `override`."""
    pattern = _PATTERNS[padding](separator)
    start = name if name is not None else prefix
    found: dict[str, str] = {}
    for text in fields:
        for pair in pattern.finditer(text or ""):
            key = f"{start}.{_unquoted(pair['key'])}" if start else _unquoted(pair["key"])
            value = _unquoted(pair["value"])
            if (exclude_empty and not value) or (key in event and not override):
                continue
            if key not in found or on_duplicate == "keepLast":
                found[key] = value
    return found


@LIBRARY.assign(
    "parseJson(field: field = @rawstring, prefix: text = '', exclude: texts = [], include: texts = [],"
    " excludeEmpty: bool = false, handleNull: choice[keep|discard|empty] = keep, removePrefixes: texts = []) -> fields",
    doc="parsejson",
)
def parse_json(
    text: str | None,
    prefix: str,
    exclude: tuple[str, ...],
    include: tuple[str, ...],
    exclude_empty: bool,
    handle_null: str,
    remove_prefixes: tuple[str, ...],
) -> Mapping[str, str] | None:
    """The values of a JSON text as fields named by their paths; a text that is no JSON gives none."""
    document = read_json(text)
    if not isinstance(document, dict | list):
        return None
    found: dict[str, str] = {}
    for path, value in flattened(document):
        name = prefix + path
        if _is_under(name, exclude) and not _is_under(name, include):
            continue
        shown = _shown(value, handle_null)
        if shown is not None and not (exclude_empty and value == ""):
            found[_without_prefix(name, remove_prefixes)] = shown
    return found


def read_json(text: str | None) -> Any:
    """A JSON document with its numbers as they are written, or None when it is none."""
    try:
        return None if text is None else json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def flattened(document: Any) -> Iterator[tuple[str, Any]]:
    """The values of a document with their paths: `a.b`, `a[0].b`."""
    stack = [iter([("", document)])]
    while stack:
        for path, value in stack[-1]:
            if isinstance(value, dict):
                start = f"{path}." if path else ""
                stack.append(iter([(f"{start}{key}", one) for key, one in value.items()]))
                break
            if isinstance(value, list):
                stack.append(iter([(f"{path}[{index}]", one) for index, one in enumerate(value)]))
                break
            yield path, value
        else:
            stack.pop()


def _shown(value: Any, handle_null: str) -> str | None:
    if value is None:
        return {"keep": "null", "empty": ""}.get(handle_null)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_under(name: str, paths: tuple[str, ...]) -> bool:
    """True when the name begins with one of the paths, in which `[*]` stands for any element of an array."""
    return any(re.match(re.escape(path).replace(re.escape("[*]"), r"\[\d+\]"), name) is not None for path in paths)


def _without_prefix(name: str, prefixes: tuple[str, ...]) -> str:
    longest = max((one for one in prefixes if name.startswith(one)), key=len, default="")
    return name[len(longest) :] or name
