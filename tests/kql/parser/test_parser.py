"""Texts in `accepted` have the tree beside them, texts in `refused` the rendered errors; and laws for any text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.kql import syntax
from emulator.kql.keywords import KEYWORDS
from emulator.kql.parser import parse
from emulator.kql.parser.registry import operator
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
    source = Source("query", query)
    found = parse(source)
    assert dump(found) == tree
    check_spans(found, source)


@pytest.mark.parametrize(("query", "errors"), cases("refused"))
def test_refused(query: str, errors: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", query))
    assert str(caught.value) == errors


def children(node: object) -> Iterator[Any]:
    """The nodes directly below one."""
    for field in fields(node) if is_dataclass(node) else ():
        yield from (each for each in flat(getattr(node, field.name)) if isinstance(each, syntax.Node))


def flat(value: object) -> Iterator[object]:
    """The items of nested tuples."""
    if isinstance(value, tuple):
        for item in value:
            yield from flat(item)
    else:
        yield value


def check_spans(root: Any, source: Source) -> None:
    """Every node covers text without white space around it, lies in its parent, and a keyword begins its operator."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for child in children(node):
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end, child
            assert source.slice(child.span) == source.slice(child.span).strip(), child
            waiting.append(child)
        if isinstance(node, syntax.Keyworded):
            assert node.keyword.start == node.span.start < node.keyword.end <= node.span.end, node


WORDS = """
T a b.c f( ) ( [ ] { } | ; , . .. = == != <> =~ !~ < <= > >= + - * / % : @ ? => -- $left 1 1.5 1d 0x1F true int(1)
datetime(2024-01-01) guid(1) "text" 'x' @"\\d" ``` h"s" "\\q" 'open dynamic( dynamic([1]) typeof(long) :string Device*
['a b'] int(x) {x} #x // && ! \u201c
"""
PIECES = st.lists(st.sampled_from([*WORDS.split(), *KEYWORDS, "\n", " "]))


def read(source: Source) -> syntax.Query | QueryError:
    """The tree or the errors; anything else that is raised fails the test."""
    try:
        return parse(source)
    except QueryError as error:
        return error


@given(PIECES.map(" ".join) | PIECES.map("".join) | PIECES.map(lambda words: f"T | {' '.join(words)}") | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    source = Source("query", text)
    found = read(source)
    if isinstance(found, syntax.Query):
        check_spans(found, source)
    else:
        assert all(each.help and each.span.start <= each.span.end <= len(text) for each in found.diagnostics)
        assert str(found)


@given(st.data())
def test_pieces_of_real_queries_are_read_or_refused(data: st.DataObject) -> None:
    query = data.draw(st.sampled_from(cases("accepted"))).values[0]
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(query))] * 2)))
    source = Source("query", query[:first] + query[last:])
    assert isinstance(read(source), syntax.Query | QueryError)


NESTINGS = {
    "groups": ("print ", "(", "1", ")"),
    "calls": ("print ", "f(", "1", ")"),
    "minus": ("print ", "-(", "1", ")"),
    "elements": ("print ", "a[", "1", "]"),
    "lists": ("print x in ", "(x in ", "(1)", ")"),
    "ranges": ("print ", "x between (1 .. ", "1", ")"),
    "subqueries": ("", "(T | where x in (", "T", "))"),
    "joins": ("", "T | join (", "T", ") on k"),
    "unions": ("", "union (", "T", ")"),
    "applies": ("T | take 1 | ", "mv-apply x on (", "take 1", ")"),
    "facets": ("T | ", "facet by x with ", "take 1", ""),
    "functions": ("", "let f = () { ", "print 1", " }; f"),
    "toscalars": ("print ", "toscalar(print ", "1", ")"),
    "arrays": ("print dynamic(", "[", "1", "])"),
    "bags": ("print dynamic(", '{"a": ', "1", "})"),
    "dynamics": ("print ", "dynamic(", "1", ")"),
    "members": ("print a", ".b", "", ""),
    "items": ("print a", "[0]", "", ""),
    "sums": ("print 1", " + 1", "", ""),
    "products": ("print 1", " * 1", "", ""),
    "invocations": ("T | invoke f()", ".g()", "", ""),
    "paths": ("union database('d')", ".a", "", ""),
}


def nested(kind: str, times: int) -> Source:
    """A text of some depth; what opens `dynamic(` once also closes it once."""
    before, opened, inner, closed = NESTINGS[kind]
    tail = closed * times
    if kind in ("arrays", "bags"):
        tail = closed[0] * times + ")"
    return Source("query", before + opened * times + inner + tail)


@pytest.mark.parametrize("kind", NESTINGS)
def test_nesting(kind: str) -> None:
    source = nested(kind, 100)
    check_spans(parse(source), source)
    with pytest.raises(QueryError) as caught:
        parse(nested(kind, 1000))
    assert [found.code.id for found in caught.value.diagnostics] == ["KQL1022"]


def test_siblings_are_no_nesting() -> None:
    for text in (f"print f({', '.join(['g(a.b[1] + 2)'] * 2000)})", f"print dynamic([{', '.join(['[1]'] * 2000)}])"):
        assert parse(Source("query", text)).statements
    assert parse(Source("query", "T" + " | where a.b == (c)" * 2000)).statements


def test_and_and_or_are_flat() -> None:
    (found,) = parse(Source("query", "print " + " and ".join(["a or b"] * 5000))).statements
    match found:
        case syntax.ExpressionStatement(value=syntax.Pipeline(source=syntax.Print(targets=(target,)))):
            assert isinstance(target.value, syntax.Logical)
            assert len(target.value.operands) == 5001


def test_too_long() -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", "a" * 101), max_characters=100)
    assert [found.code.id for found in caught.value.diagnostics] == ["KQL1005"]
    assert parse(Source("query", "a" * 100), max_characters=100).statements


@pytest.mark.parametrize("unit", ["| x ", "\u201ca", "print 'a\n", "\udc00", 'print "\\q', "print int(x);"])
def test_at_most_twenty_errors(unit: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(Source("query", unit * 1000))
    assert 1 <= len(caught.value.diagnostics) <= 20


def test_an_operator_has_one_parser() -> None:
    with pytest.raises(ValueError, match="two parsers"):
        operator("where")(lambda parser, _: parser.operator())
