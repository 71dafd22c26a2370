"""Texts in `accepted` have the tree beside them, texts in `refused` the rendered errors; and laws for any text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cql import syntax
from emulator.cql.parser import parse
from emulator.diagnostics import QueryError
from emulator.source import Source

HERE = Path(__file__).parent
CASE = "\n========\n"
ANSWER = "\n--------\n"


def cases(folder: str) -> list[Any]:
    """Each case of a folder's files: the query, and what is expected."""
    found = []
    for path in sorted((HERE / folder).glob("*.txt")):
        for number, case in enumerate(path.read_text("utf-8").rstrip("\n").split(CASE), 1):
            found.append(pytest.param(*case.split(ANSWER), id=f"{path.stem}-{number}"))
    return found


@pytest.mark.parametrize(("query", "tree"), cases("accepted"))
def test_accepted(query: str, tree: str, dump: Callable[[syntax.Query], str]) -> None:
    assert dump(parse(Source("query", query))) == tree


@pytest.mark.parametrize(("query", "errors"), cases("refused"))
def test_refused(query: str, errors: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", query))
    assert str(caught.value) == errors


def children(node: object) -> Iterator[tuple[str, Any]]:
    """The nodes directly below one, and the span that must hold them."""
    for field in fields(node) if is_dataclass(node) else ():
        value = getattr(node, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if hasattr(child, "span"):
                yield field.name, child


def check_spans(node: Any, source: Source) -> None:
    """Every node covers some text, without white space around it, and lies in the node that holds it."""
    for name, child in children(node):
        assert node.span.start <= child.span.start <= child.span.end <= node.span.end, (name, child)
        covered = source.slice(child.span)
        assert covered == covered.strip(), (name, child)
        assert covered or isinstance(child, syntax.Pipeline), (name, child)
        check_spans(child, source)


@pytest.mark.parametrize(("query", "tree"), cases("accepted"))
def test_spans(query: str, tree: str) -> None:
    assert tree
    source = Source("query", query)
    check_spans(parse(source), source)


WORDS = """
a #tag @meta a[0].x host-name * *x* 42 -1 1.5 10.0.0.1 15m "text" "\\n" " /re/i / // /* */ ?p ?{p=1} ?{ $q() $ and or
not ! in like case match true { } ( ) [ ] | ; , = == != := =~ => <=> < >= + - * / % : f( as= ~ && || <> !~ x%y
"""
PIECES = st.lists(st.sampled_from([*WORDS.split(), "\n", " "]))


def read(source: Source) -> syntax.Query | QueryError:
    """The tree or the errors; anything else that is raised fails the test."""
    try:
        return parse(source)
    except QueryError as error:
        return error


@given(PIECES.map(" ".join) | PIECES.map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    source = Source("query", text)
    found = read(source)
    if isinstance(found, syntax.Query):
        check_spans(found, source)
    else:
        assert all(each.help and each.span.start <= each.span.end <= len(text) for each in found.diagnostics)
        assert str(found)


NESTINGS = {
    "groups": ("(", "a", ")"),
    "calls": ("f(", "a", ")"),
    "lists": ("f(x=[", "a", "])"),
    "subqueries": ("f({", "a", "})"),
    "cases": ("case{", "a", "}"),
    "negations": ("!", "a", ""),
    "expressions": ("x := (", "a", ")"),
    "minus": ("x := -", "a", ""),
    "sums": ("x := a+", "a", ""),
}


@pytest.mark.parametrize("kind", NESTINGS)
def test_nesting(kind: str) -> None:
    before, inner, after = NESTINGS[kind]
    prefix = "x := " if before.startswith("x := ") else ""
    before = before.removeprefix(prefix)
    source = Source("query", prefix + before * 120 + inner + after * 120)
    check_spans(parse(source), source)
    with pytest.raises(QueryError) as caught:
        parse(Source("query", prefix + before * 1000 + inner + after * 1000))
    assert [found.code.id for found in caught.value.diagnostics] == ["CQL1015"]


def test_and_and_or_are_flat() -> None:
    query = parse(Source("query", " and ".join(["a or b"] * 5000)))
    (found,) = query.pipeline.steps
    assert isinstance(found, syntax.And)
    assert len(found.operands) == 5000


def test_too_long() -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", "a" * 101), max_characters=100)
    assert [found.code.id for found in caught.value.diagnostics] == ["CQL1014"]


@pytest.mark.parametrize("unit", ["a= | ", "a-b=1 ", "f(x=1, x=2) | "])
def test_at_most_twenty_errors(unit: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", unit * 1000))
    assert len(caught.value.diagnostics) == 20
