"""What the text of a JSON line must hold for its row to matter.

The cluster reads no JSON: it looks for the texts that a row must hold, as they may stand in a line. The interpreter's
own reader reads the lines that are left, so that a value is what it is in any other run.
"""

from __future__ import annotations

import re

from sqlglot import exp

from emulator.columnar.expressions.bounds import Bounds, Value, Values
from emulator.columnar.plans.legs import Leg
from emulator.columnar.plans.paths import necessary
from emulator.columnar.spark.patterns import AnyOf, Every, Found, Run, weaker
from emulator.plan.steps import read_by
from emulator.types import ScalarType

_LINE = exp.column("line")
_AS_NUMBER = re.compile(r"[0-9eE+.\-]*")
_NO_NUMBERS = ("infinity", "nan")
ESCAPED = r"\\u00[2-7]"
"""An ASCII character that JSON's writer escaped without need."""
FOLDED = r"(?i)\\u(?:212a|017f|013[01])|[\x{212a}\x{17f}\x{130}\x{131}]"
"""The letters beyond ASCII that are k, s or i when case is ignored."""


def values_in_lines(leg: Leg) -> Values:
    """The columns that hold texts, which stand in a line as they are but for JSON's escapes."""
    if leg.is_open:
        return {name: Value(exp.column(f"x{n}"), ScalarType.TEXT) for n, name in enumerate(read_by(leg.segment.steps))}
    columns = [one.name for one in leg.scan.row if one.type is ScalarType.STRING]
    return {name: Value(exp.column(f"x{number}"), ScalarType.STRING) for number, name in enumerate(columns)}


def needed_in_line(leg: Leg, bounds: Bounds) -> exp.Expr:
    """What holds of a line at least where the leg's steps let its row through; texts are literals."""
    bound = necessary(leg.segment.steps, values_in_lines(leg), bounds)
    return needed(bound.sql) if bound.sql is not None else exp.true()


def needed(condition: exp.Expr) -> exp.Expr:
    """What a line has to hold for a condition of the values in it to be true."""
    match condition:
        case exp.Paren(this=inner):
            return needed(inner)
        case exp.And():
            return exp.and_(*map(needed, condition.flatten()))
        case exp.Or():
            return exp.or_(*map(needed, condition.flatten()))
        case exp.Case(this=None):
            return _chosen(condition)
        case exp.EQ(this=exp.Column() | exp.Lower(this=exp.Column()) as value, expression=exp.Literal() as text):
            return _holds(text.name, fold=isinstance(value, exp.Lower)) if text.is_string else exp.true()
        case exp.Contains() | exp.StartsWith() | exp.EndsWith():
            text = condition.expression
            is_held = isinstance(condition.this, exp.Column) and isinstance(text, exp.Literal) and text.is_string
            return _holds(text.name, fold=False) if is_held else exp.true()
        case exp.In(this=exp.Column() | exp.Lower(this=exp.Column()) as value, expressions=[_, *_] as texts):
            if all(isinstance(text, exp.Literal) and text.is_string for text in texts):
                return exp.or_(*(_holds(text.name, fold=isinstance(value, exp.Lower)) for text in texts))
            return exp.true()
        case exp.RegexpLike(this=exp.Column(), expression=exp.Literal(is_string=True) as pattern):
            return _found(weaker(pattern.name)) if not condition.args.get("flag") else exp.true()
        case exp.Boolean(this=False):
            return exp.false()
        case _:
            return exp.true()


def _chosen(choice: exp.Case) -> exp.Expr:
    """One of the ways of a choice holds, and so does its condition."""
    ways = [exp.and_(needed(way.this), needed(way.args["true"])) for way in choice.args["ifs"]]
    default = choice.args.get("default")
    return exp.or_(*ways) if default is None else exp.or_(*ways, needed(default))


def _found(found: Found | None) -> exp.Expr:
    match found:
        case Run(pieces=pieces, fold=fold):
            return exp.and_(*(_holds(piece, fold=fold) for piece in pieces)) if pieces else exp.true()
        case Every(parts=parts):
            return exp.and_(*map(_found, parts))
        case AnyOf(parts=parts):
            return exp.or_(*map(_found, parts))
        case None:
            return exp.true()


def _holds(text: str, *, fold: bool) -> exp.Expr:
    """A test for a text within a string of a line. What a number may be written as says nothing."""
    small = text.lower()
    as_number = _AS_NUMBER.fullmatch(text) or any(small in one for one in _NO_NUMBERS)
    if as_number or not text.isascii() or not text.isprintable():
        return exp.true()
    written = "".join(map(_in_json, text))
    tests = [_matches(f"(?i){written}" if fold else written), _matches(ESCAPED)]
    if fold and any(letter in small for letter in "kis"):
        tests.append(_matches(FOLDED))
    return exp.or_(*tests)


def _in_json(one: str) -> str:
    """A character as it may stand in a string of JSON's, as a pattern of Java's."""
    if one.isalnum():
        return one
    code = f"\\x{{{ord(one):x}}}"
    if one in '"\\':
        return f"\\\\{code}"
    return f"\\\\?{code}" if one == "/" else code


def _matches(pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=_LINE.copy(), expression=exp.Literal.string(pattern))


def texts_as_parameters(condition: exp.Expr) -> tuple[exp.Expr, dict[str, str]]:
    """The condition with a parameter for each text."""
    texts = list(dict.fromkeys(one.name for one in condition.find_all(exp.Literal) if one.is_string))
    names = {text: f"s{number}" for number, text in enumerate(texts)}

    def named(one: exp.Expr) -> exp.Expr:
        return exp.Placeholder(this=names[one.name]) if isinstance(one, exp.Literal) and one.is_string else one

    return condition.transform(named), {name: text for text, name in names.items()}
