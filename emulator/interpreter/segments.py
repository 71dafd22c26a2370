"""Segments over closed rows as one generated function: columns are variables, survivors become tuples."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, assert_never

from emulator.interpreter import code
from emulator.interpreter.context import Run, Runner
from emulator.interpreter.cost import conjuncts, merged_filters
from emulator.interpreter.expressions import Compiler
from emulator.interpreter.layout import Layout, Slots
from emulator.interpreter.recording import record_filter, recorded_extract
from emulator.plan.expressions import Field, fields
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.source import NOWHERE
from emulator.types import Column, RowType, ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

SegmentFunction = Callable[[Any], Iterator[Any]]
"""Takes rows, yields rows."""
Factory = Callable[[Run], SegmentFunction]


def live_before(steps: tuple[Step, ...], wanted: frozenset[str]) -> list[frozenset[str]]:
    """For each step and for the end, which columns are still read from there on."""
    live = [wanted]
    for step in reversed(steps):
        live.append(_before(step, live[-1]))
    return live[::-1]


def _before(step: Step, after: frozenset[str]) -> frozenset[str]:
    match step:
        case Filter(predicate=predicate):
            return after | fields(predicate)
        case Assign(assignments=assignments):
            used = [one for one in assignments if one.name in after]
            return (after - {one.name for one in used}).union(*(fields(one.value) for one in used))
        case Extract(arguments=arguments, targets=targets) | Expand(arguments=arguments, targets=targets):
            return (after - {target.name for target in targets}).union(*map(fields, arguments))
        case Rename(pairs=pairs):
            old = {new: name for name, new in pairs}
            return frozenset(old.get(name, name) for name in after)
        case Keep() | Drop():
            return after
        case Branch(clauses=clauses):
            return after.union(*(live_before(clause, after)[0] for clause in clauses))
        case _:
            assert_never(step)


class ClosedSegment:
    """Generates the function of one segment over closed rows."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        before: RowType,
        after: RowType,
        layout: Layout,
        runner: Callable[[Relation], Runner],
        *,
        tracing: bool = False,
    ) -> None:
        self.steps = steps if tracing else merged_filters(steps)
        self.after = after
        self.layout = layout
        self.builder = code.Builder()
        self.record = self.builder.once(code.expr("run.trace")) if tracing else None
        self.compiler = Compiler(self.builder, self._read, runner)
        self.columns: dict[str, Column | ast.expr] = {column.name: column for column in before}
        self.pending: list[ast.stmt] = []
        self.live = live_before(self.steps, frozenset(after.names))

    def factory(self) -> Factory:
        """The compiled `make(run)`; what it returns takes rows and yields rows."""
        body = self._steps(0)
        return self.builder.factory(["rows"], [code.loop(self.layout.row, code.name("rows"), body)])

    def _read(self, field: Field) -> ast.expr:
        where = self.columns[field.name]
        if not isinstance(where, Column):
            return where
        read = self.layout.read(self.builder, where)
        if self.layout.is_free(where):
            return read
        return self._keep(field.name, read)

    def _keep(self, column: str, value: ast.expr) -> ast.expr:
        """Puts a value into a variable of its own, before the statement under construction."""
        if isinstance(value, ast.Name | ast.Constant):
            self.columns[column] = value
            return value
        variable = self.builder.fresh("v")
        self.pending.append(code.assign(variable, value))
        self.columns[column] = code.name(variable)
        return code.name(variable)

    def _flush(self) -> list[ast.stmt]:
        pending, self.pending = self.pending, []
        return pending

    def _steps(self, index: int) -> list[ast.stmt]:
        if index == len(self.steps):
            return self._emit()
        step = self.steps[index]
        match step:
            case Filter():
                return [*self._filter(step), *self._steps(index + 1)]
            case Assign():
                return [*self._assign(index, step), *self._steps(index + 1)]
            case Extract():
                return [*self._extract(step), *self._steps(index + 1)]
            case Expand():
                return self._expand(index, step)
            case Rename(pairs=pairs):
                self._rename(pairs)
            case Keep(names=names):
                self.columns = {name: self.columns[name] for name in names}
            case Drop(names=names):
                self.columns = {name: where for name, where in self.columns.items() if name not in names}
            case Branch():
                raise AssertionError("a branch stands over open rows alone")
            case _:
                assert_never(step)
        return self._steps(index + 1)

    def _emit(self) -> list[ast.stmt]:
        if self._is_untouched():
            return [code.statement(ast.Yield(code.name(self.layout.row)))]
        values = [self._read(Field(column.name, column.type, NOWHERE)) for column in self.after]
        return [*self._flush(), code.statement(ast.Yield(code.tuple_of(values)))]

    def _is_untouched(self) -> bool:
        """True when the row as it came has just the wanted columns in the wanted order."""
        if not isinstance(self.layout, Slots) or self.layout.raw or len(self.layout.positions) != len(self.after):
            return False
        return all(
            isinstance(where := self.columns[column.name], Column) and self.layout.positions.get(where.name) == position
            for position, column in enumerate(self.after)
        )

    def _filter(self, step: Filter) -> list[ast.stmt]:
        if self.record is not None:
            names = sorted(fields(step.predicate))
            read = {name: self._read(Field(name, ScalarType.TEXT, step.span)) for name in names}
            values = [self.compiler.value(one) for one in conjuncts(step.predicate)]
            record = record_filter(self.builder, self.record, step, read, values)
            return [*self._flush(), record]
        statements: list[ast.stmt] = []
        for condition in conjuncts(step.predicate):
            test = ast.UnaryOp(ast.Not(), self.compiler.truth(condition))
            statements += [*self._flush(), code.conditional(test, [ast.Continue()])]
        return statements

    def _assign(self, index: int, step: Assign) -> list[ast.stmt]:
        assert not step.keep_on_null, "closed rows have no absent fields"
        live = self.live[index + 1]
        made = [(one.name, self.compiler.stored(one.value)) for one in step.assignments if one.name in live]
        statements = self._flush()
        for column, value in made:
            self._keep(column, value)
        for one in step.assignments:
            self.columns.setdefault(one.name, ast.Constant(None))
        return [*statements, *self._flush()]

    def _extract(self, step: Extract) -> list[ast.stmt]:
        made = code.call(
            self.builder.constant(step.function.python), *[self.compiler.value(one) for one in step.arguments]
        )
        found = self.builder.fresh("x")
        statements = [*self._flush(), code.assign(found, made)]
        if step.required:
            gone: ast.expr = code.expr("X is None", X=code.name(found))
            if self.record is not None:
                gone = recorded_extract(self.builder, self.record, step, code.name(found))
            statements.append(code.conditional(gone, [ast.Continue()]))
        else:
            nulls = self.builder.constant(tuple(target.type.null for target in step.targets))
            missing = code.expr("X is None", X=code.name(found))
            statements.append(code.conditional(missing, [code.assign(found, nulls)]))
        self._unpack(found, step.targets)
        return statements

    def _unpack(self, found: str, targets: tuple[Column, ...]) -> None:
        for position, target in enumerate(targets):
            self.columns[target.name] = ast.Subscript(code.name(found), ast.Constant(position), ast.Load())

    def _expand(self, index: int, step: Expand) -> list[ast.stmt]:
        made = code.call(
            self.builder.constant(step.function.python), *[self.compiler.value(one) for one in step.arguments]
        )
        statements = self._flush()
        item = self.builder.fresh("x")
        self._unpack(item, step.targets)
        return [*statements, code.loop(item, made, self._steps(index + 1))]

    def _rename(self, pairs: tuple[tuple[str, str], ...]) -> None:
        new_names = dict(pairs)
        gone = set(new_names.values()) - set(new_names)
        self.columns = {new_names.get(name, name): where for name, where in self.columns.items() if name not in gone}
