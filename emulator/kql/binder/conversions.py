"""Conversions that the binder writes into the plan, so that engines only meet values of the type they expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emulator.functions import Function, Kind
from emulator.kql.library import lookup
from emulator.plan.expressions import Call, Const, Expression
from emulator.source import Span
from emulator.types import ScalarType

_T = ScalarType
_RANK = {_T.INT: 0, _T.LONG: 1, _T.REAL: 2, _T.DECIMAL: 3}
_TO = {
    _T.BOOL: "tobool",
    _T.INT: "toint",
    _T.LONG: "tolong",
    _T.REAL: "toreal",
    _T.DECIMAL: "todecimal",
    _T.STRING: "tostring",
    _T.DATETIME: "todatetime",
    _T.TIMESPAN: "totimespan",
    _T.GUID: "toguid",
}
_JSON = frozenset({_T.DYNAMIC, _T.BOOL, _T.INT, _T.LONG, _T.REAL, _T.STRING})


def widest(types: Sequence[ScalarType]) -> ScalarType:
    """The number type that all of some number types fit into."""
    return max(types, key=_RANK.__getitem__)


def fits(given: ScalarType, wanted: ScalarType) -> bool:
    """True when a value of the first type can stand where the second is wanted."""
    if given is wanted:
        return True
    match wanted:
        case _T.LONG:
            return given is _T.INT
        case _T.REAL | _T.DECIMAL:
            return given.is_number
        case _T.STRING:
            return given is _T.DYNAMIC
        case _:
            return False


def convert(value: Expression, wanted: ScalarType) -> Expression:
    """The value as one of the wanted type, with the meaning of the engine's own `to…` functions."""
    given = value.type
    if given is wanted or (given is _T.INT and wanted is _T.LONG):
        return value
    if wanted is _T.DYNAMIC:
        return box(value)
    if wanted is _T.REAL and given.is_number:
        return _applied("_to_real", value, wanted)
    if wanted is _T.DECIMAL and given.is_number:
        return _applied("_to_decimal", value, wanted)
    if given is _T.BOOL and wanted.is_number:
        return convert(_applied("_to_number", value, _T.LONG), wanted)
    direct = _overload(_TO[wanted], given) is not None
    return _applied(_TO[wanted], value if direct else text(value), wanted)


def text(value: Expression) -> Expression:
    """`tostring` of a value."""
    return value if value.type is _T.STRING else _applied("tostring", value, _T.STRING)


def box(value: Expression) -> Expression:
    """The value as a dynamic."""
    if isinstance(value, Const) and value.value is None:
        return Const(None, _T.DYNAMIC, value.span)
    if value.type is _T.DYNAMIC:
        return value
    if value.type in _JSON:
        return _applied("_same", value, _T.DYNAMIC)
    return _applied("_box", value, _T.DYNAMIC)


def _applied(name: str, value: Expression, gives: ScalarType) -> Expression:
    """A call of a conversion, or its result when the value is known."""
    function = _overload(name, value.type)
    assert function is not None
    if isinstance(value, Const):
        return Const(_computed(function, value.value, gives), gives, value.span)
    return Call(function, (value,), gives, value.span)


def _computed(function: Function, value: object, gives: ScalarType) -> object:
    return gives.null if value is None and gives is not _T.STRING else function.python(value)


def _overload(name: str, given: ScalarType) -> Function | None:
    """The conversion that takes a value of a type as it is."""
    words = {given.value, "scalar", "text" if given is _T.STRING else "scalar"}
    if given.is_number:
        words |= {"number"}
    if given in (_T.INT, _T.LONG):
        words |= {"integer", "long"}
    fitting = (one for one in lookup(name) if words & set(one.signature.parameters[0].type.split("|")))
    return next(fitting, None)


def to_text(given: ScalarType) -> Callable[[Any], str]:
    """What makes the text of a value of a type."""
    if given is _T.STRING:
        return str
    function = _overload("tostring", given)
    assert function is not None
    python = function.python
    return lambda value: "" if value is None else str(python(value))


def from_text(wanted: ScalarType) -> Callable[[str], object]:
    """What reads a text as a value of a type; a value that is not read is null."""
    if wanted is _T.STRING:
        return str
    function = _overload("parse_json" if wanted is _T.DYNAMIC else _TO[wanted], _T.STRING)
    assert function is not None
    return function.python


def named(name: str, *arguments: Expression, gives: ScalarType, span: Span, kind: Kind = Kind.SCALAR) -> Call:
    """A call of a function that the binder itself puts into plans."""
    (function,) = lookup(name, kind)
    return Call(function, arguments, gives, span)
