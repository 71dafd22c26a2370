"""Tests that SQL decides for most values, and the interpreter for the rest: those with letters beyond ASCII, mostly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.columnar.expressions.cells import can_be_written
from emulator.columnar.expressions.leaves import MAY_BE_NUMBER, flat
from emulator.columnar.expressions.regexes import cql_on_ascii, kql_on_ascii
from emulator.columnar.expressions.texts import choice, is_ascii, matches, pattern, term_pattern
from emulator.nodes import record

if TYPE_CHECKING:
    from emulator.cql.patterns import Pattern

_WHOLE = "^(?:0|-?[1-9][0-9]{0,17})$"
"""Texts that are whole numbers of 64 bits."""
_MOST_EXACT = 10**18


@record
class Decision:
    """What a test of a value that is not null gives; where `undecided` holds, only the interpreter knows.

    With `surely`, the test is true wherever `sql` is, undecided or not.
    """

    sql: exp.Expr
    undecided: exp.Expr
    surely: bool = False

    def settled(self, otherwise: Callable[[], exp.Expr]) -> exp.Expr:
        """The test for every value, given what asks the interpreter."""
        if self.surely:
            return choice((self.sql, exp.true()), (self.undecided, otherwise()))
        return choice((self.undecided, otherwise()), otherwise=self.sql)


Decider = Callable[[exp.Expr, tuple[object, ...]], Decision | None]


def _beyond_ascii(sql: exp.Expr) -> exp.Expr:
    return exp.not_(is_ascii(sql), copy=False)


def _terms(*, fold: bool, leading: bool = True, trailing: bool = True, every: bool = False) -> Decider:
    """Terms between boundaries, which beyond ASCII are the interpreter's to see."""

    def decide(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
        texts = [one for one in flat(constants) if isinstance(one, str)]
        if not texts or not all(text and can_be_written(text) for text in texts):
            return None
        written = [term_pattern(text, fold=fold, leading=leading, trailing=trailing) for text in texts]
        found = exp.and_(*(matches(sql, one) for one in written)) if every else matches(sql, "|".join(written))
        return Decision(found, _beyond_ascii(sql), surely=True)

    return decide


def _kql_pattern(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
    (text,) = constants
    written = kql_on_ascii(text) if isinstance(text, str) else None
    return Decision(matches(sql, written), _beyond_ascii(sql)) if written is not None else None


def _cql_pattern(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
    found: Pattern = constants[0]  # type: ignore[assignment]  # the binder gives it
    written = cql_on_ascii(found.ascii_program, ignore_case=found.ignore_case)
    return Decision(matches(sql, written), _beyond_ascii(sql)) if written is not None else None


def _cql_in(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
    """Values with wildcards, case ignored."""
    values, _ = constants
    texts = [str(value) for value in values] if isinstance(values, tuple) else []
    if not texts or not all(text.isascii() and can_be_written(text) for text in texts):
        return None
    stars = ("(?s:.*)".join(pattern(part, fold=True) for part in text.split("*")) for text in texts)
    return Decision(matches(sql, rf"\A(?:{'|'.join(stars)})\z"), _beyond_ascii(sql))


def _number_equal(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
    (text,) = constants
    if not isinstance(text, str) or not can_be_written(text):
        return None
    same = exp.EQ(this=sql.copy(), expression=exp.Literal.string(text))
    number = _whole(text)
    if number is None:
        return Decision(same, matches(sql, MAY_BE_NUMBER), surely=True)
    return Decision(same, exp.and_(matches(sql, MAY_BE_NUMBER), exp.not_(matches(sql, _WHOLE))), surely=True)


def _bound(operator: type[exp.Binary]) -> Decider:
    """A number in a text beside a whole number."""

    def decide(sql: exp.Expr, constants: tuple[object, ...]) -> Decision | None:
        (text,) = constants
        number = _whole(text) if isinstance(text, str) else None
        if number is None:
            return None
        read = exp.TryCast(this=sql.copy(), to=exp.DataType.build("BIGINT"))
        holds = operator(this=read, expression=exp.Literal.number(number))
        whole = matches(sql, _WHOLE)
        made = exp.Case().when(whole, holds).else_(exp.false())
        return Decision(made, exp.and_(exp.not_(whole.copy()), matches(sql, MAY_BE_NUMBER)))

    return decide


def _whole(text: str) -> int | None:
    """The number that a text of the form of `_WHOLE` is."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MOST_EXACT)) - 1:
        return None
    return int(text) if str(int(text)) == text else None


DECIDERS: Mapping[str, Decider] = {
    "kql._has": _terms(fold=True),
    "kql._has_cs": _terms(fold=False),
    "kql._hasprefix": _terms(fold=True, trailing=False),
    "kql._hasprefix_cs": _terms(fold=False, trailing=False),
    "kql._hassuffix": _terms(fold=True, leading=False),
    "kql._hassuffix_cs": _terms(fold=False, leading=False),
    "kql._has_any": _terms(fold=True),
    "kql._has_all": _terms(fold=True, every=True),
    "kql._matches_regex": _kql_pattern,
    "cql.in": _cql_in,
    "cql.operator:regex": _cql_pattern,
    "cql.operator:number_equal": _number_equal,
    "cql.operator:below": _bound(exp.LT),
    "cql.operator:at_most": _bound(exp.LTE),
    "cql.operator:above": _bound(exp.GT),
    "cql.operator:at_least": _bound(exp.GTE),
}
"""What decides a function of a value and constants, by its identity."""
