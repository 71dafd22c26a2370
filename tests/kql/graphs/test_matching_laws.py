"""Matches of graph patterns are what trying out every assignment of nodes and edges finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emulator

pytestmark = pytest.mark.once
SCHEMAS = {"E": {"s": "long", "t": "long", "n": "long", "w": "long"}, "N": {"id": "long", "c": "long"}}
Edge = tuple[int, int, int]
"""Source, target, weight."""
Path = tuple[tuple[int, ...], tuple[int, ...]]
"""Numbers of edges, and inner nodes."""


@dataclass(frozen=True)
class Step:
    """An edge of a pattern between two of its nodes; `length` for a path."""

    left: str
    arrow: str
    right: str
    length: tuple[int, int] | None

    def written(self, name: str) -> str:
        stars = "" if self.length is None else f"*{self.length[0]}..{self.length[1]}"
        before, after = {">": ("-", "->"), "<": ("<-", "-"), "-": ("-", "-")}[self.arrow]
        return f"({self.left}){before}[{name}{stars}]{after}({self.right})"


@dataclass(frozen=True)
class Case:
    """A graph and a pattern; `heavy` edges and `coloured` nodes are those that conditions ask for."""

    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]
    heavy: frozenset[int]
    coloured: frozenset[str]
    distinct: bool

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(name for step in self.steps for name in (step.left, step.right)))

    def query(self, operator: str) -> str:
        conditions = [f"e{number}.w > 1" for number in sorted(self.heavy)]
        conditions += [f"{name}.c > 0" for name in sorted(self.coloured)]
        conditions += [f"{self.names[0]}.id != {self.names[-1]}.id"] if self.distinct else []
        shown = [f"{name} = {name}.id" for name in self.names]
        for number, step in enumerate(self.steps):
            shown.append(f"e{number} = e{number}.n")
            shown += [f"i{number} = map(inner_nodes(e{number}), id)"] if step.length else []
        where = f"where {' and '.join(conditions)}" if conditions else ""
        pattern = ", ".join(step.written(f"e{number}") for number, step in enumerate(self.steps))
        return f"E | make-graph s --> t with N on id | {operator} {pattern} {where} project {', '.join(shown)}"

    def run(self, operator: str) -> list[tuple[Any, ...]]:
        edges = [{"s": s, "t": t, "n": n, "w": w} for n, (s, t, w) in enumerate(self.edges)]
        nodes = [{"id": number, "c": number % 2} for number in range(4)]
        result = emulator.run(self.query(operator), language="kql", tables={"E": edges, "N": nodes}, schemas=SCHEMAS)
        return [tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in result.rows]


steps = st.builds(
    Step,
    st.sampled_from("ab"),
    st.sampled_from("><-"),
    st.sampled_from("abc"),
    st.none() | st.tuples(st.integers(0, 1), st.integers(1, 3)),
)
cases = st.builds(
    Case,
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2)), max_size=5).map(tuple),
    st.lists(steps, min_size=1, max_size=3).map(tuple).filter(lambda one: all("a" in (s.left, s.right) for s in one)),
    st.frozensets(st.just(0)),
    st.frozensets(st.sampled_from("ab")),
    st.booleans(),
).filter(lambda case: case.coloured <= set(case.names))
chains = st.builds(
    Case,
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2)), max_size=6).map(tuple),
    st.tuples(
        st.builds(
            Step, st.just("a"), st.sampled_from("><-"), st.just("b"), st.tuples(st.integers(0, 2), st.integers(2, 4))
        )
    ),
    st.frozensets(st.just(0)),
    st.frozensets(st.sampled_from("ab")),
    st.booleans(),
)

CYCLES = st.sampled_from(["all", "unique_edges", "none"])


def walks(case: Case, number: int, ends: tuple[int, int]) -> Iterator[Path]:
    """Every way that one edge of the pattern can join two nodes."""
    step = case.steps[number]
    least, most = step.length or (1, 1)
    found: list[tuple[int, Path]] = [(ends[0], ((), ()))]
    for length in range(most + 1):
        if length >= least:
            yield from ((edges, visited[:-1]) for node, (edges, visited) in found if node == ends[1])
        found = [
            (after, ((*edges, edge), (*visited, after)))
            for node, (edges, visited) in found
            for edge, after in product(range(len(case.edges)), range(4))
            if joins(case.edges[edge], (node, after), step.arrow)
            and (number not in case.heavy or case.edges[edge][2] > 1)
        ]


def joins(edge: Edge, pair: tuple[int, int], arrow: str) -> bool:
    forwards, backwards = edge[:2] == pair, edge[1::-1] == pair
    return (forwards and arrow in ">-") or (backwards and arrow in "<-")


def expected(case: Case, cycles: str) -> Iterator[tuple[dict[str, int], list[Path]]]:
    """Every assignment of nodes with every choice of edges between them."""
    for numbers in product(range(4), repeat=len(case.names)):
        nodes = dict(zip(case.names, numbers, strict=True))
        coloured = all(nodes[name] % 2 > 0 for name in case.coloured)
        apart = not case.distinct or numbers[0] != numbers[-1]
        if not (coloured and apart):
            continue
        choices = [list(walks(case, n, (nodes[s.left], nodes[s.right]))) for n, s in enumerate(case.steps)]
        for paths in product(*choices):
            if counts(cycles, numbers, paths):
                yield nodes, list(paths)


def counts(cycles: str, numbers: tuple[int, ...], paths: Iterable[Path]) -> bool:
    """Whether a match with these nodes and paths has none of the cycles that are left out."""
    edges = [edge for chosen, _ in paths for edge in chosen]
    if cycles == "none":  # a connected graph without cycles has one edge less than nodes
        return len({*numbers, *(node for _, inner in paths for node in inner)}) == len(edges) + 1
    return cycles == "all" or len(set(edges)) == len(edges)


def row(case: Case, nodes: dict[str, int], paths: list[Path]) -> tuple[Any, ...]:
    cells: list[Any] = list(nodes.values())
    for step, (edges, inner) in zip(case.steps, paths, strict=True):
        cells += [edges, inner] if step.length else [edges[0]]
    return tuple(cells)


@settings(max_examples=20)
@given(cases, CYCLES)
def test_matches_are_those_of_trying_everything(case: Case, cycles: str) -> None:
    rows = Counter(row(case, *found) for found in expected(case, cycles))
    assert Counter(case.run(f"graph-match cycles={cycles}")) == rows


@settings(max_examples=20)
@given(chains, st.sampled_from(["any", "all"]), CYCLES)
def test_shortest_paths_are_the_shortest_matches(case: Case, output: str, cycles: str) -> None:
    shortest: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for nodes, paths in expected(case, cycles):
        found = shortest.setdefault((nodes["a"], nodes["b"]), [])
        if found and len(found[0][2]) > len(paths[0][0]):
            found.clear()
        if not found or len(found[0][2]) == len(paths[0][0]):
            found.append(row(case, nodes, paths))
    rows = case.run(f"graph-shortest-paths output={output} cycles={cycles}")
    if output == "all":
        assert Counter(rows) == Counter(one for found in shortest.values() for one in found)
    else:
        assert Counter(one[:2] for one in rows) == Counter(shortest.keys())
        assert all(one in shortest[one[0], one[1]] for one in rows)
