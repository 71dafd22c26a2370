"""Functions that a workspace stores, such as parsers: their text comes with the run or from the rule's folder.

The text is a query whose last expression is what the function gives. Its parameters, if it has any, stand before it
as `declare query_parameters (name: type = default, …);`, so that the text can also be run by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from emulator.kql import syntax
from emulator.kql.binder.scope import Binding, Environment, FunctionBinding
from emulator.kql.parser import parse
from emulator.source import Source, Span

PREFIX = "function:"


def stored_functions(given: Mapping[str, object]) -> Environment:
    """The functions that the run brings as `function:NAME`. Raises QueryError for a text with syntax errors."""
    names: dict[str, Binding] = {}
    environment = Environment(names)  # functions may call each other, whatever their order
    for key, text in given.items():
        if key.startswith(PREFIX) and isinstance(text, str):
            name = key.removeprefix(PREFIX)
            function, source = _parsed(name, text)
            names[name] = FunctionBinding(name, function, environment, source)
    return environment


@lru_cache(maxsize=64)
def _parsed(name: str, text: str) -> tuple[syntax.Function, Source]:
    source = Source(f"functions/{name}.kql", text)
    statements = parse(source).statements
    parameters = tuple(
        parameter for one in statements if isinstance(one, syntax.QueryParameters) for parameter in one.parameters
    )
    rest = tuple(one for one in statements if not isinstance(one, syntax.QueryParameters))
    last = rest[-1] if rest else None
    result = last.value if isinstance(last, syntax.ExpressionStatement) else None
    body = rest[:-1] if result is not None else rest
    return syntax.Function(
        Span(0, len(text)), view=False, parameters=parameters, statements=body, result=result
    ), source
