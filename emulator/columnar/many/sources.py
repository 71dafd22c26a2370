"""Where the names that a step reads lead: to a column of the file, to none, or to a value that was computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from emulator.columnar.many.probes import Absent, Source, Unknown
from emulator.cql.patterns import Pattern
from emulator.nodes import record
from emulator.plan.expressions import Call, Const, Expression, Field
from emulator.plan.steps import Assign, Drop, Expand, Extract, Keep, Rename
from emulator.types import ScalarType

Find = Callable[[str], Source]
"""Where a name leads before the first step."""


def _unknown(_: str) -> Source:
    return Unknown()


@record
class Sources:
    """What names lead to at a place among the steps: what changed, and for the others what was before."""

    first: Find
    changed: Mapping[str, Source]
    kept: frozenset[str] | None = None
    """The names that are left of those before; None for all."""

    def find(self, name: str) -> Source:
        """Where a name leads."""
        if name in self.changed:
            return self.changed[name]
        if self.kept is not None and name not in self.kept:
            return Absent()
        return self.first(name)

    def behind(self, step: Assign | Extract | Rename | Keep | Drop | Expand) -> Sources:
        """Where names lead behind a step."""
        match step:
            case Assign(assignments=assignments, keep_on_null=keeps):
                made = {one.name: self._value(one.value) for one in assignments}
                return self._with({name: self._or_old(name, made[name]) for name in made} if keeps else made)
            case Extract() | Expand(whole=False):
                written = _written(step)
                return self._with(dict.fromkeys(written, Unknown())) if written else Sources(_unknown, {})
            case Expand():
                return Sources(_unknown, {})
            case Rename(pairs=pairs):
                return self._renamed(pairs)
            case Keep(names=names):
                kept = frozenset(names) if self.kept is None else self.kept & frozenset(names)
                return Sources(self.first, {name: one for name, one in self.changed.items() if name in names}, kept)
            case Drop(names=names):
                return self._with(dict.fromkeys(names, Absent()))
            case _:
                assert_never(step)

    def _value(self, value: Expression) -> Source:
        """Where a value comes from that is copied."""
        match value:
            case Field(name=name):
                return self.find(name)
            case Call(function=function, arguments=(Field(name=name, type=ScalarType.TEXT),)) if (
                function.identity == "cql.operator:print"
            ):
                return self.find(name)
            case _:
                return Unknown()

    def _or_old(self, name: str, new: Source) -> Source:
        """A value that replaces the old one unless it is null."""
        old = self.find(name)
        if isinstance(new, Absent) or new == old:
            return old
        return new if isinstance(old, Absent) else Unknown()

    def _renamed(self, pairs: Sequence[tuple[str, str]]) -> Sources:
        """An event that lacks the old field keeps what it has under the new name, so both may count."""
        moved = {new: self._or_old(new, self.find(old)) for old, new in pairs}
        return self._with({**{old: Absent() for old, _ in pairs}, **moved})

    def _with(self, changes: Mapping[str, Source]) -> Sources:
        return Sources(self.first, {**self.changed, **changes}, self.kept)

    @staticmethod
    def common(ways: Sequence[Sources]) -> Sources:
        """Where names lead whichever way a row went."""
        if any(way.first is not ways[0].first or way.kept != ways[0].kept for way in ways[1:]):
            return Sources(_unknown, {})
        changes: dict[str, Source] = {}
        for name in dict.fromkeys(name for way in ways for name in way.changed):
            found = [way.find(name) for way in ways]
            changes[name] = found[0] if all(one == found[0] for one in found) else Unknown()
        return Sources(ways[0].first, changes, ways[0].kept)


def _written(step: Extract | Expand) -> tuple[str, ...]:
    """The names that a step may set; none when only the rows tell."""
    if step.targets:
        return tuple(target.name for target in step.targets)
    patterns = [one.value for one in step.arguments if isinstance(one, Const) and isinstance(one.value, Pattern)]
    return tuple(patterns[0].group_names) if patterns and isinstance(step, Extract) else ()
