"""The patterns of both languages against tables of texts and answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.cql import patterns as cql
from emulator.kql import patterns as kql

HERE = Path(__file__).parent
LANGUAGES: dict[str, Any] = {"kql": kql, "cql": cql}


def table(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def sections(name: str) -> list[Any]:
    return [pytest.param(*row, id=f"{section}-{row[0]}") for section, rows in table(name).items() for row in rows]


@pytest.mark.parametrize(("pattern", "text", "expected"), sections("kql_matches.yaml"))
def test_kql_match(pattern: str, text: str, expected: Any) -> None:
    if isinstance(expected, dict):
        with pytest.raises(kql.PatternError, match=expected["error"]) as caught:
            kql.compile_pattern(pattern)
        assert caught.value.offset == expected["at"]
        return
    compiled = kql.compile_pattern(pattern)
    assert compiled.find(text) == (None if expected == "no match" else tuple(expected))
    assert compiled.matches(text) == (expected != "no match")


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), sections("cql_matches.yaml"))
def test_cql_match(pattern: str, flags: str, text: str, expected: Any) -> None:
    compiled = cql.compile_pattern(pattern, flags)
    found = compiled.find(text)
    assert compiled.matches(text) == (expected != "no match")
    if isinstance(expected, dict):
        assert found is not None
        assert found.named == expected
    else:
        assert (found and [found.text, *found.groups]) == (None if expected == "no match" else expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_faults(language: str, subtests: Any) -> None:
    for pattern, (offset, message, *gap) in table(f"{language}_errors.yaml").items():
        with subtests.test(pattern=pattern):
            with pytest.raises(LANGUAGES[language].PatternError) as caught:
                LANGUAGES[language].compile_pattern(pattern)
            assert message in caught.value.message
            assert (caught.value.offset, caught.value.gap) == (offset, bool(gap))


@pytest.mark.parametrize(("language", "pattern", "text", "rewrite", "expected"), table("replacements.yaml"))
def test_replacement(language: str, pattern: str, text: str, rewrite: str, expected: Any) -> None:
    compiled = LANGUAGES[language].compile_pattern(pattern)
    if isinstance(expected, str):
        assert compiled.replace_all(text, rewrite) == expected
        return
    check = compiled.check_rewrite if language == "kql" else compiled.check_replacement
    with pytest.raises(LANGUAGES[language].PatternError) as caught:
        check(rewrite)
    assert expected["message"] in caught.value.message
    assert (caught.value.offset, caught.value.gap) == (expected["at"], expected["gap"])


@pytest.mark.parametrize(("language", "pattern", "text", "expected"), table("find_all.yaml"))
def test_find_all(language: str, pattern: str, text: str, expected: list[list[str | None]]) -> None:
    found = LANGUAGES[language].compile_pattern(pattern).find_all(text)
    texts = found if language == "kql" else [(match.text, *match.groups) for match in found]
    assert texts == [tuple(groups) for groups in expected]


@pytest.mark.parametrize("kind", ["exactly", "ignoring case"])
def test_wildcards(kind: str) -> None:
    for pattern, (matching, others) in table("wildcards.yaml")[kind].items():
        match = cql.wildcard(pattern, kind == "ignoring case")
        assert [value for value in matching + others if match(value)] == matching, pattern


def test_cql_limits_matches() -> None:
    assert [match.start for match in cql.compile_pattern("a").find_all("aaa", 2)] == [0, 1]
    assert cql.compile_pattern("a").find_all("aaa", 0) == []


def test_cql_backtracking_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cql, "TIME_LIMIT", 0.01)
    pattern, text = cql.compile_pattern("(.*?,){12}P"), ",".join(map(str, range(1, 26)))
    for ask in (pattern.matches, pattern.find, pattern.find_all):
        with pytest.raises(cql.PatternTimeout):
            ask(text)


def test_cql_unknown_flag() -> None:
    with pytest.raises(cql.PatternError, match="`x` is no flag"):
        cql.compile_pattern("a", "ix")


def test_kql_offsets_start_where_asked() -> None:
    spans = kql.compile_pattern(r"\b(é|b)").spans("éb b", 1)
    assert list(spans) == [((3, 4), (3, 4))]


def test_kql_groups() -> None:
    compiled = kql.compile_pattern(r"(a)(?<n>b)(?:c)")
    assert (compiled.group_count, compiled.group_names) == (2, {"n": 2})


@pytest.mark.parametrize("text", ["((" * 200, "(?:" * 251 + "a" + ")" * 251, "[" * 41 + "a", "[a" + "&&a" * 41 + "]"])
def test_kql_nesting_is_bounded(text: str) -> None:
    with pytest.raises(kql.PatternError):
        kql.compile_pattern(text)


def test_cql_nesting_is_bounded() -> None:
    with pytest.raises(cql.PatternError, match="deeper than 50"):
        cql.compile_pattern("(?:" * 1000)


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_length_is_bounded(language: Any) -> None:
    with pytest.raises(language.PatternError, match="more than 20000"):
        language.compile_pattern("a" * 20_001)


def deep(frames: int) -> None:
    if frames:
        deep(frames - 1)
    cql.Pattern("(?:" * 50 + "a" + ")" * 50, "")


def test_cql_refuses_what_the_stack_has_no_room_for() -> None:
    with pytest.raises(cql.PatternError, match="nest too deeply"):
        deep(sys.getrecursionlimit() - 200)


def test_kql_too_large() -> None:
    with pytest.raises(kql.PatternError, match="too large"):
        kql.compile_pattern("[ab]{999}c" * 1000)


def test_kql_too_many_kinds_beside_a_boundary() -> None:
    every = "".join(map(chr, [*range(48, 58), *range(65, 91), 95, *range(97, 123)]))
    with pytest.raises(kql.PatternError, match="too many kinds"):
        kql.compile_pattern(rf"\b{every}\w")
    assert kql.compile_pattern(rf"{every}\w").find(f"é{every}é") == (f"{every}é",)
