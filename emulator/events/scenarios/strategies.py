"""Hypothesis strategies over the parameters of a scenario: what properties of rules draw from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from itertools import islice

from hypothesis import strategies as st

from emulator.events.people import account_names, seeded_faker
from emulator.events.scenarios.parameters import Parameter
from emulator.events.scenarios.scenario import Scenario
from emulator.events.scenarios.template import Value


def strategy(
    scenario: Scenario,
    pinned: Mapping[str, object] | None = None,
    *,
    among: Mapping[str, Collection[Value]] | None = None,
    excluding: Mapping[str, Collection[Value]] | None = None,
) -> st.SearchStrategy[dict[str, Value]]:
    """Draws of every free parameter over its whole domain, as a mapping that `Scenario.render` takes.

    `pinned` parameters keep their value, those of `among` are drawn from the given values, those of `excluding` never
    have one of the given values, case ignored. Derived parameters are left out unless they are pinned or drawn, so that
    they follow what they derive from. Raises QueryError when a value can't be held or a parameter is unknown.
    """
    fixed, inside, outside = pinned or {}, among or {}, excluding or {}
    _check(scenario, fixed, inside, outside)
    drawn: dict[str, st.SearchStrategy[Value]] = {}
    for name, parameter in scenario.parameters.items():
        if name in fixed:
            drawn[name] = st.just(scenario.values(fixed)[name])
        elif parameter.free or name in inside:
            drawn[name] = _without(_values(parameter, inside.get(name)), outside.get(name, ()))
    return st.fixed_dictionaries(drawn)


def _check(
    scenario: Scenario,
    pinned: Mapping[str, object],
    among: Mapping[str, Collection[Value]],
    excluding: Mapping[str, Collection[Value]],
) -> None:
    """Every name must be a parameter's, every value to be drawn one that it can hold."""
    scenario.values(pinned)
    for name, values in among.items():
        for value in values:
            scenario.values({name: value})
    for name in excluding:
        if name not in scenario.parameters:
            scenario.values({name: ""})


def _values(parameter: Parameter, among: Collection[Value] | None) -> st.SearchStrategy[Value]:
    if among is not None:
        return st.sampled_from(sorted(among, key=str))
    if parameter.values:
        return st.sampled_from(parameter.values)
    drawn, special = parameter.kind.drawn, _SPECIAL.get(parameter.kind.name)
    texts = () if drawn is None else (st.text(drawn.alphabet, min_size=1, max_size=drawn.longest).map(drawn.shape),)
    return st.one_of(*texts, *(() if special is None else (special(parameter),)))


def _without(values: st.SearchStrategy[Value], excluded: Collection[Value]) -> st.SearchStrategy[Value]:
    folded = frozenset(map(_folded, excluded))
    return values.filter(lambda value: _folded(value) not in folded) if folded else values


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _addresses4(_: Parameter) -> st.SearchStrategy[Value]:
    return st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))


def _addresses6(_: Parameter) -> st.SearchStrategy[Value]:
    return st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number)))


def _whole(parameter: Parameter) -> st.SearchStrategy[Value]:
    low, high = parameter.limits
    return st.integers(low, high)


def _full_names(_: Parameter) -> st.SearchStrategy[Value]:
    return st.integers(1, 9999).map(lambda number: f"ws-{number:04}.corp.example")


@cache
def _people() -> tuple[str, ...]:
    return tuple(islice(account_names(seeded_faker(0, "en_US")), 100))


_SPECIAL: Mapping[str, Callable[[Parameter], st.SearchStrategy[Value]]] = {
    "host": _full_names,
    "user": lambda _: st.deferred(lambda: st.sampled_from(_people())),
    "ip4": _addresses4,
    "ip6": _addresses6,
    "address": lambda parameter: _addresses4(parameter) | _addresses6(parameter),
    "target": _addresses4,
    "port": _whole,
    "integer": _whole,
    "boolean": lambda _: st.booleans(),
}
"""Kinds that are drawn otherwise than as text, or as text and otherwise."""
