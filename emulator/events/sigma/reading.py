"""A Sigma rule's conditions, as pySigma reads them, in the closed tree of `emulator.events.sigma.conditions`."""

from __future__ import annotations

from typing import Any, Literal

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.sigma.conditions import (
    ANY,
    ONE,
    Both,
    Condition,
    Either,
    Field,
    Like,
    Matches,
    Neither,
    Ordered,
    Present,
    SameAs,
    Wildcard,
    Within,
)
from emulator.source import NOWHERE, Source

NO_COUNTERPART = code(
    "EVT2501",
    "a Sigma rule asks for what no field can show",
    "Events are made field by field. A keyword without a field, a placeholder that a pipeline fills, or a part of a "
    "time names no field's value, so no event can be made of the rule.",
)


def conditions(rule: Any, source: Source) -> Condition:
    """What a `SigmaRule` asks of an event: one of its conditions. Raises QueryError for what no field can show.

    `source` is the rule's file, for messages.
    """
    return Either(tuple(_condition(parsed.parsed, source) for parsed in rule.detection.parsed_condition))


def _condition(tree: Any, source: Source) -> Condition:
    from sigma import conditions as sigma

    match tree:
        case sigma.ConditionAND(args=args):
            return Both(tuple(_condition(item, source) for item in args))
        case sigma.ConditionOR(args=args):
            return Either(tuple(_condition(item, source) for item in args))
        case sigma.ConditionNOT(args=[item]):
            return Neither(_condition(item, source))
        case sigma.ConditionFieldEqualsValueExpression(field=field, value=value):
            return _field(field, value, source)
        case sigma.ConditionValueExpression(value=value):
            raise _refused(f"the keyword `{value}` names no field", source)
        case _:
            raise _refused("its condition names nothing", source)


def _field(name: str, value: Any, source: Source) -> Condition:
    """One field and one value; an expansion is a choice of values."""
    from sigma import types

    match value:
        case types.SigmaExpansion(values=values):
            return Either(tuple(_field(name, each, source) for each in values))
        case types.SigmaString():
            return _like(name, value, source)
        case types.SigmaRegularExpression(regexp=regexp, flags=flags):
            letters = "".join(sorted(types.SigmaRegularExpression.sigma_to_re_flag[flag] for flag in flags))
            return Field(name, Matches(str(regexp), letters))
        case types.SigmaCIDRExpression(network=network):
            return Field(name, Within(network))
        case types.SigmaCompareExpression(number=number, op=operator):
            return Field(name, Ordered(_OPERATORS[operator.name], float(number.number)))
        case types.SigmaNull():
            return Field(name, Present(present=False))
        case types.SigmaExists(exists=exists):
            return Field(name, Present(present=bool(exists)))
        case types.SigmaFieldReference(field=other, starts_with=starts, ends_with=ends):
            return Field(name, SameAs(other, starts, ends))
        case types.SigmaTimestampPart():
            raise _refused(f"`{name}` is asked for a part of a time", source)
        case types.SigmaNumber() | types.SigmaBool():
            return Field(name, Like((str(value).lower(),)))
        case _:
            raise _refused(f"`{name}` is asked for {type(value).__name__}", source)


_OPERATORS: dict[str, Literal["<", "<=", ">", ">=", "!="]] = {
    "LT": "<",
    "LTE": "<=",
    "GT": ">",
    "GTE": ">=",
    "NEQ": "!=",
}


def _like(name: str, value: Any, source: Source) -> Field:
    """A text with wildcards; an empty text is no value, as sensors leave such a field out."""
    from sigma.types import Placeholder, SigmaCasedString

    parts: list[str | Wildcard] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise _refused(f"`{name}` is asked for the placeholder `{part.name}`", source)
        parts.append(part if isinstance(part, str) else ANY if part.name == "WILDCARD_MULTI" else ONE)
    if not parts:
        return Field(name, Present(present=False))
    return Field(name, Like(tuple(parts), isinstance(value, SigmaCasedString)))


def _refused(message: str, source: Source) -> QueryError:
    help = "no event can be made of it; write a case by hand"
    return QueryError([Diagnostic(NO_COUNTERPART, message, NOWHERE, help, Source(source.name, ""))])
