"""RUL6007: one activity that two legs of a rule raise."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from emulator.diagnostics import Diagnostic, Label, code
from emulator.plan.expressions import And, Call, Const, Expression, Field, Not, fields
from emulator.proof.lints.legs import Activity, Leg, legs
from emulator.proof.lints.predicates import domain, implies, normal
from emulator.proof.lints.subject import Subject

DOUBLE_ALERT = code(
    "RUL6007",
    "one activity raises two alerts",
    "One leg raises the start of certain programs, another one connections that the same programs make: whoever runs "
    "such a program raises both. Take the programs out of the leg with the connections, or group by process.",
)
_SHOWN = 6


def double_alerts(subject: Subject) -> Iterator[Diagnostic]:
    """Each leg of connections that also raises what a leg of process starts raises."""
    several = legs(subject)
    for leg in several:
        if _is(leg, Activity.CONNECTION):
            doubled = [one for one in several if _is(one, Activity.START) and _overlap(one, leg)]
            if doubled:
                yield _warning(subject, leg, doubled)


def _is(leg: Leg, activity: Activity) -> bool:
    return leg.source is not None and leg.source.activity is activity


def _warning(subject: Subject, leg: Leg, doubled: Sequence[Leg]) -> Diagnostic:
    assert leg.source is not None
    names = sorted({str(name) for one in doubled for name in _allowed(one) or ()})
    field = min(leg.source.programs)
    help = f"exclude the programs of the other leg by `{field}` here, or group by process"
    if subject.language == "kql" and 0 < len(names) <= _SHOWN:
        listed = ", ".join(f'"{name}"' for name in names)
        help = f"add `| where {field} !in~ ({listed})` here, or group by process"
    also = tuple(Label(one.span, "raises the start of a program") for one in doubled)
    message = "a program that another leg raises at its start raises an alert here, too, when it connects"
    return subject.warning(DOUBLE_ALERT, message, leg.span, help, "raises its connections", also)


def _overlap(start: Leg, connection: Leg) -> bool:
    """True when a program that the first leg names certainly passes the conditions of the second on its program."""
    named, asked = _conditions(start), _conditions(connection)
    allowed, excluded = _allowed(connection), _excluded(connection)
    names = _allowed(start) or (allowed if named else frozenset())
    if names is not None:
        return any(name not in excluded and all(_matches(one, name) for one in (*named, *asked)) for name in names)
    return not asked and not any(all(_matches(one, name) for one in named) for name in excluded)


def _matches(condition: Expression, name: Hashable) -> bool:
    """Whether a name fits a condition on the name of the program; False where that can't be told."""
    values = domain(condition)
    if values is not None:
        return name in _small(values.values)
    match condition:
        case Call(function=function, arguments=(Field(), *rest)) if all(isinstance(one, Const) for one in rest):
            constants = [one.value for one in rest if isinstance(one, Const)]
            return function.pure and function.python(name, *constants) is True
    return False


def _conditions(leg: Leg) -> list[Expression]:
    """The positive conditions of a leg on the name of the program."""
    assert leg.source is not None
    return [
        one
        for one in map(normal, leg.known.passed)
        if not isinstance(one, Not) and fields(one) and fields(one) <= leg.source.programs
    ]


def _allowed(leg: Leg) -> frozenset[Hashable] | None:
    """The names, in small letters, that a leg leaves of programs; None when its conditions do not list them."""
    listed = [domain(one) for one in _conditions(leg)]
    found = [one.values for one in listed if one is not None]
    return frozenset.intersection(*map(_small, found)) if found else None


def _excluded(leg: Leg) -> frozenset[Hashable]:
    """The names, in small letters, that a leg leaves out."""
    assert leg.source is not None
    names: frozenset[Hashable] = frozenset()
    for one in map(normal, leg.known.passed):
        values = domain(_denied(one, leg.known.passed))
        if values is not None and isinstance(one, Not) and values.field in leg.source.programs:
            names |= _small(values.values)
    return names


def _denied(condition: Expression, facts: Sequence[Expression]) -> Expression:
    """What a negated condition denies, without the parts that are true anyway."""
    if not isinstance(condition, Not):
        return Const(None, condition.type, condition.span)
    if isinstance(condition.operand, And):
        others = [fact for fact in facts if fact is not condition]
        left = [one for one in condition.operand.operands if not any(implies(fact, one) for fact in others)]
        return left[0] if len(left) == 1 else condition.operand
    return condition.operand


def _small(values: frozenset[Hashable]) -> frozenset[Hashable]:
    return frozenset(value.lower() if isinstance(value, str) else value for value in values)
