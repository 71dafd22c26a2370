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
from emulator.plan.expressions import Call, Field, fields
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.types import ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

_DEEPEST = 15


class OpenSegment:
    """Generates the function of one segment over open rows.

    `event` names the variable of the event; `owned` tells whether it is a copy of our own, free to change.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        runner: Callable[[Relation], Runner],
        *,
        tracing: bool = False,
        inside: code.Builder | None = None,
    ) -> None:
        self.steps = steps if tracing else merged_filters(steps)
        self.builder = inside or code.Builder()
        self.record = self.builder.once(code.expr("run.trace")) if tracing else None
        self.compiler = Compiler(self.builder, self._read, runner, self._event)
        self.event = "e"
        self.owned = False
        self.gone: ast.stmt = ast.Continue()

    def factory(self) -> Factory:
        """The compiled `make(run)`; what it returns takes rows and yields rows."""
        body = self._steps(self.steps)
        return self.builder.factory(["rows"], [code.loop("e", code.name("rows"), body)])

    def one_row_function(self) -> ast.expr:
        """A function inside the builder's factory, from an event to the event that goes on or None; no step expands."""
        self.gone = ast.Return(ast.Constant(None))
        body = self._steps(self.steps, last=lambda: ast.Return(self._event()))
        return self.builder.function(["e"], body)

    def _read(self, field: Field) -> ast.expr:
        return code.expr("E.get(K)", E=code.name(self.event), K=self.builder.constant(field.name))

    def _steps(self, steps: tuple[Step, ...], last: Callable[[], ast.stmt] | None = None) -> list[ast.stmt]:
        """The steps in turn; where one gives many rows, the steps after it are the body of a loop over them."""
        statements: list[ast.stmt] = []
        open_body, depth = statements, 0
        for position, step in enumerate(steps):
            if isinstance(step, Expand) or (isinstance(step, Branch) and _expands(step)):
                depth += 1
                if depth > _DEEPEST:
                    open_body.append(self._segment_of_its_own(steps[position:]))
                    return statements
                loop = self._expand(step) if isinstance(step, Expand) else self._expanding_branch(step)
                open_body.append(loop)
                open_body = loop.body
            else:
                open_body.extend(self._statements(step))
        open_body.append(last() if last else code.statement(ast.Yield(self._event())))
        return statements

    def _statements(self, step: Filter | Assign | Extract | Rename | Keep | Drop | Branch) -> list[ast.stmt]:
        match step:
            case Filter():
                return self._filter(step)
            case Assign():
                return self._assign(step)
            case Extract():
                return self._extract(step)
            case Rename(pairs=pairs):
                return [*self._own(), *(self._rename(old, new) for old, new in pairs)]
            case Keep(names=names):
                return self._keep(names)
            case Drop(names=names):
                own = self._own()
                drops = [code.expr("E.pop(K, None)", E=self._event(), K=self.builder.constant(name)) for name in names]
                return [*own, *map(code.statement, drops)]
            case Branch():
                return self._branch(step)
            case _:
                assert_never(step)

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
            return [record_filter(self.builder, self.record, step, read, values, self.gone)]
        tests = [ast.UnaryOp(ast.Not(), self.compiler.truth(one)) for one in conjuncts(step.predicate)]
        return [code.conditional(test, [self.gone]) for test in tests]

    def _assign(self, step: Assign) -> list[ast.stmt]:
        computed = [(one.name, self.builder.fresh("v"), self.compiler.stored(one.value)) for one in step.assignments]
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
        statements: list[ast.stmt] = [code.assign(found.id, self._called(step))]
        if step.required:
            gone: ast.expr = code.expr("X is None", X=found)
            if self.record is not None:
                gone = recorded_extract(self.builder, self.record, step, found)
            statements.append(code.conditional(gone, [self.gone]))
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

    def _called(self, step: Extract | Expand) -> ast.expr:
        return self.compiler.value(Call(step.function, step.arguments, ScalarType.DYNAMIC, step.span))

    def _expand(self, step: Expand) -> ast.For:
        made = self._called(step)
        item = code.name(self.builder.fresh("x"))
        before, self.event, self.owned = self.event, self.builder.fresh("e"), True
        body = [code.assign(self.event, code.expr("dict(E)", E=item if step.whole else code.name(before)))]
        if not step.whole:
            body += self._put(tuple(target.name for target in step.targets), item)
        self.gone = ast.Continue()
        return code.loop(item.id, made, body)

    def _branch(self, step: Branch) -> list[ast.stmt]:
        """Each clause is a function from the event to what goes on, or None: the first to give an event wins."""
        functions = [self._clause(clause).one_row_function() for clause in step.clauses]
        before, self.event, self.owned = self._event(), self.builder.fresh("e"), False
        statements: list[ast.stmt] = [code.assign(self.event, ast.Constant(None))]
        for function in functions:
            tried = code.assign(self.event, code.call(function, before))
            statements.append(code.conditional(code.expr("E is None", E=self._event()), [tried]))
        return [*statements, code.conditional(code.expr("E is None", E=self._event()), [self.gone])]

    def _clause(self, steps: tuple[Step, ...]) -> OpenSegment:
        return OpenSegment(steps, self.compiler.runner, tracing=self.record is not None, inside=self.builder)

    def _segment_of_its_own(self, steps: tuple[Step, ...]) -> ast.For:
        """Python allows only so many loops inside each other."""
        factory = OpenSegment(steps, self.compiler.runner, tracing=self.record is not None).factory()
        function = self.builder.once(code.call(self.builder.constant(factory), code.name("run")))
        row = self.builder.fresh("e")
        emitted = code.call(function, code.tuple_of([self._event()]))
        return code.loop(row, emitted, [code.statement(ast.Yield(code.name(row)))])

    def _expanding_branch(self, step: Branch) -> ast.For:
        """Clauses that may give many rows are segments of their own: the first to yield anything wins."""
        tracing = self.record is not None
        clauses = [OpenSegment(clause, self.compiler.runner, tracing=tracing).factory() for clause in step.clauses]
        made = [self.builder.once(code.call(self.builder.constant(clause), code.name("run"))) for clause in clauses]
        first = self.builder.constant(_first_to_emit)
        emitted = code.call(first, code.tuple_of(made), self._event())
        self.event, self.owned, self.gone = self.builder.fresh("e"), False, ast.Continue()
        return code.loop(self.event, emitted, [])


def _expands(step: Branch) -> bool:
    """True when a clause, or a clause inside it, may give many rows for one."""
    return any(
        isinstance(inner, Expand) or (isinstance(inner, Branch) and _expands(inner))
        for clause in step.clauses
        for inner in clause
    )


def _first_to_emit(clauses: tuple[SegmentFunction, ...], event: Row) -> list[Row]:
    """The rows of the first clause that gives any."""
    for clause in clauses:
        rows = list(clause((event,)))
        if rows:
            return rows
    return []
