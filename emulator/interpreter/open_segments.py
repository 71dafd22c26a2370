"""Segments over open rows as generated functions: an event is a mapping, copied before its first change."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from emulator.interpreter import code
from emulator.interpreter.context import Row, Runner
from emulator.interpreter.cost import conjuncts, merged_filters
from emulator.interpreter.expressions import Compiler
from emulator.interpreter.recording import record_filter, recorded_extract
from emulator.interpreter.segments import Factory, SegmentFunction
from emulator.plan.expressions import Field, fields
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.types import ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation


class OpenSegment:
    """Generates the function of one segment over open rows.

    `event` names the variable of the event; `owned` tells whether it is a copy of our own, free to change.
    """

    def __init__(self, steps: tuple[Step, ...], runner: Callable[[Relation], Runner], *, tracing: bool = False) -> None:
        self.steps = steps if tracing else merged_filters(steps)
        self.builder = code.Builder()
        self.record = self.builder.once(code.expr("run.trace")) if tracing else None
        self.compiler = Compiler(self.builder, self._read, runner)
        self.event = "e"
        self.owned = False

    def factory(self) -> Factory:
        """The compiled `make(run)`; what it returns takes rows and yields rows."""
        body = self._steps(self.steps)
        return self.builder.factory(["rows"], [code.loop("e", code.name("rows"), body)])

    def _read(self, field: Field) -> ast.expr:
        return code.expr("E.get(K)", E=code.name(self.event), K=self.builder.constant(field.name))

    def _steps(self, steps: tuple[Step, ...]) -> list[ast.stmt]:
        if not steps:
            return [code.statement(ast.Yield(code.name(self.event)))]
        step, rest = steps[0], steps[1:]
        match step:
            case Filter():
                statements = self._filter(step)
            case Assign():
                statements = self._assign(step)
            case Extract():
                statements = self._extract(step)
            case Rename(pairs=pairs):
                statements = [*self._own(), *(self._rename(old, new) for old, new in pairs)]
            case Keep(names=names):
                statements = self._keep(names)
            case Drop(names=names):
                drops = [code.expr("E.pop(K, None)", E=self._event(), K=self.builder.constant(name)) for name in names]
                statements = [*self._own(), *map(code.statement, drops)]
            case Expand():
                return self._expand(step, rest)
            case Branch():
                return self._branch(step, rest)
            case _:
                assert_never(step)
        return [*statements, *self._steps(rest)]

    def _event(self) -> ast.expr:
        return code.name(self.event)

    def _own(self) -> list[ast.stmt]:
        """Copies the event unless it is ours already."""
        if self.owned:
            return []
        before, self.event, self.owned = self.event, self.builder.fresh("e"), True
        return [code.assign(self.event, code.expr("dict(E)", E=code.name(before)))]

    def _filter(self, step: Filter) -> list[ast.stmt]:
        if self.record is not None:
            read = {
                name: self._read(Field(name, ScalarType.TEXT, step.span)) for name in sorted(fields(step.predicate))
            }
            values = [self.compiler.value(one) for one in conjuncts(step.predicate)]
            return [record_filter(self.builder, self.record, step, read, values)]
        tests = [ast.UnaryOp(ast.Not(), self.compiler.truth(one)) for one in conjuncts(step.predicate)]
        return [code.conditional(test, [ast.Continue()]) for test in tests]

    def _assign(self, step: Assign) -> list[ast.stmt]:
        computed = [(one.name, self.builder.fresh("v"), self.compiler.value(one.value)) for one in step.assignments]
        statements: list[ast.stmt] = [code.assign(variable, value) for _, variable, value in computed]
        statements += self._own()
        for name, variable, _ in computed:
            key, value = self.builder.constant(name), code.name(variable)
            absent: list[ast.stmt] = []
            if not step.keep_on_null:
                absent = [code.statement(code.expr("E.pop(K, None)", E=self._event(), K=key))]
            present = [code.put(self._event(), key, value)]
            statements.append(code.conditional(code.expr("V is not None", V=value), present, absent))
        return statements

    def _extract(self, step: Extract) -> list[ast.stmt]:
        found = code.name(self.builder.fresh("x"))
        made = code.call(
            self.builder.constant(step.function.python), *[self.compiler.value(one) for one in step.arguments]
        )
        statements: list[ast.stmt] = [code.assign(found.id, made)]
        if step.required:
            gone: ast.expr = code.expr("X is None", X=found)
            if self.record is not None:
                gone = recorded_extract(self.builder, self.record, step, found)
            statements.append(code.conditional(gone, [ast.Continue()]))
        statements += self._own()
        put = self._put(tuple(target.name for target in step.targets), found)
        if step.required:
            return [*statements, *put]
        return [*statements, code.conditional(code.expr("X is not None", X=found), put)]

    def _put(self, names: tuple[str, ...], found: ast.Name) -> list[ast.stmt]:
        """Sets the fields that a tuple (with names) or a mapping (without) holds; None leaves a field as it was."""
        if not names:
            pairs = code.expr("[(k, v) for k, v in X.items() if v is not None]", X=found)
            return [code.statement(code.expr("E.update(P)", E=self._event(), P=pairs))]
        statements: list[ast.stmt] = []
        for position, name in enumerate(names):
            value = ast.Subscript(found, ast.Constant(position), ast.Load())
            put = code.put(self._event(), self.builder.constant(name), value)
            statements.append(code.conditional(code.expr("V is not None", V=value), [put]))
        return statements

    def _rename(self, old: str, new: str) -> ast.stmt:
        old_key, new_key = self.builder.constant(old), self.builder.constant(new)
        put = code.put(self._event(), new_key, code.expr("E.pop(O)", E=self._event(), O=old_key))
        return code.conditional(code.expr("O in E", O=old_key, E=self._event()), [put])

    def _keep(self, names: tuple[str, ...]) -> list[ast.stmt]:
        before, self.event, self.owned = self.event, self.builder.fresh("e"), True
        wanted = self.builder.constant(names)
        kept = code.expr("{n: E[n] for n in W if n in E}", E=code.name(before), W=wanted)
        return [code.assign(self.event, kept)]

    def _expand(self, step: Expand, rest: tuple[Step, ...]) -> list[ast.stmt]:
        made = code.call(
            self.builder.constant(step.function.python), *[self.compiler.value(one) for one in step.arguments]
        )
        item = code.name(self.builder.fresh("x"))
        self.owned = False
        body = self._own()
        body += self._put(tuple(target.name for target in step.targets), item)
        return [code.loop(item.id, made, [*body, *self._steps(rest)])]

    def _branch(self, step: Branch, rest: tuple[Step, ...]) -> list[ast.stmt]:
        """The clauses are segments of their own: the first to yield anything gives the rows that go on."""
        tracing = self.record is not None
        clauses = [OpenSegment(clause, self.compiler.runner, tracing=tracing).factory() for clause in step.clauses]
        made = [self.builder.once(code.call(self.builder.constant(clause), code.name("run"))) for clause in clauses]
        first = self.builder.constant(_first_to_emit)
        emitted = code.call(first, code.tuple_of(made), self._event())
        self.event, self.owned = self.builder.fresh("e"), False
        return [code.loop(self.event, emitted, self._steps(rest))]


def _first_to_emit(clauses: tuple[SegmentFunction, ...], event: Row) -> list[Row]:
    """The rows of the first clause that gives any."""
    for clause in clauses:
        rows = list(clause((event,)))
        if rows:
            return rows
    return []
