"""Bounds of single tests: a comparison or a string function of one column and constants, as SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from emulator.clock import MAX_DATETIME, TICKS_PER_MICROSECOND, to_datetime
from emulator.columnar.expressions.cells import can_be_written
from emulator.columnar.expressions.comparing import is_null
from emulator.columnar.expressions.literals import Literals, literals
from emulator.columnar.expressions.regexes import kql_on_ascii
from emulator.columnar.expressions.relaxed import relaxed, relaxed_literal
from emulator.columnar.expressions.texts import (
    after_seldom,
    at_end,
    at_start,
    choice,
    equal,
    has_part,
    is_ascii,
    matches,
    small_among,
)
from emulator.columnar.expressions.texts import pattern as written
from emulator.plan.expressions import Compare, Comparison
from emulator.types import ScalarType

Test = tuple[exp.Expr, bool]
"""SQL over a value that is not null, and whether it is true nowhere but where the test is."""
Builder = Callable[[exp.Expr, ScalarType, tuple[object, ...]], Test | None]

_TEXTS = (ScalarType.STRING, ScalarType.TEXT)
_WHOLE = (ScalarType.INT, ScalarType.LONG)
_SQL = {
    Comparison.EQUAL: exp.EQ,
    Comparison.NOT_EQUAL: exp.NEQ,
    Comparison.LESS: exp.LT,
    Comparison.LESS_OR_EQUAL: exp.LTE,
    Comparison.GREATER: exp.GT,
    Comparison.GREATER_OR_EQUAL: exp.GTE,
}
PLAIN_INTEGER = "^(?:0|[1-9][0-9]{0,14})$"
"""Texts of this form are equal as numbers only when they are the same text."""
MAY_BE_NUMBER = "^[0-9.eE+-]+$"
"""No other text is read as a number."""


def comparison(sql: exp.Expr, kind: ScalarType, found: Compare, constant: object) -> Test | None:
    """A comparison of a value with a constant that is not null; None when the engine may see it otherwise."""
    operator = found.operator
    if kind in _TEXTS and isinstance(constant, str) and operator in (Comparison.EQUAL, Comparison.NOT_EQUAL):
        equal = _among(sql, (constant,), ignore_case=found.fold)
        if equal is None:
            return None
        return equal if operator is Comparison.EQUAL else (exp.not_(equal[0]), equal[1])
    if kind in _WHOLE and type(constant) is int:
        return _SQL[operator](this=sql.copy(), expression=exp.Literal.number(constant)), True
    if kind is ScalarType.BOOL and isinstance(constant, bool):
        return _SQL[operator](this=sql.copy(), expression=exp.convert(constant)), True
    if kind is ScalarType.DATETIME and type(constant) is int:
        return _instant(sql, operator, constant)
    return None


def _instant(sql: exp.Expr, operator: Comparison, ticks: int) -> Test | None:
    """Instants of the engine are whole microseconds: a bound between two of them moves to the next."""
    if not 0 <= ticks <= MAX_DATETIME - TICKS_PER_MICROSECOND:
        return None
    whole, rest = divmod(ticks, TICKS_PER_MICROSECOND)
    if rest and operator in (Comparison.EQUAL, Comparison.NOT_EQUAL):
        return None
    up = rest and operator in (Comparison.LESS, Comparison.GREATER_OR_EQUAL)
    moment = to_datetime((whole + bool(up)) * TICKS_PER_MICROSECOND).replace(tzinfo=None)
    literal = exp.cast(exp.Literal.string(f"{moment.isoformat(' ', 'microseconds')}+00"), "TIMESTAMPTZ")
    return _SQL[operator](this=sql.copy(), expression=literal), True


def between(sql: exp.Expr, start: int | None, end: int | None) -> exp.Expr | None:
    """From `start` to before `end`, in ticks, either of which may be open."""
    tests = [
        None if start is None else _instant(sql, Comparison.GREATER_OR_EQUAL, start),
        None if end is None else _instant(sql, Comparison.LESS, end),
    ]
    known = [test[0] for test in tests if test is not None]
    return exp.and_(*known) if known else None


def _in(sql: exp.Expr, kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    items = list(flat(constants))
    if kind in _TEXTS:
        return _among(sql, [one for one in items if isinstance(one, str)], ignore_case=False)
    if kind in _WHOLE and all(type(one) is int for one in items):
        return exp.In(this=sql.copy(), expressions=[exp.Literal.number(one) for one in items]), True
    return None


def _in_fold(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    return _among(sql, [one for one in flat(constants) if isinstance(one, str)], ignore_case=True)


def flat(items: Iterable[object]) -> Iterable[object]:
    for item in items:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item


def _among(sql: exp.Expr, texts: Iterable[str], *, ignore_case: bool) -> Test | None:
    """Equal to one of some texts; without regard to case, that of ASCII letters alone."""
    listed = list(texts)
    if not listed:
        return None
    found = equal(sql, listed, fold=ignore_case)
    return None if found is None else (found, True)


def _pattern(sql: exp.Expr, pattern: str | None) -> Test | None:
    """A weaker test: the pattern is found."""
    if pattern is None or not can_be_written(pattern):
        return None
    return exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(pattern)), False


def _of_terms(*, fold: bool, leading: bool, trailing: bool, every: bool = False) -> Builder:
    """Terms stand in a value, all or one of them; exact where none of them has an edge that needs a boundary."""

    def build(sql: exp.Expr, kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
        texts = [one for one in flat(constants) if isinstance(one, str)]
        if kind not in _TEXTS or not texts or not all(texts):
            return None
        exact = not any((leading and one[0].isalnum()) or (trailing and one[-1].isalnum()) for one in texts)
        if not every:
            found = has_part(sql, texts, fold=fold)
            return None if found is None else (found, exact)
        parts = [has_part(sql, [text], fold=fold) for text in texts]
        known = [part for part in parts if part is not None]
        return (exp.and_(*known), exact and len(known) == len(parts)) if known else None

    return build


def _at_edge(test: Callable[..., exp.Expr | None], *, fold: bool) -> Builder:
    """A value starts or ends with a text."""

    def build(sql: exp.Expr, kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
        (text,) = constants
        if kind not in _TEXTS or not isinstance(text, str) or not text:
            return None
        found = test(sql, text, fold=fold)
        return None if found is None else (found, True)

    return build


def _matches_regex(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    (pattern,) = constants
    if not isinstance(pattern, str):
        return None
    program = kql_on_ascii(pattern)
    few = None if program is None else literals(program, ignore_case=False)
    return _before(sql, few, _pattern(sql, relaxed(pattern, ignore_case=False)))


def _cql_regex(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    from emulator.cql.patterns import Pattern

    (pattern,) = constants
    if not isinstance(pattern, Pattern):
        return None
    few = literals(pattern.ascii_program, ignore_case=pattern.ignore_case)
    if few is not None and few.same and not few.words and all(map(can_be_written, few.texts)):
        return _one_of(sql, few), True
    return _before(sql, few, _pattern(sql, relaxed(pattern.wide_program, ignore_case=pattern.ignore_case)))


def _one_of(sql: exp.Expr, few: Literals) -> exp.Expr:
    """A pattern of CQL that is a few texts: a comparison, where nothing but texts in small letters can be them."""
    found = matches(sql, few.pattern)
    if not (few.starts and few.ends):
        return after_seldom(sql, few.texts, found)
    same = small_among(sql, few.texts, fold=few.fold)
    held = [exp.Contains(this=sql.copy(), expression=exp.Literal.string(one)) for one in few.strange]
    return choice((exp.or_(*held, copy=False), found), otherwise=same) if held else same


def _before(sql: exp.Expr, few: Literals | None, test: Test | None) -> Test | None:
    """A weaker test of a pattern, with what is quicker and rules most values out, where its texts are known."""
    if few is None:
        return test
    if few.starts and few.ends and not few.words:
        same = equal(sql, few.texts, fold=few.fold)
        others: list[exp.Expr] = [exp.not_(is_ascii(sql))] if few.fold else []
        others += [exp.Contains(this=sql.copy(), expression=exp.Literal.string("\n"))] if few.lines else []
        return test if same is None else (exp.or_(same, *others), not others)
    return test if test is None else (after_seldom(sql, few.texts, test[0]), False)


def _cql_in(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    values, ignore_case = constants
    if not isinstance(values, tuple) or not values:
        return None
    texts = list(map(str, values))
    if ignore_case:
        return _pattern(sql, "|".join(f"^{_wild(text, ignore_case=True)}$" for text in texts))
    plain = [text for text in texts if "*" not in text]
    tests = [_among(sql, plain, ignore_case=False)] if plain else []
    tests += [_wildcard(sql, _kind, (text,)) for text in texts if "*" in text]
    known = [test[0] for test in tests if test is not None]
    return (exp.or_(*known), True) if len(known) == len(tests) else None


def _wild(text: str, *, ignore_case: bool) -> str:
    return "(?s:.*)".join(relaxed_literal(part, ignore_case=ignore_case) for part in text.split("*"))


def _wildcard(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    """A whole text, in which a star stands for any characters."""
    (pattern,) = constants
    if not isinstance(pattern, str) or not can_be_written(pattern):
        return None
    match pattern.split("*"):
        case [text]:
            return equal(sql, [text], fold=False) or exp.false(), True
        case [first, ""] if first:
            return exp.StartsWith(this=sql.copy(), expression=exp.Literal.string(first)), True
        case ["", last] if last:
            return exp.EndsWith(this=sql.copy(), expression=exp.Literal.string(last)), True
        case ["", inner, ""] if inner:
            return exp.Contains(this=sql.copy(), expression=exp.Literal.string(inner)), True
        case parts:
            return matches(sql, rf"\A{'(?s:.*)'.join(written(part, fold=False) for part in parts)}\z"), True


def _number_equal(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    (text,) = constants
    if not isinstance(text, str) or not can_be_written(text) or not re.fullmatch(PLAIN_INTEGER, text):
        return None
    same = exp.EQ(this=sql.copy(), expression=exp.Literal.string(text))
    return exp.or_(same, exp.and_(matches(sql, MAY_BE_NUMBER), exp.not_(matches(sql, PLAIN_INTEGER)))), False


def _exists(sql: exp.Expr, _kind: ScalarType, _constants: tuple[object, ...]) -> Test | None:
    return exp.not_(is_null(sql)), True


def _is_empty(sql: exp.Expr, kind: ScalarType, _constants: tuple[object, ...]) -> Test | None:
    """Of a value that is not null; the empty text inside a dynamic is one too."""
    empty = {ScalarType.STRING: "", ScalarType.TEXT: "", ScalarType.DYNAMIC: '""'}.get(kind)
    if empty is not None:
        return exp.EQ(this=sql.copy(), expression=exp.Literal.string(empty)), True
    return (is_null(sql), True) if kind is not ScalarType.VALUE else None


def _is_not_empty(sql: exp.Expr, kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    test = _is_empty(sql, kind, constants)
    return None if test is None else (exp.not_(test[0]), True)


BUILDERS: Mapping[str, Builder] = {
    "kql._in": _in,
    "kql._in_fold": _in_fold,
    "kql._matches_regex": _matches_regex,
    "kql._has_any": _of_terms(fold=True, leading=True, trailing=True),
    "kql._has_all": _of_terms(fold=True, leading=True, trailing=True, every=True),
    **{
        f"kql._{name}{end}": _of_terms(fold=not end, leading=leading, trailing=trailing)
        for name, leading, trailing in (
            ("has", True, True),
            ("hasprefix", True, False),
            ("hassuffix", False, True),
            ("contains", False, False),
        )
        for end in ("", "_cs")
    },
    **{f"kql._startswith{end}": _at_edge(at_start, fold=not end) for end in ("", "_cs")},
    **{f"kql._endswith{end}": _at_edge(at_end, fold=not end) for end in ("", "_cs")},
    "kql.isempty": _is_empty,
    "kql.isnotempty": _is_not_empty,
    "cql.in": _cql_in,
    "cql.operator:regex": _cql_regex,
    "cql.operator:exists": _exists,
    "cql.operator:wildcard": _wildcard,
    "cql.operator:number_equal": _number_equal,
}
"""What is known of a function of a value and constants, by its identity."""
