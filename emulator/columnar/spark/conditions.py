"""Conditions in Spark's SQL: true at least wherever the condition that was given is.

Every part that is not known to mean the same there gives way, so that nothing is lost. Texts are parameters.
"""

from __future__ import annotations

from sqlglot import exp

from emulator.clock import TICKS_PER_MICROSECOND, UNIX_EPOCH, parse_iso
from emulator.columnar.spark.patterns import AnyOf, Every, Found, Run, exact, weaker

_JOINED = {exp.And: exp.and_, exp.Or: exp.or_}
_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_IN_TEXT = {exp.Contains: "contains", exp.StartsWith: "startswith", exp.EndsWith: "endswith"}
_LONG = 1 << 63


class Conditions:
    """Renders conditions; `parameters` holds the texts that they speak of."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def weaker(self, condition: exp.Expr, *, wanted: bool = True) -> exp.Expr:
        """What holds at least wherever the condition does; with False wanted, at most where it does."""
        match condition:
            case exp.Paren(this=inner):
                return self.weaker(inner, wanted=wanted)
            case exp.Not(this=inner):
                return exp.not_(self.weaker(inner, wanted=not wanted))
            case exp.And() | exp.Or():
                parts = [self.weaker(one, wanted=wanted) for one in condition.flatten()]
                return _JOINED[type(condition)](*parts)
            case exp.Case(this=None) if wanted and self._same(condition) is None:
                return self._one_way(condition)
            case exp.RegexpLike(this=text, expression=exp.Literal(is_string=True) as pattern) if (
                self._same(condition) is None and wanted and not condition.args.get("flag")
            ):
                return self._found_in(text, weaker(pattern.name)) or exp.true()
            case _:
                return self._same(condition) or exp.convert(wanted)

    def is_exact(self, condition: exp.Expr) -> bool:
        """True when what `weaker` gives means the same."""
        return self._same(condition) is not None

    def _one_way(self, choice: exp.Case) -> exp.Expr:
        """One of the ways of a choice holds, and so does its condition."""
        ways = [exp.and_(self.weaker(way.this), self.weaker(way.args["true"])) for way in choice.args["ifs"]]
        default = choice.args.get("default")
        return exp.or_(*ways) if default is None else exp.or_(*ways, self.weaker(default))

    def _found_in(self, text: exp.Expr, found: Found | None) -> exp.Expr | None:
        """A test of a text for what must be found in it."""
        value = self._value(text)
        if value is None or found is None:
            return None
        match found:
            case Run(text=str(whole)):
                return exp.func("contains", value, self._parameter(whole), dialect="spark")
            case Run(pattern=pattern):
                return exp.RegexpLike(this=value, expression=self._parameter(pattern))
            case Every(parts=parts) | AnyOf(parts=parts):
                tests = [self._found_in(text, part) or exp.true() for part in parts]
                return exp.or_(*tests) if isinstance(found, AnyOf) else exp.and_(*tests)

    def _same(self, condition: exp.Expr) -> exp.Expr | None:
        """The condition with the same meaning; None when that is not known."""
        match condition:
            case exp.Boolean():
                return condition.copy()
            case exp.Paren(this=inner):
                return self._same(inner)
            case exp.Not(this=inner):
                return None if (same := self._same(inner)) is None else exp.not_(same)
            case exp.And() | exp.Or():
                parts = [self._same(one) for one in condition.flatten()]
                known = [one for one in parts if one is not None]
                return _JOINED[type(condition)](*known) if len(known) == len(parts) else None
            case exp.Is(this=inner, expression=exp.Null()):
                return None if (value := self._value(inner)) is None else value.is_(exp.null())
            case exp.In(this=inner, expressions=[_, *_] as items):
                values = [self._value(one) for one in (inner, *items)]
                known = [one for one in values if one is not None]
                return known[0].isin(*known[1:]) if len(known) == len(values) else None
            case exp.RegexpLike(this=text, expression=exp.Literal(is_string=True) as pattern):
                value, same_pattern = self._value(text), exact(pattern.name)
                if value is None or same_pattern is None or condition.args.get("flag"):
                    return None
                return exp.RegexpLike(this=value, expression=self._parameter(same_pattern))
            case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                left, right = self._value(condition.this), self._value(condition.expression)
                return None if left is None or right is None else type(condition)(this=left, expression=right)
            case exp.Contains() | exp.StartsWith() | exp.EndsWith():
                values = [self._value(condition.this), self._value(condition.expression)]
                known = [one for one in values if one is not None]
                return exp.Anonymous(this=_IN_TEXT[type(condition)], expressions=known) if len(known) == 2 else None
            case exp.Case(this=None):
                return self._choice(condition, condition.args["ifs"])
            case exp.Column():
                return condition.copy()
            case _:
                return None

    def _value(self, value: exp.Expr) -> exp.Expr | None:
        """A value with the same meaning; None when that is not known."""
        match value:
            case exp.Column() | exp.Null() | exp.Boolean():
                return value.copy()
            case exp.Paren(this=inner):
                return self._value(inner)
            case exp.Literal(is_string=True):
                return self._parameter(value.name)
            case exp.Literal() if value.is_int and -_LONG <= int(value.name) < _LONG:
                return value.copy()
            case exp.Neg(this=exp.Literal(is_string=False) as number) if number.is_int and int(number.name) < _LONG:
                return value.copy()
            case exp.Cast(this=exp.Literal(is_string=True) as moment, to=to) if to.is_type("TIMESTAMPTZ"):
                return _moment(moment.name)
            case exp.Cast(this=exp.Column() as column, to=to) if to.is_type("VARCHAR", "TEXT"):
                return exp.cast(column.copy(), "STRING", dialect="spark")
            case exp.Lower(this=inner) | exp.Length(this=inner) | exp.Anonymous(this="strlen", expressions=[inner]):
                made = self._value(inner)
                name = {exp.Lower: "lower", exp.Length: "length"}.get(type(value), "octet_length")
                return None if made is None else exp.Anonymous(this=name, expressions=[made])
            case exp.Coalesce(this=first, expressions=others):
                values = [self._value(one) for one in (first, *others)]
                known = [one for one in values if one is not None]
                return exp.Coalesce(this=known[0], expressions=known[1:]) if len(known) == len(values) else None
            case exp.Case(this=None):
                return self._choice(value, value.args["ifs"])
            case _:
                return None

    def _choice(self, value: exp.Expr, ways: list[exp.If]) -> exp.Expr | None:
        """The value of the first way whose condition holds."""
        made = exp.Case()
        for way in ways:
            condition, chosen = self._same(way.this), self._either(way.args["true"])
            if condition is None or chosen is None:
                return None
            made = made.when(condition, chosen)
        if (default := value.args.get("default")) is None:
            return made
        last = self._either(default)
        return None if last is None else made.else_(last)

    def _either(self, value: exp.Expr) -> exp.Expr | None:
        """A value, or a condition as one."""
        made = self._value(value)
        return self._same(value) if made is None else made

    def _parameter(self, text: str) -> exp.Expr:
        name = self._names.setdefault(text, f"s{len(self._names)}")
        self.parameters[name] = text
        return exp.Placeholder(this=name)


def _moment(text: str) -> exp.Expr | None:
    ticks = parse_iso(text.replace("+00", "Z"))
    if ticks is None:
        return None
    return exp.Anonymous(
        this="timestamp_micros",
        expressions=[exp.Literal.number((ticks - UNIX_EPOCH) // TICKS_PER_MICROSECOND)],
    )


def ready(value: exp.Expr) -> exp.Expr:
    """A value that is selected, in Spark's terms: instants as ticks."""

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name == "epoch_us":
            moment = exp.cast(node.expressions[0], "TIMESTAMPTZ")
            return exp.Anonymous(this="unix_micros", expressions=[moment])
        return node

    return value.copy().transform(renamed)
