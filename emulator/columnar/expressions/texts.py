"""Constant texts looked for in a value: the tests that an engine evaluates fastest, exact for every value.

Ignoring case means that of ASCII letters alone, so a letter is looked for as a class of its two forms: engines fold
more than ASCII when they are told to ignore case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from emulator.columnar.expressions.cells import can_be_written

_BOUNDARY = r"[\x00-/:-@\[-`{-\x7f]"
"""The ASCII characters that are neither letters nor digits."""
_CASELESS = re.compile(r"[^A-Za-z]+")
_SMALL_OF_OTHERS = "ik"
"""The ASCII letters that engines make of letters beyond ASCII, which have more bytes, too."""
_SELDOM = frozenset("$%~^#@!|<>{}[]&*+?;'`")
"""Characters that few command lines, paths and names hold."""


def pattern(text: str, *, fold: bool) -> str:
    """A text in the syntax of RE2."""
    return "".join(_character(one, fold=fold) for one in text)


def _character(one: str, *, fold: bool) -> str:
    if fold and one.isascii() and one.isalpha():
        return f"[{one.lower()}{one.upper()}]"
    if one.isascii() and not one.isprintable():
        return f"\\x{ord(one):02x}"
    return re.escape(one)


def term_pattern(text: str, *, fold: bool, leading: bool, trailing: bool) -> str:
    """A text between ASCII boundaries of terms, asked for where it has a letter or digit at that edge."""
    before = rf"(?:\A|{_BOUNDARY})" if leading and text[0].isalnum() else ""
    after = rf"(?:\z|{_BOUNDARY})" if trailing and text[-1].isalnum() else ""
    return f"{before}{pattern(text, fold=fold)}{after}"


def has_part(sql: exp.Expr, texts: Sequence[str], *, fold: bool) -> exp.Expr | None:
    """One of some texts, none of them empty, stands anywhere in a value; None when SQL can't write one."""
    if not all(map(can_be_written, texts)):
        return None
    if len(texts) == 1 and _is_plain(texts[0], fold=fold):
        return exp.Contains(this=sql.copy(), expression=exp.Literal.string(texts[0]))
    found = matches(sql, "|".join(pattern(text, fold=fold) for text in texts))
    return after_seldom(sql, texts, found)


def at_start(sql: exp.Expr, text: str, *, fold: bool) -> exp.Expr | None:
    """A value starts with a text."""
    if not can_be_written(text):
        return None
    if _is_plain(text, fold=fold):
        return exp.StartsWith(this=sql.copy(), expression=exp.Literal.string(text))
    return matches(sql, rf"\A{pattern(text, fold=fold)}")


def at_end(sql: exp.Expr, text: str, *, fold: bool) -> exp.Expr | None:
    """A value ends with a text."""
    if not can_be_written(text):
        return None
    if _is_plain(text, fold=fold):
        return exp.EndsWith(this=sql.copy(), expression=exp.Literal.string(text))
    return matches(sql, rf"{pattern(text, fold=fold)}\z")


def matches(sql: exp.Expr, written: str) -> exp.Expr:
    """A pattern in the syntax of RE2 is found in a value."""
    return exp.RegexpLike(this=sql.copy(), expression=exp.Literal.string(written))


def is_ascii(sql: exp.Expr) -> exp.Expr:
    """A value has as many bytes as characters."""
    return exp.EQ(this=exp.func("strlen", sql.copy()), expression=exp.Length(this=sql.copy()))


def choice(*ways: tuple[exp.Expr, exp.Expr], otherwise: exp.Expr | None = None) -> exp.Expr:
    """What belongs to the first condition that holds, else False or what is given."""
    cases = [exp.If(this=condition, true=value) for condition, value in ways]
    return exp.Case(ifs=cases, default=exp.false() if otherwise is None else otherwise)


def guarded(first: exp.Expr, then: exp.Expr) -> exp.Expr:
    """`first AND then`, where the second is not evaluated unless the first holds."""
    return choice((first, then))


def equal(sql: exp.Expr, texts: Sequence[str], *, fold: bool) -> exp.Expr | None:
    """A value is one of some texts, which are ASCII if case is to be ignored; None when SQL can't write one."""
    if not all(map(can_be_written, texts)) or (fold and not all(text.isascii() for text in texts)):
        return None
    if not fold or not any(map(_has_letters, texts)):
        return _among(sql, [exp.Literal.string(text) for text in sorted(set(texts))])
    small = sorted({text.lower() for text in texts})
    same = small_among(sql, small, fold=True)
    if not any(one in text for text in small for one in _SMALL_OF_OTHERS):
        return same
    lengths = (exp.func("strlen", value) for value in (exp.Lower(this=sql.copy()), sql.copy()))
    return exp.and_(same, exp.EQ(this=next(lengths), expression=next(lengths)), copy=False)


def small_among(sql: exp.Expr, texts: Sequence[str], *, fold: bool) -> exp.Expr:
    """A value, made small to ignore case, is one of some texts that SQL can write."""
    return _among(exp.Lower(this=sql.copy()) if fold else sql, [exp.Literal.string(text) for text in texts])


def _among(sql: exp.Expr, literals: Sequence[exp.Expr]) -> exp.Expr:
    if len(literals) == 1:
        return exp.EQ(this=sql.copy(), expression=literals[0])
    return exp.In(this=sql.copy(), expressions=list(literals))


def _has_letters(text: str) -> bool:
    return any(one.isascii() and one.isalpha() for one in text)


def _is_plain(text: str, *, fold: bool) -> bool:
    """True for a text that has one form only."""
    return not fold or not _has_letters(text)


def after_seldom(sql: exp.Expr, texts: Sequence[str], test: exp.Expr) -> exp.Expr:
    """The test, of values alone that hold what makes each of the texts a seldom one, if anything does."""
    needles = {_seldom(text) for text in texts}
    if None in needles or len(needles) > _MOST_NEEDLES:
        return test
    held = [exp.Contains(this=sql.copy(), expression=exp.Literal.string(one)) for one in sorted(filter(None, needles))]
    return guarded(exp.or_(*held, copy=False), test)


_MOST_NEEDLES = 4


def _seldom(text: str) -> str | None:
    """A part without letters that few values hold."""
    parts = [part for part in _CASELESS.findall(text) if _SELDOM & set(part) or len(part) > 1]
    return max(parts, key=len, default=None)
