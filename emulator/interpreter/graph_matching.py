"""Matches of graph patterns: from the node with the fewest candidates on, leg by leg.

Conditions on one node or edge alone narrow the candidates first; candidates of one end narrow those of the other. All
other conditions are asked as soon as what they read is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.graph_candidates import Candidates
from emulator.interpreter.graph_code import ElementFunction, Match, MatchFunction, PatternCode
from emulator.interpreter.graph_paths import shortest_matches
from emulator.interpreter.graph_steps import Leg, Pace, Used
from emulator.interpreter.graphs import BuiltGraph, graph_runner
from emulator.plan.expressions import Along, Fold
from emulator.plan.graphs import Cycles, GraphMatch

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

Maker = Callable[[Run], Any]


@dataclass(slots=True)
class _Conditions:
    """The conditions of a match, compiled: by the node or edge that they are about, and those about several."""

    nodes: dict[str, list[Maker]]
    edges: dict[str, list[Maker]]
    inner: dict[str, list[Maker]]
    others: list[tuple[frozenset[str], Maker]]


@dataclass(slots=True)
class Search:
    """One search for matches: the graph, the conditions for this run, and what each part of a match may be."""

    node: GraphMatch
    graph: BuiltGraph
    pace: Pace
    candidates: Candidates
    tests: list[tuple[frozenset[str], MatchFunction]]
    places: dict[str, int]

    def holds(self, match: Match) -> bool:
        """True when a match meets the conditions on several nodes and edges at once."""
        return self._passes(match, [test for _, test in self.tests])

    def matches(self, cycles: Cycles) -> Iterator[Match]:
        """Every match, as a list that changes once the caller asks for the next one."""
        first, legs = self.candidates.plan()
        match: Match = [None] * len(self.places)
        checks = self._checks(first, legs)
        used = Used(cycles)
        for number in self.candidates.numbers(first):
            self.pace.step()
            match[self.places[first]] = number
            used.nodes = {number}
            if self._passes(match, checks[0]):
                yield from self._completed(match, legs, checks, used)

    def _completed(
        self, match: Match, legs: Sequence[Leg], checks: Sequence[Sequence[MatchFunction]], used: Used
    ) -> Iterator[Match]:
        """The matches that go on from the first node; legs are followed without recursion, however many there are."""
        if not legs:
            yield match
            return
        waiting = [legs[0].follow(match, used, self.pace)]
        while waiting:
            depth = len(waiting)
            for _ in waiting[-1]:
                if checks[depth] and not self._passes(match, checks[depth]):
                    continue
                if depth < len(legs):
                    waiting.append(legs[depth].follow(match, used, self.pace))
                    break
                yield match
            else:
                waiting.pop()

    def _passes(self, match: Match, tests: Sequence[MatchFunction]) -> bool:
        return all(test(match, self.graph.nodes, self.graph.edges) for test in tests)

    def _checks(self, first: str, legs: Sequence[Leg]) -> list[list[MatchFunction]]:
        """For the first node and each leg the conditions that can be told from there on."""
        known = {first}
        told: list[list[MatchFunction]] = [[test for read, test in self.tests if read <= known]]
        for leg in legs:
            before = frozenset(known)
            known |= {leg.edge.name, leg.edge.left, leg.edge.right}
            told.append([test for read, test in self.tests if read <= known and not read <= before])
        return told


def match_runner(node: GraphMatch, runner: Callable[[Relation], Runner]) -> Runner:
    """Compile a match."""
    code = PatternCode(node, runner)
    build = graph_runner(node.graph, runner)
    conditions = _conditions(node, code)
    outputs = code.values(node.outputs)

    def run_match(run: Run) -> Rows:
        graph = build(run)
        search = _search(node, graph, conditions, code, run)
        give = outputs(run)
        found = search.matches(node.cycles) if node.shortest is None else shortest_matches(search, node.shortest)
        return run.watched(_rows(found, give, graph))

    return run_match


def _rows(found: Iterator[Match], give: MatchFunction, graph: BuiltGraph) -> Iterator[Row]:
    for match in found:
        yield give(match, graph.nodes, graph.edges)


def _conditions(node: GraphMatch, code: PatternCode) -> _Conditions:
    found = _Conditions({}, {}, {}, [])
    lone = {edge.name for edge in node.edges if edge.length is None}
    for predicate in node.predicates:
        read = code.variables(predicate)
        (one,) = read if len(read) == 1 else ("",)
        if one in code.nodes:
            found.nodes.setdefault(one, []).append(code.element_test(predicate, code.node))
        elif one in lone:
            found.edges.setdefault(one, []).append(code.element_test(predicate, code.edge))
        elif one and isinstance(predicate, Along) and predicate.fold is Fold.ALL:
            kept, row = (found.inner, code.node) if predicate.nodes else (found.edges, code.edge)
            kept.setdefault(one, []).append(code.element_test(predicate.value, row, bare=True))
        else:
            found.others.append((read, code.test(predicate)))
    return found


def _search(node: GraphMatch, graph: BuiltGraph, conditions: _Conditions, code: PatternCode, run: Run) -> Search:
    pace = Pace(run)
    candidates = Candidates(
        node,
        graph,
        pace,
        code.places,
        {name: _all_of(makers, run) for name, makers in conditions.nodes.items()},
        {name: _all_of(makers, run) for name, makers in conditions.edges.items()},
        {name: _all_of(makers, run) for name, makers in conditions.inner.items()},
    )
    tests = [(read, make(run)) for read, make in conditions.others]
    return Search(node, graph, pace, candidates, tests, code.places)


def _all_of(makers: Sequence[Maker], run: Run) -> ElementFunction:
    tests = [make(run) for make in makers]
    if len(tests) == 1:
        only: ElementFunction = tests[0]
        return only
    return lambda row: all(test(row) for test in tests)
