"""`parse-kv`: columns out of the keys and values in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, regexes, settings, steps
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Names
from emulator.kql.library.key_values import Delimited, KeyValues, Matched, Pairs, Quoting, Terms
from emulator.kql.patterns import compile_pattern
from emulator.plan.expressions import Expression, Field
from emulator.plan.steps import Extract
from emulator.types import Column

FORM_GAP = code(
    "KQL4020",
    "a form of `parse-kv` that is not emulated",
    "The documentation knows three forms: two delimiters with or without quotes and `greedy`, quotes alone, and a "
    "regular expression alone. What other mixtures do it does not say.",
)
GREEDY_KEYS = assumption(
    "parse-kv-greedy",
    "kql",
    "with `greedy` a value ends before the next key; every text between the two delimiters is taken to be a key, "
    "whether it is one of those asked for or not",
)
ANY_DELIMITER = assumption(
    "parse-kv-terms",
    "kql",
    "without delimiters `parse-kv` takes every character that is no letter or digit for one; the value of a key is "
    "taken to be the term right behind the first term that equals it",
)
_SETTINGS = frozenset({"pair_delimiter", "kv_delimiter", "quote", "escape", "regex", "greedy"})


def bind_parse_kv(node: syntax.ParseKv, stream: Stream, scope: Scope) -> Stream:
    """A column for each key named, empty or null where the text lacks it."""
    pairs = _pairs(node, scope)
    value = conversions.text(scope.context.expression(node.value, scope.over(stream)))
    taken = Names(scope.context)
    columns = [
        Column(taken.choose(one.name.text, one.span), functions.declared_type(one.type, scope))
        for one in node.keys.columns
    ]
    reader = KeyValues(tuple((one.name, one.type, conversions.from_text(one.type)) for one in columns), pairs)
    function = Function("kql", "_parse_kv", Kind.SCALAR, "_parse_kv(text: string) -> dynamic", reader, Nulls.TOTAL)
    step = Extract(function, (value,), tuple(columns), required=False, span=node.span)
    placeholders: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, node.span)) for one in columns]
    relation = steps.after(stream.relation, [step], steps.assigned(stream.columns, placeholders), node.span)
    return replace(stream, relation=relation)


def _pairs(node: syntax.ParseKv, scope: Scope) -> Pairs:
    """What finds the keys and values: by a pattern, by delimiters, or by any delimiter."""
    given = settings.read(node.properties, _SETTINGS, scope)
    if "regex" in given:
        if len(given) > 1:
            raise _unexplained(node, "`regex` stands alone", scope)
        return _by_pattern(given["regex"], scope)
    quoting = _quoting(node, scope)
    delimiters = [_text(given[name], scope) for name in ("pair_delimiter", "kv_delimiter") if name in given]
    greedy = settings.flag(given.get("greedy"), scope)
    match delimiters:
        case [pair, kv]:
            if greedy:
                scope.context.rests_on(GREEDY_KEYS.name)
            return Delimited(pair, kv, quoting, greedy)
        case [] if not greedy:
            scope.context.rests_on(ANY_DELIMITER.name)
            return Terms(quoting)
        case _:
            raise _unexplained(node, "both delimiters are expected", scope)


def _unexplained(node: syntax.ParseKv, message: str, scope: Scope) -> Exception:
    help = 'write `with (pair_delimiter = ";", kv_delimiter = "=")`, or another documented form'
    return scope.context.fail(FORM_GAP, message, node.span, help)


def _by_pattern(node: syntax.Expression, scope: Scope) -> Pairs:
    bound = scope.context.expression(node, scope.over(None))
    regexes.check(bound, node.span, scope)
    pattern = compile_pattern(_text(node, scope))
    if pattern.group_count != 2:
        message = f"this pattern has {pattern.group_count} groups, not two"
        help = "write two groups: the key, then the value"
        raise scope.context.fail(settings.WRONG_SETTING, message, node.span, help)
    return Matched(pattern)


def _quoting(node: syntax.ParseKv, scope: Scope) -> Quoting:
    """The quotes and escapes; both settings may be repeated."""
    quotes = list(_characters(node, "quote", 2, scope))
    return Quoting({one[0]: one[-1] for one in reversed(quotes)}, "".join(_characters(node, "escape", 1, scope)))


def _characters(node: syntax.ParseKv, name: str, most: int, scope: Scope) -> Iterator[str]:
    for parameter in node.properties:
        if parameter.name.text.lower() == name:
            text = _text(parameter.value, scope)
            if len(text) > most:
                count = "one character is" if most == 1 else "one or two characters are"
                help = "name further ones in settings of their own"
                raise scope.context.fail(settings.WRONG_SETTING, f"{count} expected", parameter.value.span, help)
            yield text


def _text(value: syntax.Expression, scope: Scope) -> str:
    """The text of a setting."""
    known = constant(scope.context.expression(value, scope.over(None)))
    if known is not None and isinstance(known.value, str) and known.value:
        return known.value
    raise scope.context.fail(settings.WRONG_SETTING, "a text is expected", value.span, 'write a text such as `";"`')
