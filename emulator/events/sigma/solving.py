"""Events that satisfy a Sigma rule: the first of its alternatives that some event can have, its filters left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import assert_never

from emulator.events.sigma.conditions import Both, Condition, Either, Field, Fields, Neither, Present, Wanted, holds
from emulator.events.sigma.spelling import values

MOST_ALTERNATIVES = 500
"""Alternatives of a rule that are tried: a rule of many choices has more than anybody could try."""
MOST_TRIES = 60
"""Combinations of values that are tried for one alternative."""
MOST_VALUES = 8
"""Values of one field that are tried."""


def solve(condition: Condition, usual: Sequence[Fields]) -> Iterator[dict[str, str]]:
    """Events that satisfy a condition, those of its first alternative first; none when no alternative can be met.

    `usual` are ordinary events of the log source: what the condition does not ask for stays as it is there.
    """
    for demands in islice(alternatives(condition), MOST_ALTERNATIVES):
        for event in _events(demands, usual):
            if holds(condition, event):
                yield event
                break


def alternatives(condition: Condition) -> Iterator[tuple[Field, ...]]:
    """What each way to satisfy a condition asks for, without what it forbids, in the order of the rule."""
    match condition:
        case Field():
            yield (condition,)
        case Either(items=items):
            for item in items:
                yield from alternatives(item)
        case Both(items=items):
            yield from _together(items)
        case Neither(item=item):
            yield from _against(item)
        case _:
            assert_never(condition)


def _together(items: Sequence[Condition]) -> Iterator[tuple[Field, ...]]:
    """One alternative of each item, the last item's changing first, as far as alternatives are tried at all."""
    each = [list(islice(alternatives(item), MOST_ALTERNATIVES)) for item in items]
    for chosen in product(*each):
        yield tuple(demand for demands in chosen for demand in demands)


def _against(item: Condition) -> Iterator[tuple[Field, ...]]:
    """What it takes that a condition does not hold: values to be there or not, and what is forbidden twice."""
    match item:
        case Neither(item=inner):
            yield from alternatives(inner)
        case Field(name=name, wanted=Present(present=present)):
            yield (Field(name, Present(not present)),)
        case Field():
            yield ()
        case Either(items=items):
            yield from _together([Neither(each) for each in items])
        case Both(items=items):
            for each in items:
                yield from _against(each)
        case _:
            assert_never(item)


def _events(demands: Sequence[Field], usual: Sequence[Fields]) -> Iterator[dict[str, str]]:
    """Events that meet the demands of one alternative, at most `MOST_TRIES` for each ordinary event."""
    wanted: dict[str, list[Wanted]] = {}
    for demand in demands:
        wanted.setdefault(demand.name, []).append(demand.wanted)
    for ordinary in usual:
        choices = [list(islice(_choices(name, each, ordinary), MOST_VALUES)) for name, each in wanted.items()]
        for chosen in islice(product(*choices), MOST_TRIES):
            yield _put(ordinary, dict(zip(wanted, chosen, strict=True)))


def _choices(name: str, demands: Sequence[Wanted], ordinary: Fields) -> Iterator[str | None]:
    """Values of one field, or None where it must have none."""
    absent = [each for each in demands if isinstance(each, Present)]
    if any(not each.present for each in absent):
        if len(absent) == len(demands) and all(not each.present for each in absent):
            yield None
        return
    yield from values(name, demands, ordinary.get(name, "value"), ordinary)


def _put(ordinary: Fields, chosen: Mapping[str, str | None]) -> dict[str, str]:
    """An ordinary event with the chosen values, and what follows from them."""
    event = {**ordinary, **{name: value for name, value in chosen.items() if value is not None}}
    for name, value in chosen.items():
        if value is None:
            event.pop(name, None)
    return event
