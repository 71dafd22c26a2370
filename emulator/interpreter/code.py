"""Building Python functions as syntax trees: templates of our own, a pool of constants, and temporaries.

Names and constants of a rule never become source text: they are handed to the generated function as arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache, lru_cache
from types import CodeType
from typing import Any, TypeVar


@lru_cache(maxsize=512)
def _parsed(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


def _filled(node: ast.AST, parts: dict[str, ast.expr]) -> Any:
    """A copy of a template with expressions in the place of its names in capital letters; parts are not copied."""
    if isinstance(node, ast.Name):
        return parts.get(node.id, node)
    if not node._fields:
        return node
    made: dict[str, Any] = {}
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            made[field] = _filled(value, parts)
        else:
            made[field] = [_filled(one, parts) for one in value] if isinstance(value, list) else value
    if isinstance(node, ast.NamedExpr):
        made["target"] = ast.Name(made["target"].id, ast.Store())
    return type(node)(**made)


def expr(template: str, **parts: ast.expr) -> ast.expr:
    """A Python expression from a template of ours; its names in `parts` are replaced by expressions."""
    filled = _filled(_parsed(template), parts)
    assert isinstance(filled, ast.expr)
    return filled


def name(identifier: str) -> ast.Name:
    """A reference to a generated name."""
    return ast.Name(identifier, ast.Load())


def assign(target: str, value: ast.expr) -> ast.stmt:
    """`target = value`."""
    return ast.Assign([ast.Name(target, ast.Store())], value)


def put(mapping: ast.expr, key: ast.expr, value: ast.expr) -> ast.stmt:
    """`mapping[key] = value`."""
    return ast.Assign([ast.Subscript(mapping, key, ast.Store())], value)


def conditional(test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.stmt:
    """`if test: body; else: otherwise`; an empty body passes."""
    return ast.If(test, body or [ast.Pass()], otherwise or [])


def loop(target: str, over: ast.expr, body: list[ast.stmt]) -> ast.For:
    """`for target in over: body`."""
    return ast.For(ast.Name(target, ast.Store()), over, body or [ast.Pass()], [])


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """`function(arguments)`."""
    return ast.Call(function, list(arguments), [])


def tuple_of(parts: list[ast.expr]) -> ast.expr:
    """`(a, b, …)`."""
    return ast.Tuple(list(parts), ast.Load())


def statement(value: ast.expr) -> ast.stmt:
    """An expression as a statement."""
    return ast.Expr(value)


class Builder:
    """Makes one factory: `make(run)` evaluates what is fixed for the run and returns the inner function."""

    def __init__(self) -> None:
        self._constants: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        self._counter = 0
        self.prologue: list[ast.stmt] = []

    def fresh(self, prefix: str) -> str:
        """A name that nothing else uses."""
        self._counter += 1
        return f"{prefix}{self._counter}"

    def constant(self, value: object) -> ast.expr:
        """A reference to a value that is handed in; None, True and False are written as such."""
        if value is None or value is True or value is False:
            return ast.Constant(value)
        identifier = self._known.get(id(value))
        if identifier is None:
            identifier = self.fresh("k")
            self._constants[identifier] = value
            self._known[id(value)] = identifier
        return name(identifier)

    def once(self, value: ast.expr) -> ast.expr:
        """A reference to a value that is computed once a run."""
        identifier = self.fresh("c")
        self.prologue.append(assign(identifier, value))
        return name(identifier)

    def function(self, parameters: list[str], body: list[ast.stmt]) -> ast.expr:
        """A reference to a function of the factory's own, made once a run."""
        identifier = self.fresh("f")
        self.prologue.append(_function(identifier, parameters, body))
        return name(identifier)

    def factory(self, parameters: list[str], body: list[ast.stmt]) -> Callable[[Any], Any]:
        """Compile `def make(run): prologue; def inner(parameters): body; return inner`."""
        inner = _function("inner", parameters, body)
        make = _function("make", ["run"], [*self.prologue, inner, ast.Return(name("inner"))])
        outer = _function("outer", list(self._constants), [make, ast.Return(name("make"))])
        scope: dict[str, Any] = {}
        # The tree holds only templates of this package; constants come in as arguments.
        exec(_compiled(ast.Module([outer], [])), scope)  # noqa: S102
        made: Callable[[Any], Any] = scope["outer"](**self._constants)
        return made


_MOST_CODES, _MOST_PARTS = 128, 2000
"""How many modules are remembered, and of how many parts at most: rules of one shape share them."""
_codes: dict[tuple[object, ...], CodeType] = {}


def _compiled(module: ast.Module) -> CodeType:
    """The code of a module; that of an equal one when it is remembered."""
    shape = _shape(module)
    found = _codes.get(shape)
    if found is None:
        _place(module)
        found = compile(module, "<generated from a plan>", "exec")
        if len(shape) <= _MOST_PARTS:
            if len(_codes) >= _MOST_CODES:
                _codes.clear()
            _codes[shape] = found
    return found


def _shape(tree: ast.AST) -> tuple[object, ...]:
    """Equal for trees that compile to the same: all nodes, lists by their lengths, and values with their types."""
    shape: list[object] = []
    add = shape.append
    stack: list[Any] = [tree]
    while stack:
        one = stack.pop()
        kind = type(one)
        if kind is str or one is None:
            add(one)
        elif kind is list:
            add(len(one))
            stack += one
        elif isinstance(one, ast.AST):
            add(kind)
            stack += [getattr(one, field, None) for field in kind._fields]
        else:
            add((kind, repr(one)))
    return tuple(shape)


_PLACED = (ast.stmt, ast.expr, ast.arg, ast.keyword, ast.excepthandler)
"""The nodes that have a place, among those that templates are made of."""


def _place(tree: ast.AST) -> None:
    """Give every node a place, as `ast.fix_missing_locations` does in twice the time: there is no text."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, _PLACED):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
        for field in node._fields:
            held = getattr(node, field, None)
            if isinstance(held, ast.AST):
                stack.append(held)
            elif isinstance(held, list):
                stack.extend(one for one in held if isinstance(one, ast.AST))


def _function(identifier: str, parameters: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    template = _bare_function()
    args = _with(template.args, args=[ast.arg(parameter) for parameter in parameters])
    return _with(template, name=identifier, args=args, body=body or [ast.Pass()])


@cache
def _bare_function() -> ast.FunctionDef:
    """A function that takes nothing: what else belongs to one depends on the version of Python."""
    function = ast.parse("def f(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


_Node = TypeVar("_Node", bound=ast.AST)


def _with(template: _Node, **parts: Any) -> _Node:
    """A copy of a node with some of its parts replaced."""
    return type(template)(**{**dict(ast.iter_fields(template)), **parts})
