"""Bounds of single tests: a comparison or a string function of one column and constants, as SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from emulator.clock import MAX_DATETIME, TICKS_PER_MICROSECOND, to_datetime
from emulator.columnar.relaxed import relaxed, relaxed_literal
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
_PLAIN_INTEGER = "^(?:0|[1-9][0-9]{0,14})$"
"""Texts of this form are equal as numbers only when they are the same text."""


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
    items = list(_flat(constants))
    if kind in _TEXTS:
        return _among(sql, [one for one in items if isinstance(one, str)], ignore_case=False)
    if kind in _WHOLE and all(type(one) is int for one in items):
        return exp.In(this=sql.copy(), expressions=[exp.Literal.number(one) for one in items]), True
    return None


def _in_fold(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    return _among(sql, [one for one in _flat(constants) if isinstance(one, str)], ignore_case=True)


def _flat(items: Iterable[object]) -> Iterable[object]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def _among(sql: exp.Expr, texts: Iterable[str], *, ignore_case: bool) -> Test | None:
    """Equal to one of some texts; without regard to case, that of ASCII letters alone."""
    listed = list(texts)
    if not all(map(_can_be_written, listed)) or (ignore_case and not all(text.isascii() for text in listed)):
        return None
    if not listed:
        return None
    value: exp.Expr = exp.Lower(this=sql.copy()) if ignore_case else sql.copy()
    wanted = sorted({text.lower() if ignore_case else text for text in listed})
    test: exp.Expr = exp.In(this=value, expressions=list(map(exp.Literal.string, wanted)))
    if ignore_case:  # a letter that is not ASCII may have an ASCII one as its small form
        ascii_only = exp.EQ(this=_bytes(sql), expression=exp.Length(this=sql.copy()))
        test = exp.and_(test, ascii_only)
    return test, True


def _bytes(sql: exp.Expr) -> exp.Expr:
    return exp.func("strlen", sql.copy())


def _can_be_written(text: str) -> bool:
    """False for text that SQL has no literal for."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _pattern(sql: exp.Expr, pattern: str | None) -> Test | None:
    """A weaker test: the pattern is found."""
    if pattern is None or not _can_be_written(pattern):
        return None
    return exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(pattern)), False


def _of_texts(make: Callable[[str], str], *, joined: str) -> Builder:
    """A test for some constant texts, each of which has a pattern; `joined` by `|` (any) or all wanted."""

    def build(sql: exp.Expr, kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
        texts = [one for one in _flat(constants) if isinstance(one, str)]
        if kind not in _TEXTS or not texts or not all(texts):
            return None
        patterns = [make(text) for text in texts]
        if joined:
            return _pattern(sql, joined.join(patterns))
        tests = [_pattern(sql, pattern) for pattern in patterns]
        known = [test[0] for test in tests if test is not None]
        return (exp.and_(*known), False) if known else None

    return build


def _folded(text: str) -> str:
    return (
        f"(?i){re.escape(text)}" if text.isascii() and text.isprintable() else relaxed_literal(text, ignore_case=True)
    )


def _exact(text: str) -> str:
    return relaxed_literal(text, ignore_case=False)


def _matches_regex(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    (pattern,) = constants
    return _pattern(sql, relaxed(pattern, ignore_case=False)) if isinstance(pattern, str) else None


def _cql_regex(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    from emulator.cql.patterns import Pattern

    (pattern,) = constants
    return (
        _pattern(sql, relaxed(pattern.wide_program, ignore_case=pattern.ignore_case))
        if isinstance(pattern, Pattern)
        else None
    )


def _cql_in(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    values, ignore_case = constants
    if not isinstance(values, tuple) or any("*" in str(value) for value in values):
        return None
    if not ignore_case:
        return _among(sql, map(str, values), ignore_case=False)
    return _pattern(sql, "|".join(f"^{relaxed_literal(str(value), ignore_case=True)}$" for value in values))


def _wildcard(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    (pattern,) = constants
    if not isinstance(pattern, str):
        return None
    parts = [relaxed_literal(part, ignore_case=False) for part in pattern.split("*")]
    return _pattern(sql, "(?s:.*)".join(parts)) if any(parts) else None


def _number_equal(sql: exp.Expr, _kind: ScalarType, constants: tuple[object, ...]) -> Test | None:
    (text,) = constants
    if not isinstance(text, str) or not _can_be_written(text) or not re.fullmatch(_PLAIN_INTEGER, text):
        return None
    same = exp.EQ(this=sql.copy(), expression=exp.Literal.string(text))
    plain = exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(_PLAIN_INTEGER))
    return exp.or_(same, exp.not_(plain)), False


def _exists(sql: exp.Expr, _kind: ScalarType, _constants: tuple[object, ...]) -> Test | None:
    return exp.not_(exp.Is(this=sql.copy(), expression=exp.null())), True


def _is_empty(sql: exp.Expr, kind: ScalarType, _constants: tuple[object, ...]) -> Test | None:
    return (exp.EQ(this=sql.copy(), expression=exp.Literal.string("")), True) if kind is ScalarType.STRING else None


def _is_not_empty(sql: exp.Expr, kind: ScalarType, _constants: tuple[object, ...]) -> Test | None:
    return (exp.NEQ(this=sql.copy(), expression=exp.Literal.string("")), True) if kind is ScalarType.STRING else None


BUILDERS: Mapping[str, Builder] = {
    "kql._in": _in,
    "kql._in_fold": _in_fold,
    "kql._matches_regex": _matches_regex,
    "kql._has_any": _of_texts(_folded, joined="|"),
    "kql._has_all": _of_texts(_folded, joined=""),
    **{f"kql._{name}": _of_texts(_folded, joined="|") for name in ("has", "hasprefix", "hassuffix", "contains")},
    **{f"kql._{name}_cs": _of_texts(_exact, joined="|") for name in ("has", "hasprefix", "hassuffix", "contains")},
    "kql._startswith": _of_texts(lambda text: f"^{_folded(text)}", joined="|"),
    "kql._endswith": _of_texts(lambda text: f"{_folded(text)}$", joined="|"),
    "kql._startswith_cs": _of_texts(lambda text: f"^{_exact(text)}", joined="|"),
    "kql._endswith_cs": _of_texts(lambda text: f"{_exact(text)}$", joined="|"),
    "kql.isempty": _is_empty,
    "kql.isnotempty": _is_not_empty,
    "cql.in": _cql_in,
    "cql.operator:regex": _cql_regex,
    "cql.operator:exists": _exists,
    "cql.operator:wildcard": _wildcard,
    "cql.operator:number_equal": _number_equal,
}
"""What is known of a function of a value and constants, by its identity."""
