"""RUL6002, RUL6003: a condition that earlier ones decide. CQL6003: a branch that nothing can reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.diagnostics import Diagnostic, Label, code
from emulator.plan.expressions import And, Const, Expression, Not, Or, fields
from emulator.plan.steps import Assign, Branch, Drop, Filter, Keep, Rename, Step
from emulator.proof.lints.facts import BranchReading, Known
from emulator.proof.lints.predicates import conjuncts, contradicts, implies
from emulator.proof.lints.subject import Subject
from emulator.source import NOWHERE, Span

IMPLIED_CONDITION = code(
    "RUL6002",
    "a condition that an earlier one implies",
    "Every row that comes here has passed a condition that makes this one true, so it changes nothing. Leave it out, "
    "or correct it if it was meant to say something else.",
)
IMPOSSIBLE_CONDITION = code(
    "RUL6003",
    "a condition that can never be true",
    "Every row that comes here has passed a condition that makes this one false, so what depends on it never happens. "
    "One of the two conditions is wrong.",
)
UNREACHABLE_BRANCH = code(
    "CQL6003",
    "a branch that nothing can reach",
    "The first branch of a `case` that lets an event through takes it. An earlier branch takes every event that this "
    "one would take. Put the narrower branch first.",
)


def decided_conditions(subject: Subject) -> Iterator[Diagnostic]:
    """Each condition that earlier ones decide wherever its text is used, with the one that does."""
    verdicts: dict[Span, list[tuple[bool, Span] | None]] = {}
    for step, known in subject.readings.filters:
        for span, verdict in _conditions(step.predicate, known.facts):
            if span in subject.conditions and not subject.readings.varies(span):
                verdicts.setdefault(span, []).append(verdict)
    reported: list[Span] = []
    for span, found in sorted(verdicts.items(), key=lambda item: (item[0].start, -item[0].end)):
        always = {None if one is None else one[0] for one in found}
        first = found[0]
        if first is None or len(always) > 1 or any(one.start <= span.start and span.end <= one.end for one in reported):
            continue
        reported.append(span)
        yield _decided(subject, span, *first)


def _decided(subject: Subject, span: Span, always: bool, by: Span) -> Diagnostic:
    text = subject.text(span)
    if always:
        label = (Label(by, "this implies it"),)
        help = "leave it out: it changes nothing"
        return subject.warning(IMPLIED_CONDITION, f"`{text}` is always true here", span, help, also=label)
    label = (Label(by, "this rules it out"),)
    help = "correct one of the two conditions"
    return subject.warning(IMPOSSIBLE_CONDITION, f"`{text}` can never be true here", span, help, also=label)


def _conditions(expression: Expression, facts: Sequence[Expression]) -> Iterator[tuple[Span, tuple[bool, Span] | None]]:
    """Every condition inside a predicate with what decides it; conditions side by side count as earlier ones."""
    if isinstance(expression, Const) or expression.span == NOWHERE:
        return
    verdict = _verdict(expression, facts)
    yield expression.span, verdict
    if verdict is not None:
        return
    match expression:
        case And(operands=operands):
            before = list(facts)
            for one in operands:
                yield from _conditions(one, before)
                before.extend(conjuncts(one))
        case Or(operands=operands):
            for one in operands:
                yield from _conditions(one, facts)
        case Not(operand=operand) if operand.span != expression.span:
            yield from _conditions(operand, facts)
        case _:
            pass


def _verdict(expression: Expression, facts: Sequence[Expression]) -> tuple[bool, Span] | None:
    """What decides a condition: only a fact about one of its fields can."""
    about = fields(expression)
    for fact in facts:
        if (about and about.isdisjoint(fields(fact))) or fact.span == expression.span:
            continue
        if implies(fact, expression):
            return True, fact.span
        if contradicts(fact, expression):
            return False, fact.span
    return None


def unreachable_branches(subject: Subject) -> Iterator[Diagnostic]:
    """Each clause whose events an earlier clause takes all."""
    seen: set[Span] = set()
    for reading in subject.readings.branches:
        for number, span in enumerate(reading.step.spans):
            taker = None if subject.readings.varies(reading.step.span) else _taker(reading, number)
            if taker is not None and span not in seen:
                seen.add(span)
                also = (Label(reading.step.spans[taker], "this one takes all of them"),)
                help = "put this branch before the other, or leave it out"
                yield subject.warning(UNREACHABLE_BRANCH, "no event reaches this branch", span, help, also=also)


def _taker(reading: BranchReading, number: int) -> int | None:
    """The earlier clause that takes every event that a clause would take."""
    known = _conditions_of(reading.step, number, reading.before)
    if known is None:
        return None
    for earlier in range(number):
        asked = _asked(reading.step.clauses[earlier])
        if asked is not None and all(any(implies(fact, one) for fact in known) for one in asked):
            return earlier
    return None


def _conditions_of(branch: Branch, number: int, before: Known) -> Sequence[Expression] | None:
    """What is true of the event as it came to a clause, if the clause lets it through; None if it never does."""
    conditions = list(before.facts)
    for step in branch.clauses[number]:
        if not isinstance(step, Filter):
            break
        if isinstance(step.predicate, Const) and not step.predicate.value:
            return None
        conditions.extend(conjuncts(step.predicate))
    return conditions


def _asked(clause: Sequence[Step]) -> list[Expression] | None:
    """All that a clause asks of an event; None when more than its leading filters decide."""
    leading = [step for step in clause if isinstance(step, Filter)]
    if list(clause[: len(leading)]) != leading or any(_may_drop(step) for step in clause[len(leading) :]):
        return None
    asked = [one for step in leading for one in conjuncts(step.predicate)]
    if any(isinstance(one, Const) and not one.value for one in asked):
        return None
    return [one for one in asked if not isinstance(one, Const)]


def _may_drop(step: Step) -> bool:
    """Whether a step other than a filter may drop an event."""
    return not isinstance(step, Assign | Rename | Keep | Drop)
