"""Syntax trees as compact text, one line a statement, for the files in `accepted`."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable

import pytest

from emulator.kql import syntax


@pytest.fixture(scope="session")
def dump() -> Callable[[syntax.Query], str]:
    """A query's statements, one a line."""
    return lambda query: "\n".join(map(text, query.statements)) or "(nothing)"


def text(node: object) -> str:
    """One node: names bare, strings quoted, other constants with their type, everything else in parentheses."""
    match node:
        case syntax.Literal():
            return _constant(node)
        case syntax.Name(text=name) | syntax.NameRef(name=name) | syntax.TypeName(name=name):
            return name
        case syntax.WildcardRef(pattern=pattern):
            return pattern
        case syntax.Star():
            return "*"
        case syntax.ExpressionStatement(value=value):
            return text(value)
        case syntax.Pipeline(source=source, operators=operators):
            return "{" + " | ".join(map(text, (source, *operators))) + "}"
        case syntax.Subpipeline(operators=operators):
            return "{| " + " | ".join(map(text, operators)) + "}"
        case syntax.Target(names=names, value=value):
            given = ",".join(map(text, names))
            return f"{given}={text(value)}" if names else text(value)
        case syntax.Column(name=name, type=kind):
            return f"{text(name)}:{text(kind)}"
        case syntax.TableType(columns=columns, open=is_open):
            return "<" + " ".join([*map(text, columns), *(["*"] if is_open else [])]) + ">"
        case _:
            return _expression(node)


def _constant(node: syntax.Literal) -> str:
    if node.kind is syntax.LiteralKind.STRING:
        return json.dumps(node.value, ensure_ascii=False)
    return f"{'null' if node.value is None else node.value}:{node.kind.value}"


def _expression(node: object) -> str:
    match node:
        case syntax.Binary(operator=operator, left=left, right=right):
            return _form(operator.value, left, right)
        case syntax.Logical(operator=operator, operands=operands):
            return _form(operator.value, *operands)
        case syntax.Unary(operator=operator, operand=operand):
            return _form(f"unary{operator.value}", operand)
        case syntax.InList(operator=operator, value=value, items=items):
            return _form(operator.value, value, *items)
        case syntax.Between(negated=negated, value=value, lower=lower, upper=upper):
            return _form("!between" if negated else "between", value, lower, upper)
        case syntax.Call(name=name, arguments=arguments):
            return _form(f"{name.text}()", *arguments)
        case syntax.Member(value=value, name=name):
            return f"{text(value)}.{text(name)}"
        case syntax.MemberCall(value=value, call=call):
            return f"{text(value)}.{text(call)}"
        case syntax.Element(value=value, index=index):
            return f"{text(value)}[{text(index)}]"
        case syntax.Parameter(name=name, value=value):
            return f"{text(name)}:={text(value)}"
        case syntax.DynamicLiteral(value=value):
            return f"dynamic {_json(value)}"
        case _:
            return _fields(node)


def _json(node: syntax.DynamicValue) -> str:
    match node:
        case syntax.DynamicArray(items=items):
            return "[" + ", ".join(map(_json, items)) + "]"
        case syntax.DynamicBag(entries=entries):
            return "{" + ", ".join(f"{json.dumps(key.text)}: {_json(value)}" for key, value in entries) + "}"
        case syntax.DynamicNull():
            return "null"
        case syntax.Literal():
            return _constant(node)


def _fields(node: object) -> str:
    """Class and fields; positions and what is empty are left out."""
    assert dataclasses.is_dataclass(node), node
    shown = [
        f"{field.name}={_value(value)}"
        for field in dataclasses.fields(node)
        if field.name not in ("span", "keyword") and (value := getattr(node, field.name)) not in ((), None, False)
    ]
    return f"({' '.join([type(node).__name__, *shown])})"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, enum.Enum):
        return str(value.value)
    return text(value) if isinstance(value, syntax.Node) else str(value)


def _form(head: str, *parts: object) -> str:
    return f"({' '.join([head, *map(text, parts)])})"
