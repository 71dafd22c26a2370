"""The names that KQL gives to columns whose author gave none, and the functions that the product knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from emulator import support
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.shipped import shipped_text

_KINDS = {"scalar": Kind.SCALAR, "aggregate": Kind.AGGREGATE, "plugin": Kind.TABLE}
Exists = Callable[[str], bool]


@lru_cache(maxsize=1)
def _known() -> dict[tuple[Kind, str], str]:
    text = shipped_text("kql/known_functions.tsv")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {(_KINDS[kind], name): rule for kind, name, rule in rows}


def known(kind: Kind) -> frozenset[str]:
    """The functions of the product, implemented here or not."""
    return frozenset(name for declared, name in _known() if declared is kind)


@lru_cache(maxsize=1)
def gaps() -> dict[tuple[Kind, str], str]:
    """The functions of the product that are not implemented, each with the reason."""
    listed = support.gaps("kql")
    return {(_KINDS[kind], name): reason for (kind, name), reason in listed.items() if kind in _KINDS}


def gap_help(kind: Kind, name: str) -> str:
    """The help line for a function that the product has and the emulator has not."""
    reason = gaps().get((kind, name), "this is a gap of the emulator")
    return f"the query is right: {reason}"


def of_expression(node: syntax.Expression, exists: Exists, aggregates: bool = False) -> str:
    """The name that a target without a name takes from its expression; empty when it has none.

    `exists` tells whether a column exists, for `column_ifexists`. With `aggregates` calls may be of aggregate
    functions, whose rules come before those of scalar functions.
    """
    match node:
        case syntax.NameRef(name=name):
            return name
        case syntax.Member(value=value, name=name):
            return _joined(of_expression(value, exists, aggregates), name.text, _has_no_name(value))
        case syntax.Element(value=value, index=index):
            return _joined(of_expression(value, exists, aggregates), _index_text(index), _has_no_name(value))
        case syntax.Call():
            return _of_call(node, exists, aggregates)
        case _:
            return ""


def _joined(base: str, part: str, nameless: bool) -> str:
    return part if nameless and not base else f"{base}_{part}"


def _has_no_name(node: syntax.Expression) -> bool:
    return not isinstance(node, syntax.NameRef | syntax.Member | syntax.Element)


def _index_text(index: syntax.Expression) -> str:
    """What an index adds to a name: a number or a text as written, nothing for what is computed."""
    if not isinstance(index, syntax.Literal) or isinstance(index.value, bool):
        return ""
    if isinstance(index.value, int):
        return str(index.value) if index.value >= 0 else ""
    return index.value if isinstance(index.value, str) else ""


def _of_call(call: syntax.Call, exists: Exists, aggregates: bool) -> str:
    name, arguments = call.name.text, call.arguments
    rule = _known().get((Kind.AGGREGATE, name)) if aggregates else None
    if rule is None:
        rule = _known().get((Kind.SCALAR, name), "")
    kind, _, prefix = rule.partition(":")
    first = ""
    if arguments and not _asks_for_column(arguments[0].value):
        first = _of_argument(arguments[0], exists, aggregates)
    match kind:
        case "first":
            return first
        case "prefix":
            return f"{prefix}_{first}"
        case "all":
            parts = (_of_argument(argument, exists, aggregates) for argument in arguments[:2])
            return "_".join((prefix, *parts))
        case "only":
            return prefix
        case "single":
            return first if len(arguments) == 1 else ""
        case "column":
            return _existing(arguments, exists)
        case _:
            return ""


def _of_argument(argument: syntax.Target, exists: Exists, aggregates: bool) -> str:
    """What an argument adds to the name of a call: the name given to it, `bin(Start = Timestamp, 1h)`, comes first."""
    return argument.name.text if argument.name else of_expression(argument.value, exists, aggregates)


def _asks_for_column(node: syntax.Expression) -> bool:
    return isinstance(node, syntax.Call) and _known().get((Kind.SCALAR, node.name.text)) == "column"


def _existing(arguments: tuple[syntax.Target, ...], exists: Exists) -> str:
    value = arguments[0].value if arguments else None
    if isinstance(value, syntax.Literal) and isinstance(value.value, str) and exists(value.value):
        return value.value
    return ""


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number from 1 on that makes it new."""
    used = taken if isinstance(taken, set | frozenset) else frozenset(taken)
    number, candidate = 0, name
    while candidate in used:
        number += 1
        candidate = f"{name}{number}"
    return candidate
