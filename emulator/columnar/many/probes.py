"""Questions about one column that rules ask: each is asked once, however many rules ask it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Any, TypeAlias

from emulator.casing import fold_ascii
from emulator.columnar.many.needles import Needle, needles_of
from emulator.functions import VARYING, Nulls
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Run
from emulator.interpreter.rowcode import value_maker
from emulator.nodes import node, record
from emulator.plan.expressions import (
    Call,
    Compare,
    Comparison,
    Const,
    ContextValue,
    Expression,
    Field,
    FromContext,
    is_fixed,
)
from emulator.types import Column, RowType, ScalarType


@record
class Absent:
    """The table has no such column: the value is null in all rows."""


@record
class Unknown:
    """Only a run of the steps tells the value."""


Source: TypeAlias = str | Absent | Unknown
"""The name of a column of the file, or why there is none."""
Meaning: TypeAlias = Callable[[Any], Any]
_TEXTS = (ScalarType.STRING, ScalarType.TEXT)
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")


@record
class Among:
    """Equal to one of some values; with `fold`, the case of ASCII letters ignored."""

    values: frozenset[Hashable]
    fold: bool = False


@record
class Bound:
    """A comparison with a number or with ticks."""

    operator: Comparison
    constant: int


@node
class Probe:
    """A question about a column of the file whose values are of a type.

    `call` tells the identity of a function of the value and of constants, where it is no more than that.
    """

    column: str
    type: ScalarType
    call: str
    constants: tuple[object, ...]
    make: Callable[[], Meaning]
    bound: Bound | None = None
    among: Among | None = None

    @cached_property
    def meaning(self) -> Meaning:
        """The question's answer for a value: True, False or None."""
        return self.make()

    @cached_property
    def needles(self) -> tuple[Needle, ...] | None:
        """Texts of which one at least stands in every value of which it is true; None when there are none."""
        return needles_of(self.call, self.constants) if self.type in _TEXTS else None

    @cached_property
    def wholes(self) -> frozenset[int] | None:
        """The whole numbers of which it is true, when it is true of no other."""
        if self.call == "cql.operator:number_equal":
            (text,) = self.constants
            return frozenset({int(text)}) if isinstance(text, str) and _PLAIN_INTEGER.fullmatch(text) else None
        if self.among is None:
            return None
        if self.type is ScalarType.TEXT:
            texts = [one for one in self.among.values if isinstance(one, str) and _PLAIN_INTEGER.fullmatch(one)]
            return frozenset(map(int, texts))
        return frozenset(one for one in self.among.values if isinstance(one, int))

    def may_be(self, value: object, *, wanted: bool) -> bool:
        """Whether it may be true of a value (not true, unless wanted): an error is told by whoever runs the rule."""
        try:
            return (self.meaning(value) is True) is wanted
        except Exception:  # noqa: BLE001 - whatever a rule's own function may raise
            return True


class Probes:
    """The questions about one table in one run, by what they ask."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[Hashable, Probe] = {}

    def of(self, column: str, field: Field, expression: Expression) -> Probe:
        """The question that an expression, which reads that field alone, asks of a column."""
        kind = field.type
        constants: tuple[object, ...]
        key: Hashable
        match expression:
            case Compare(operator=operator, left=Field(), right=right, fold=fold) if is_fixed(right):
                constants = (self.fixed(right),)
                rest = (operator, expression.one_null, expression.both_null, fold)
                key = (column, kind, rest, repr(constants))
                made = Probe(
                    column,
                    kind,
                    f"fold {operator.value}" if fold else operator.value,
                    constants,
                    lambda: self._general(field, expression),
                    _bound(kind, operator, constants[0]),
                    None if expression.one_null else _compared(kind, operator, constants[0], fold=fold),
                )
            case Call(function=function, arguments=(Field(), *others)) if all(map(is_fixed, others)):
                constants = tuple(map(self.fixed, others))
                key = (column, kind, function, repr(constants))
                strict = function.nulls is Nulls.STRICT
                made = Probe(
                    column,
                    kind,
                    function.identity,
                    constants,
                    lambda: _applied(expression, constants, strict=strict),
                    None,
                    among(function.identity, kind, constants),
                )
            case _:
                key = (column, id(expression))
                made = Probe(column, kind, "", (), lambda: self._general(field, expression))
        return self._known.setdefault(key, made)

    def own(self, made: Probe) -> Probe:
        """A question that no rule wrote, once."""
        return self._known.setdefault((made.column, made.type, made.call, made.bound), made)

    def of_nulls(self, expression: Expression, fields: Iterable[Field]) -> tuple[object] | None:
        """The value of an expression whose fields are all null; None when it has none."""
        columns = tuple(Column(field.name, field.type) for field in fields)
        try:
            if not columns and isinstance(expression, Const):
                return (expression.value,)
            found = value_maker(expression, RowType(columns), compile_relation)(self._run)
            return (found(tuple(column.type.null for column in columns)),)
        except Exception:  # noqa: BLE001 - whatever a rule's own function may raise
            return None

    def fixed(self, expression: Expression) -> object:
        """The value of an expression that reads no row."""
        match expression:
            case Const(value=value):
                return value
            case FromContext(what=ContextValue.NOW):
                return self._run.now
            case Call(function=function, arguments=arguments) if function.nulls is Nulls.STRICT:
                values = list(map(self.fixed, arguments))
                return None if None in values else function.python(*values)
            case _:
                return value_maker(expression, RowType(()), compile_relation)(self._run)(())

    def _general(self, field: Field, expression: Expression) -> Meaning:
        made = value_maker(expression, RowType((Column(field.name, field.type),)), compile_relation)(self._run)
        return lambda value: made((value,))


def _applied(call: Call, constants: tuple[object, ...], *, strict: bool) -> Meaning:
    """A function of a value and constants, as a function of the value."""
    function = call.function
    special = function.specialise(VARYING, *constants) if function.specialise is not None else None
    made = special or (lambda value: function.python(value, *constants))
    if strict and None in constants:
        return lambda _: None
    return (lambda value: None if value is None else made(value)) if strict else made


def _bound(kind: ScalarType, operator: Comparison, constant: object) -> Bound | None:
    is_number = kind in (ScalarType.INT, ScalarType.LONG, ScalarType.DATETIME) and type(constant) is int
    return Bound(operator, constant) if is_number and isinstance(constant, int) else None


def _compared(kind: ScalarType, operator: Comparison, constant: object, *, fold: bool) -> Among | None:
    if operator is not Comparison.EQUAL:
        return None
    if kind in _TEXTS and isinstance(constant, str):
        return Among(frozenset({fold_ascii(constant) if fold else constant}), fold)
    if kind in (ScalarType.INT, ScalarType.LONG) and type(constant) is int:
        return Among(frozenset({constant}))
    return None


def among(identity: str, kind: ScalarType, constants: tuple[object, ...]) -> Among | None:
    """The values of which a function of a value and constants is true, when it is true of no other."""
    items = list(_flat(constants))
    texts = frozenset(one for one in items if isinstance(one, str))
    match identity:
        case "kql._in" if kind is ScalarType.STRING:
            return Among(texts)
        case "kql._in" if kind in (ScalarType.INT, ScalarType.LONG) and all(type(one) is int for one in items):
            return Among(frozenset(one for one in items if isinstance(one, int)))
        case "kql._in_fold" if kind is ScalarType.STRING:
            return Among(frozenset(map(fold_ascii, texts)), fold=True)
        case "cql.operator:wildcard" if "*" not in str(items[0]):
            return Among(texts)
        case "cql.in" if not constants[1] and not any("*" in text for text in texts):
            return Among(texts)
        case _:
            return None


def _flat(items: Iterable[object]) -> Iterable[object]:
    for item in items:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item
