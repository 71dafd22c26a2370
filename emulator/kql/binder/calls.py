"""Calls of functions: the overload that takes the arguments, and the arguments as its meaning expects them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice

from emulator.functions import Function, Mode, Parameter, Signature
from emulator.kql.binder import conversions
from emulator.nodes import record
from emulator.plan.expressions import Const, Expression
from emulator.source import Span
from emulator.types import ScalarType

_T = ScalarType
_NUMBERS = frozenset({_T.INT, _T.LONG, _T.REAL, _T.DECIMAL})
_SUMMABLE = _NUMBERS | {_T.DATETIME, _T.TIMESPAN}
_ALL = frozenset(_T) - {_T.TEXT, _T.VALUE}
_WORDS = {
    "integer": frozenset({_T.INT, _T.LONG}),
    "number": _NUMBERS,
    "summable": _SUMMABLE,
    "orderable": _SUMMABLE | {_T.BOOL, _T.STRING},
    "not_dynamic": _ALL - {_T.DYNAMIC},
    "scalar": _ALL,
    "text": _ALL,
    "boxed": _ALL,
    "array": frozenset({_T.DYNAMIC}),
    "bag": frozenset({_T.DYNAMIC}),
    "widest": _NUMBERS,
    "common": _ALL,
    "mixed": _ALL,
}
_TYPES = {kind.value: kind for kind in _ALL}


@record
class TypeArgument:
    """`typeof(…)` as an argument."""

    type: ScalarType
    span: Span


Argument = Expression | TypeArgument


@record
class Resolved:
    """An overload with its arguments converted, and the type of the result."""

    function: Function
    arguments: tuple[Expression, ...]
    modes: tuple[Mode, ...]
    type: ScalarType


def resolve(overloads: Sequence[Function], arguments: Sequence[Argument], span: Span) -> Resolved | None:
    """The first overload that takes the arguments as they are, else the first that takes them converted."""
    for exact in (True, False):
        for function in overloads:
            pairs = pair(function.signature, arguments)
            if pairs is not None and _accepts(pairs, exact):
                return _applied(function, pairs, span)
    return None


def expected(overloads: Sequence[Function], arguments: Sequence[Argument]) -> Iterator[tuple[Argument, ScalarType]]:
    """Each argument with the type that the first fitting overload declares; dynamic where it declares none."""
    pairs = next(filter(None, (pair(function.signature, arguments) for function in overloads)), [])
    return ((argument, _TYPES.get(parameter.type.split("|")[0], _T.DYNAMIC)) for parameter, argument in pairs)


def takes_count(overloads: Iterable[Function], count: int) -> bool:
    """True when some overload takes that many arguments."""
    return any(_parameters(function.signature, count) is not None for function in overloads)


def pair(signature: Signature, arguments: Sequence[Argument]) -> list[tuple[Parameter, Argument]] | None:
    """Each argument with its parameter; None when their number does not fit."""
    parameters = _parameters(signature, len(arguments))
    return None if parameters is None else list(zip(parameters, arguments, strict=True))


def _parameters(signature: Signature, count: int) -> list[Parameter] | None:
    """The parameters that so many arguments stand for, rest parameters repeated as a group."""
    plain = [parameter for parameter in signature.parameters if not parameter.rest]
    rest = [parameter for parameter in signature.parameters if parameter.rest]
    required = sum(not parameter.optional for parameter in plain)
    if count < required or (count > len(plain) and not rest):
        return None
    beyond = max(0, count - len(plain))
    if rest and beyond % len(rest):
        return None
    return [*plain[:count], *islice(cycle(rest), beyond)]


def _accepts(pairs: Sequence[tuple[Parameter, Argument]], exact: bool) -> bool:
    if not all(_takes(parameter, argument, exact) for parameter, argument in pairs):
        return False
    shared = [argument.type for parameter, argument in pairs if parameter.type == "common"]
    return not shared or agreement("common", shared) is not None


def _takes(parameter: Parameter, argument: Argument, exact: bool) -> bool:
    words = parameter.type.split("|")
    if isinstance(argument, TypeArgument):
        return words == ["type"]
    if any(argument.type in _WORDS.get(word, ()) or word == argument.type.value for word in words):
        return True
    return not exact and any(word in _TYPES and conversions.fits(argument.type, _TYPES[word]) for word in words)


def agreement(word: str, types: Sequence[ScalarType]) -> ScalarType | None:
    """The type that arguments declared `widest`, `common` or `mixed` are given as; None when there is none."""
    distinct = set(types)
    if word == "widest":
        return conversions.widest([_T.LONG, *types])
    if word == "mixed" and len(distinct) > 1:
        distinct.discard(_T.DYNAMIC)
    if len(distinct) == 1:
        return distinct.pop()
    if distinct <= _NUMBERS:
        return conversions.widest(list(distinct))
    return _T.DYNAMIC if word == "mixed" else None


def _applied(function: Function, pairs: Sequence[tuple[Parameter, Argument]], span: Span) -> Resolved:
    targets = {
        word: agreement(word, [argument.type for parameter, argument in pairs if parameter.type == word])
        for word in ("widest", "common", "mixed")
        if any(parameter.type == word for parameter, _ in pairs)
    }
    given = [_given(parameter, argument, targets) for parameter, argument in pairs]
    modes = [parameter.mode for parameter, _ in pairs]
    for parameter, value in _defaults(function.signature, len(pairs), span):
        given.append(value)
        modes.append(parameter.mode)
    return Resolved(function, tuple(given), tuple(modes), _result(function.signature.returns, pairs, targets))


def _given(parameter: Parameter, argument: Argument, targets: dict[str, ScalarType | None]) -> Expression:
    """The argument as the meaning expects it."""
    if isinstance(argument, TypeArgument):
        return Const(argument.type, _T.STRING, argument.span)
    word = parameter.type
    if word == "text":
        return conversions.text(argument)
    if word == "boxed":
        return conversions.box(argument)
    target = targets.get(word)
    if target is not None:
        return conversions.convert(argument, target)
    words = word.split("|")
    if any(argument.type in _WORDS.get(one, ()) or one == argument.type.value for one in words):
        return argument
    wanted = next(_TYPES[one] for one in words if one in _TYPES and conversions.fits(argument.type, _TYPES[one]))
    return conversions.convert(argument, wanted)


def _defaults(signature: Signature, count: int, span: Span) -> Iterator[tuple[Parameter, Const]]:
    """The defaults of parameters that were left out, up to the first whose default is null."""
    for parameter in signature.parameters[count:]:
        if parameter.rest or parameter.default in (None, "null"):
            return
        assert parameter.default is not None
        text = {"true": "True", "false": "False"}.get(parameter.default, parameter.default)
        word = parameter.type.split("|")[0]
        yield parameter, Const(ast.literal_eval(text), _TYPES.get(word, _T.LONG), span)


def _result(
    returns: str, pairs: Sequence[tuple[Parameter, Argument]], targets: dict[str, ScalarType | None]
) -> ScalarType:
    if returns in _TYPES:
        return _TYPES[returns]
    if returns.startswith("("):
        return _T.DYNAMIC
    target = targets.get(returns)
    if target is not None:
        return target
    return next(argument.type for parameter, argument in pairs if parameter.type == returns)
