"""Syntax trees as compact text, one line a step, for the files in `accepted`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from emulator.cql import syntax


@pytest.fixture(scope="session")
def dump() -> Callable[[syntax.Query], str]:
    """A query's steps, one a line."""
    return lambda query: "\n".join(map(text, query.pipeline.steps)) or "(nothing)"


def text(node: object) -> str:
    """One node: words bare, strings quoted, numbers in angle brackets, everything else in parentheses."""
    match node:
        case syntax.Word():
            return node.text
        case syntax.Quoted():
            return json.dumps(node.text, ensure_ascii=False)
        case syntax.Number():
            return f"<{node.text}>"
        case syntax.Boolean():
            return f"<{str(node.value).lower()}>"
        case syntax.Regex():
            return f"/{node.pattern}/{node.flags}"
        case syntax.Parameter(default=None):
            return f"?{node.name}"
        case syntax.Parameter():
            return f"?{{{node.name}={text(node.default)}}}"
        case syntax.FreeText():
            return form("text", node.value)
        case syntax.And() | syntax.Or():
            return form(type(node).__name__.lower(), *node.operands)
        case syntax.Not():
            return form("not", node.operand)
        case syntax.Comparison():
            return form(node.operator.value, node.field, node.value)
        case syntax.InfixIn():
            return form("not-in" if node.negated else "infix-in", node.field, *node.values)
        case syntax.Apply():
            return form("=~!" if node.negated else "=~", node.field, node.call)
        case _:
            return call(node)


def call(node: object) -> str:
    """Calls, and what stands in their arguments."""
    match node:
        case syntax.Call():
            return form(f"{node.name}()", *node.arguments)
        case syntax.SavedQuery():
            return form(f"${node.name}()", *node.arguments)
        case syntax.Argument(name=None):
            return text(node.value)
        case syntax.Argument(name=syntax.Word() as name):
            return f"{name.text}={text(node.value)}"
        case syntax.Array():
            return "[" + " ".join(map(text, node.items)) + "]"
        case syntax.Subquery(name=None):
            return text(node.pipeline)
        case syntax.Subquery(name=syntax.Word() as name):
            return form(f"{name.text}:", node.pipeline, *node.options)
        case syntax.Unary():
            return form(f"{node.operator.value}_", node.operand)
        case syntax.Binary():
            return form(node.operator.value, node.left, node.right)
        case _:
            return step(node)


def step(node: object) -> str:
    """Steps that hold pipelines, and assignments."""
    match node:
        case syntax.Assign():
            return form(":=", node.target, node.value)
        case syntax.Case():
            return form("case", *node.clauses)
        case syntax.Match():
            return form("match", node.field, *node.clauses)
        case syntax.MatchClause():
            return form("=>", node.guard, node.pipeline)
        case syntax.Stats():
            return form("stats", *node.functions.items)
        case syntax.Pipeline():
            return "{" + " | ".join(map(text, node.steps)) + "}"
        case _:
            raise TypeError(f"no text for {node!r}")


def form(head: str, *parts: object) -> str:
    """`(head part part)`."""
    return f"({' '.join([head, *map(text, parts)])})"
