"""`parse-kv`: columns out of the keys and values in a text."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, settings, steps
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Names
from emulator.kql.library.nesting import KeyValues, as_pairs
from emulator.plan.expressions import Expression, Field
from emulator.plan.steps import Extract
from emulator.types import Column

REGEX_GAP = code(
    "KQL4020",
    "a form of `parse-kv` that is not emulated",
    "The product knows `parse-kv` with a regular expression or with `greedy`, the emulator does not.",
)
_DELIMITERS = {"pair_delimiter", "kv_delimiter", "quote", "escape"}


def bind_parse_kv(node: syntax.ParseKv, stream: Stream, scope: Scope) -> Stream:
    """A column for each key named, empty or null where the text lacks it."""
    given = settings.read(node.properties, {*_DELIMITERS, "regex", "greedy"}, scope)
    for name in ("regex", "greedy"):
        if name in given:
            help = 'give delimiters instead: `with (pair_delimiter = ";", kv_delimiter = "=")`'
            raise scope.context.fail(REGEX_GAP, f"`{name}` is not emulated", given[name].span, help)
    texts = {name: _texts(value, scope) for name, value in given.items()}
    value = conversions.text(scope.context.expression(node.value, scope.over(stream)))
    taken = Names(scope.context)
    columns = [
        Column(taken.choose(one.name.text, one.span), functions.declared_type(one.type, scope))
        for one in node.keys.columns
    ]
    reader = KeyValues(
        tuple((one.name, one.type, conversions.from_text(one.type)) for one in columns),
        "".join(texts.get("pair_delimiter", [" ", ",", ";"])),
        "".join(texts.get("kv_delimiter", ["="])),
        as_pairs(texts.get("quote", ['"', "'"])),
        "".join(texts.get("escape", [])),
    )
    function = Function("kql", "_parse_kv", Kind.SCALAR, "_parse_kv(text: string) -> dynamic", reader, Nulls.TOTAL)
    step = Extract(function, (value,), tuple(columns), required=False, span=node.span)
    placeholders: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, node.span)) for one in columns]
    relation = steps.after(stream.relation, [step], steps.assigned(stream.columns, placeholders), node.span)
    return replace(stream, relation=relation)


def _texts(value: syntax.Expression, scope: Scope) -> list[str]:
    """The texts of a setting: one text, or an array of texts."""
    known = constant(scope.context.expression(value, scope.over(None)))
    if known is not None and isinstance(known.value, str) and known.value:
        return [known.value]
    if known is not None and isinstance(known.value, list) and all(isinstance(one, str) and one for one in known.value):
        return [str(one) for one in known.value]
    raise scope.context.fail(settings.WRONG_SETTING, "a text is expected", value.span, 'write a text such as `";"`')
