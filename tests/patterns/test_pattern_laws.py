"""Laws of the patterns of both languages: agreement with Python's engine where they share a meaning; no surprises."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.cql import patterns as cql
from emulator.cql.pattern_classes import NAMED as CQL_CLASSES
from emulator.kql import patterns as kql
from emulator.kql.pattern_characters import ASCII_CLASSES, DIGIT, SPACE, WORD, Folded, Not, Run, ascii_members, contains

TEXTS = st.text(alphabet="abkK09_- \néßñ٣日😀", max_size=12)
ATOMS = st.sampled_from(
    ["a", "b", "k", "é", "日", "0", "_", r"\-", ".", r"\d", r"\w", r"\W", r"\S", "[ab]", "[^a-k]", r"[\dé]", r"\b", "^"]
)
# Only what consumes text is repeated: engines differ on repeated nothing.
REPEATED = st.sampled_from(["a+", "b*", "k?", "é{1,2}", r"\w+", r"\d*?", "[^a]+?", ".*", "日??"])


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequences = st.lists(parts, min_size=1, max_size=4).map("".join)
    return st.one_of(
        sequences, sequences.map(lambda inner: f"({inner})"), st.lists(sequences, min_size=2, max_size=2).map("|".join)
    )


PATTERNS = joined(st.one_of(ATOMS, REPEATED, joined(st.one_of(ATOMS, REPEATED)).map(lambda inner: f"(?:{inner})")))
NOISE = st.text(alphabet=r"ab\()[]{}*+?|^$.-:<>=!&~,#iPQEbdwpxu019é", max_size=16)


def python_groups(pattern: str, text: str) -> tuple[str | None, ...] | None:
    found = re.search(pattern, text)
    return None if found is None else (found[0], *found.groups())


@given(PATTERNS, TEXTS)
def test_kql_agrees_with_python(pattern: str, text: str) -> None:
    compiled = kql.compile_pattern(pattern)
    assert compiled.find(text) == python_groups(pattern, text)
    assert compiled.matches(text) == (re.search(pattern, text) is not None)


@given(PATTERNS, TEXTS.filter(str.isascii))
def test_cql_agrees_with_python_on_ascii(pattern: str, text: str) -> None:
    found = cql.compile_pattern(pattern).find(text)
    assert (found and (found.text, *found.groups)) == python_groups(f"(?m){pattern}", text)


@given(PATTERNS, TEXTS)
def test_cql_agrees_with_python_in_ascii_mode(pattern: str, text: str) -> None:
    found = cql.compile_pattern(pattern).find(text)
    assert (found and (found.text, *found.groups)) == python_groups(f"(?ma){pattern}", text)


def fault_at(language: Any, pattern: str, text: str) -> int:
    """Where the pattern is refused; its start when it is not."""
    try:
        language.compile_pattern(pattern).find_all(text)
    except language.PatternError as error:
        return int(error.offset)
    return 0


@given(NOISE, TEXTS)
def test_any_text_is_a_pattern_or_an_error_within_it(pattern: str, text: str) -> None:
    assert all(0 <= fault_at(language, pattern, text) <= len(pattern) for language in (kql, cql))


@given(PATTERNS, TEXTS)
def test_replacing_each_match_by_itself_changes_nothing(pattern: str, text: str) -> None:
    assert kql.compile_pattern(pattern).replace_all(text, r"\0") == text
    assert cql.compile_pattern(pattern).replace_all(text, "$0") == text


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=6))
def test_wildcards_agree_with_expressions(pattern: str, value: str) -> None:
    expected = re.fullmatch(pattern.replace("*", ".*"), value) is not None
    assert cql.wildcard(pattern, ignore_case=False)(value) == expected
    assert cql.wildcard(pattern, ignore_case=True)(value.upper()) == expected


def test_ascii_members_are_those_contained() -> None:
    plain = [WORD, DIGIT, SPACE, *ASCII_CLASSES.values(), Run(0x60, 0x2FFF)]
    for characters in [*plain, *map(Not, plain), *(Folded(found, unicode=True) for found in plain)]:
        assert ascii_members(characters) == sum(1 << code for code in range(128) if contains(characters, code))


def test_cql_named_classes_are_complements() -> None:
    for name in "dwshv":
        members, others = re.compile(f"[{CQL_CLASSES[name]}]"), re.compile(f"[{CQL_CLASSES[name.upper()]}]")
        assert all(bool(members.match(char)) != bool(others.match(char)) for char in map(chr, range(0x3100)))
