"""Functions of shares of the events: keeping one, and measuring one."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql.binder.aggregation import multiplies
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.sequences import mark
from emulator.cql.library.values import show
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const, Field, Row
from emulator.plan.relations import Aggregate, AggregateCall, MissingKeys
from emulator.plan.steps import Filter
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "proportions")

SEEDED_SAMPLE = assumption(
    "seeded-sample",
    "cql",
    "`sample()` chooses by a hash of the field's value, so that each run keeps the same events and equal values share "
    "their fate; the product chooses at random",
)
_PASSES = "\0passes"
_RANGE = 1 << 64


@LIBRARY.table("sample(percentage: number[0|100] = 1, field: field = @timestamp) -> events", doc="sample")
def lower_sample(flow: Flow, arguments: Arguments) -> None:
    """Keeps a share of the events; those that lack the field go."""
    span = arguments.call.span
    flow.context.rest_on(SEEDED_SAMPLE)
    field = Field(arguments["field"], ScalarType.TEXT, span)
    share = Const(arguments["percentage"], ScalarType.VALUE, span)
    flow.add(Filter(operate("sampled", field, share, span=span, kind=ScalarType.BOOL), span))


@LIBRARY.scalar("operator:sampled(text: field, percentage: number) -> bool")
def sampled(text: str, percentage: float) -> bool:
    """True for so many of a hundred values."""
    import hashlib  # only queries that need it pay for it

    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) * 100 < percentage * _RANGE


@LIBRARY.table("percentage(condition: any, as: text = _percentage) -> aggregate", doc="percentage")
def lower_percentage(flow: Flow, arguments: Arguments) -> None:
    """How many of a hundred events pass a pipeline."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("percentage", span)
        return
    marking = mark(flow, _PASSES, arguments, "condition")
    if marking is not None and multiplies(marking):
        message = "`percentage()` of a pipeline that makes several events of one is not documented"
        flow.context.error(MODE_GAP, message, arguments.span("condition"), "split the events before percentage()")
        return
    passes = Field(_PASSES, ScalarType.TEXT, span)
    name = str(arguments["as"])
    call = AggregateCall((name,), operator("percentage"), (), (passes,), span)
    flow.put(Aggregate(flow.relation(span), (), (call,), MissingKeys.GROUP, OPEN, span), (name,))
    flow.add(Filter(operate("not_empty", Row(span), span=span, kind=ScalarType.BOOL), span))


@LIBRARY.aggregate("operator:percentage(passes: field) -> text", nulls=Nulls.TOTAL)
class Percentage:
    """The share of events that have a mark."""

    def __init__(self) -> None:
        self.passed = 0
        self.events = 0

    def step(self, mark: str | None) -> None:
        """Count one event."""
        self.events += 1
        self.passed += mark is not None

    def merge(self, other: Percentage) -> None:
        """Take in another part."""
        self.passed += other.passed
        self.events += other.events

    def finish(self) -> str | None:
        """The share in hundredths; nothing of no events."""
        return show(self.passed / self.events * 100) if self.events else None
