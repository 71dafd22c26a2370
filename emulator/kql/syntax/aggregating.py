"""The operators that make one row of many, or follow rows in their order."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Target
from emulator.kql.syntax.literals import Name
from emulator.kql.syntax.node import Node, node
from emulator.kql.syntax.selecting import Ordered

if TYPE_CHECKING:
    # Statements hold every kind of node; named in annotations only.
    from emulator.kql.syntax.statements import FunctionParameter


@node
class Summarize(Keyworded):
    """`summarize aggregate, … by key, …`; `has_by` tells `by` without keys apart, `bin` is the old `bin = size`."""

    parameters: tuple[Parameter, ...]
    aggregates: tuple[Target, ...]
    keys: tuple[Target, ...]
    has_by: bool
    bin: Expression | None


@node
class SeriesItem(Node):
    """`name = aggregate default = value` of `make-series`."""

    target: Target
    default: Target | None


@node
class SeriesSteps(Node):
    """`from start to stop step size`."""

    start: Expression | None
    stop: Expression | None
    step: Expression


@node
class SeriesInRange(Node):
    """The old form `in range(start, stop, size)`."""

    arguments: tuple[Target, ...]


@node
class MakeSeries(Keyworded):
    """`make-series aggregate default = 0, … on axis from … to … step … by key, …`."""

    parameters: tuple[Parameter, ...]
    items: tuple[SeriesItem, ...]
    axis: Target
    range: SeriesSteps | SeriesInRange
    keys: tuple[Target, ...]


@node
class TopHitters(Keyworded):
    """`top-hitters count of value by weight`."""

    count: Target
    value: Target
    weight: Target | None


@node
class TopNestedLevel(Node):
    """`top-nested count of value with others = others by key`."""

    count: Target | None
    value: Target
    others: Expression | None
    key: Ordered


@node
class TopNested(Keyworded):
    """One or more levels of `top-nested`, outermost first."""

    levels: tuple[TopNestedLevel, ...]


@node
class Reduce(Keyworded):
    """`reduce by value with threshold = …, characters = …`."""

    parameters: tuple[Parameter, ...]
    value: Target
    properties: tuple[Parameter, ...]


@node
class ScanAssignment(Node):
    """`name = value` after the arrow of a step."""

    name: Name
    value: Expression


class ScanOutput(enum.Enum):
    """Which records a step of `scan` emits."""

    ALL = "all"
    LAST = "last"
    NONE = "none"


@node
class ScanStep(Node):
    """`step name optional output = last: condition => name = value, …;`."""

    name: Name
    optional: bool
    output: ScanOutput | None
    condition: Expression
    assignments: tuple[ScanAssignment, ...]


@node
class Scan(Keyworded):
    """`scan with_match_id = … order by … partition by … declare (…) with (step …)`."""

    parameters: tuple[Parameter, ...]
    order: tuple[Ordered, ...]
    partition: tuple[Expression, ...]
    declarations: tuple[FunctionParameter, ...]
    steps: tuple[ScanStep, ...]
