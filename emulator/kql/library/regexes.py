"""Functions that search with regular expressions.

The binder refuses a malformed pattern that has to be constant; the pattern of `countof` may be computed and is refused
when it is used. What a pattern matches is told in `emulator.kql.patterns`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.diagnostics import code
from emulator.functions import VARYING, Library, Meaning, MeaningError
from emulator.kql.library.naming import scalar
from emulator.kql.library.readers import reader
from emulator.kql.library.sizes_allowed import too_large
from emulator.kql.patterns import Pattern, PatternError, compile_pattern
from emulator.types import ScalarType

LIBRARY = Library("kql", "regexes")
MALFORMED = code(
    "KQL3061",
    "a pattern that the product refuses",
    '`countof(…, "regex")` takes a regular expression with the syntax of the Rust `regex` crate.',
)
INEXACT = code(
    "KQL4062",
    "a pattern or a rewrite that can't be emulated exactly",
    "The product takes this pattern or rewrite, but the emulator can't give its exact meaning.",
)
_MOST_WRITTEN = 1 << 28


def _group(pattern: Pattern, number: int, source: str) -> str:
    """The text of a group of the first match; empty without a match, or without such a group."""
    found = pattern.find(source)
    return (found[number] or "") if found is not None and 0 <= number < len(found) else ""


def _special_extract(regex: str, number: object, source: object, *kind: ScalarType) -> Meaning | None:
    """Compiles the pattern once."""
    if not isinstance(number, int) or source is not VARYING:
        return None
    pattern = compile_pattern(regex)
    if not kind:
        return lambda varying: _group(pattern, number, varying)
    read = reader(kind[0])
    return lambda varying: read(_group(pattern, number, varying))


@LIBRARY.scalar(
    "extract(const regex: string, number: long, source: string) -> string",
    doc="extract-function",
    specialise=_special_extract,
    examples=r"""
    extract("User: ([^,]+)", 1, "User: James, Age: 29") => "James"   [docs]
    extract(@"\d+", 0, "Age: 29") => "29"   [docs]
    extract("b", 0, "aaa") => ""   [recorded]
    extract("(a)|b", 2, "b") => ""   [reasoned]
    """,
)
def extract(regex: str, number: int, source: str) -> str:
    """The text of a group of the first match; 0 is the whole match."""
    return _group(compile_pattern(regex), number, source)


@LIBRARY.scalar(
    "extract(const regex: string, number: long, source: string, kind: type) -> type",
    doc="extract-function",
    specialise=_special_extract,
    examples=r"""
    extract(@"-(\d{2})-", 1, "21-07-2023", typeof(int)) => int(7)   [docs]
    extract("b", 0, "aaa", typeof(long)) => long(null)   [recorded]
    """,
)
def extract_typed(regex: str, number: int, source: str, kind: ScalarType) -> object:
    """The same, converted to a type; null when that can't be done."""
    return reader(kind)(_group(compile_pattern(regex), number, source))


def _chosen(pattern: Pattern, groups: object) -> list[int]:
    """The numbers of groups that a list names or numbers; all groups without a list."""
    if not isinstance(groups, list):
        return list(range(1, pattern.group_count + 1)) or [0]
    numbers = [pattern.group_names.get(group) if isinstance(group, str) else group for group in groups]
    return [number for number in numbers if isinstance(number, int) and 0 <= number <= pattern.group_count]


def _all_matches(regex: str, groups: object, source: str) -> list[Any] | None:
    pattern = compile_pattern(regex)
    numbers = _chosen(pattern, groups)
    found = pattern.find_all(source)
    if not found or not numbers:
        return None
    if len(numbers) == 1:
        return [match[numbers[0]] or "" for match in found]
    return [[match[number] or "" for number in numbers] for match in found]


@scalar(
    LIBRARY,
    "extract_all extractall",
    "(const regex: string, source: string) -> dynamic",
    doc="extract-all-function",
    examples=r"""
    extract_all(@"(\d+)", "numbers: 123, 567 and 789") => dynamic(["123", "567", "789"])   [docs]
    extract_all(@"(\w)(\w+)", "ab cde") => dynamic([["a", "b"], ["c", "de"]])   [docs]
    extract_all("(x)", "abc") => dynamic(null)   [recorded]
    """,
)
def extract_all(regex: str, source: str) -> list[Any] | None:
    """The groups of every match: a list of texts for one group, a list of lists for more."""
    return _all_matches(regex, None, source)


@scalar(
    LIBRARY,
    "extract_all extractall",
    "(const regex: string, groups: array, source: string) -> dynamic",
    doc="extract-all-function",
    examples=r"""
    extract_all(@"(\w)(\w+)(\w)", dynamic([1, 3]), "82b8 d") => dynamic([["8", "8"]])   [docs]
    extract_all(@"(?P<first>\w)(\w+)", dynamic(["first"]), "ab cd") => dynamic(["a", "c"])   [docs]
    """,
)
def extract_groups(regex: str, groups: object, source: str) -> list[Any] | None:
    """The same for some of the groups, by number or name."""
    return _all_matches(regex, groups, source)


@LIBRARY.scalar(
    "replace_regex(source: string, const lookup_regex: string, const rewrite_pattern: string) -> string",
    doc="replace-regex-function",
    examples=r"""
    replace_regex("Number is 1", @"is (\d+)", @"was: \1") => "Number was: 1"   [docs]
    replace_regex("aXbX", "x", "-") => "aXbX"   [reasoned]
    """,
)
def replace_regex(source: str, lookup_regex: str, rewrite_pattern: str) -> str:
    r"""The text with every match replaced; `\1` in the rewrite is a group, `\0` the match."""
    pattern = compile_pattern(lookup_regex)
    if (len(source) + 1) * len(rewrite_pattern) > _MOST_WRITTEN:
        raise too_large("a text")
    try:
        return pattern.replace_all(source, rewrite_pattern)
    except PatternError as error:
        help = "write `\\0` for the match, `\\1` to `\\9` for its groups, and a backslash twice"
        raise MeaningError(INEXACT, f"in the rewrite: {error.message}", help) from None


@LIBRARY.scalar(
    "replace(const regex: string, const rewrite_pattern: string, source: string) -> string",
    doc="replace-regex-function",
    examples=r'replace(@"is (\d+)", @"was: \1", "Number is 1") => "Number was: 1"   [docs]',
)
def replace(regex: str, rewrite_pattern: str, source: str) -> str:
    """The old form of `replace_regex`."""
    return replace_regex(source, regex, rewrite_pattern)


def _without_match(shape: str) -> Callable[[str, str], str]:
    """Cuts off what a pattern of some shape matches first."""

    def cut(regex: str, source: str) -> str:
        try:
            pattern = compile_pattern(shape.replace("REGEX", regex))
        except PatternError as error:
            raise MeaningError(INEXACT, f"in the pattern: {error.message}", "write it without comments") from None
        offsets = next(iter(pattern.spans(source)), None)
        return source if offsets is None else source[: offsets[0][0]] + source[offsets[0][1] :]

    return cut


_cut_start = _without_match(r"\A(?:REGEX)")
_cut_end = _without_match(r"(?:REGEX)\z")
_cut_all_from_start = _without_match(r"\A(?:REGEX)+")
_cut_all_from_end = _without_match(r"(?:REGEX)+\z")


@LIBRARY.scalar(
    "trim_start(const regex: string, source: string) -> string",
    doc="trim-start-function",
    examples="""
    trim_start("https://", "https://bing.com") => "bing.com"   [docs]
    trim_start("-", "--a") => "-a"   [docs]
    """,
)
def trim_start(regex: str, source: str) -> str:
    """The text without a match at its start."""
    return _cut_start(regex, source)


@LIBRARY.scalar(
    "trim_end(const regex: string, source: string) -> string",
    doc="trim-end-function",
    examples="""
    trim_end(".com", "bing.com") => "bing"   [docs]
    trim_end("x", "bing.com") => "bing.com"   [reasoned]
    """,
)
def trim_end(regex: str, source: str) -> str:
    """The text without a match at its end."""
    return _cut_end(regex, source)


@LIBRARY.scalar(
    "trim(const regex: string, source: string) -> string",
    doc="trim-function",
    examples=r"""
    trim("--", "--https://bing.com--") => "https://bing.com"   [docs]
    trim(@"[^\w]+", "-  Te st1// $") => "Te st1"   [docs]
    trim("-", "--a--") => "a"   [docs]
    """,
)
def trim(regex: str, source: str) -> str:
    """The text without all matches at its start and end."""
    return _cut_all_from_end(regex, _cut_all_from_start(regex, source))


def _usable(regex: str) -> Pattern:
    """The pattern. Raises MeaningError when it can't be one."""
    try:
        return compile_pattern(regex)
    except PatternError as error:
        what = INEXACT if error.gap else MALFORMED
        raise MeaningError(what, f"in the pattern: {error.message}", "mend the pattern") from None


@LIBRARY.scalar(
    'countof(source: string, search: string, const kind: string = "normal") -> long',
    doc="countof-function",
    examples="""
    countof("aaa", "a") => 3   [docs]
    countof("aaaa", "aa") => 3   [docs]
    countof("ababa", "ab", "normal") => 2   [docs]
    countof("ababa", "aba", "regex") => 1   [docs]
    countof("abcabc", "a.c", "regex") => 2   [docs]
    countof("abc", "") => 0   [reasoned]
    """,
)
def countof(source: str, search: str, kind: str) -> int:
    """The number of matches: those of a plain text may overlap, those of a regular expression don't."""
    if kind.lower() == "regex":
        return sum(1 for _ in _usable(search).spans(source))
    count, at = 0, source.find(search) if search else -1
    while at >= 0:
        count += 1
        at = source.find(search, at + 1)
    return count


@LIBRARY.scalar(
    "indexof(source: text, match: text, start: integer = 0, length: integer = -1, const occurrence: integer = 1)"
    " -> long",
    doc="indexof-function",
    examples="""
    indexof("abcdefg", "cde") => 2   [docs]
    indexof("abcdefg", "cde", 1, 4) => 2   [docs]
    indexof("abcdefg", "cde", 1, 2) => 2   [recorded]
    indexof("abcdefg", "cde", 1, 1) => -1   [recorded]
    indexof("abcdefg", "cde", -5) => 2   [docs]
    indexof(1234567, 5, 1, 4) => 4   [docs]
    indexof("abcdefgabcdefg", "cde", 1, 10, 2) => 9   [docs]
    indexof("abcdefgabcdefg", "cde", 1, -1, 3) => -1   [docs]
    indexof("abc", "a", 0, -2) => long(null)   [docs]
    """,
)
def indexof(source: str, match: str, start: int, length: int, occurrence: int) -> int | None:
    """The place of an occurrence of a text, -1 without one; a negative start counts from the end.

    The text has to begin within `length` characters (recorded; the documentation says that it has to end there).
    """
    if occurrence < 1 or length < -1:
        return None
    at = max(0, len(source) + start) if start < 0 else start
    end = len(source) if length < 0 else at + length
    for _ in range(occurrence):
        found = source.find(match, at)
        if found < 0 or found >= end:
            return -1
        at = found + 1
    return found


@LIBRARY.scalar(
    "indexof_regex(source: text, const regex: text, start: integer = 0, length: integer = -1,"
    " const occurrence: integer = 1) -> long",
    doc="indexof-regex-function",
    examples="""
    indexof_regex("abcabc", @"a.c") => 0   [docs]
    indexof_regex("abcabcdefg", @"a.c", 0, 9, 2) => 3   [docs]
    indexof_regex("abcabc", @"a.c", 1, -1, 2) => -1   [docs]
    indexof_regex("ababaa", @"a.a", 0, -1, 2) => -1   [docs]
    indexof_regex("abcabc", @"a|ab", -1) => long(null)   [recorded]
    """,
)
def indexof_regex(source: str, regex: str, start: int, length: int, occurrence: int) -> int | None:
    """The place of a match, -1 without one; null for a negative start. Matches don't overlap."""
    pattern = compile_pattern(regex)
    if start < 0 or occurrence < 1 or length < -1:
        return None
    end = len(source) if length < 0 else start + length
    for number, offsets in enumerate(pattern.spans(source, start), start=1):
        if number == occurrence:
            return offsets[0][0] if offsets[0][0] < end else -1
    return -1


_SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~")


@LIBRARY.scalar(
    "regex_quote(text: text) -> string",
    doc="regex-quote-function",
    examples=r"""regex_quote("(so$me.Te^xt)") => @"\(so\$me\.Te\^xt\)"   [docs]""",
)
def regex_quote(text: str) -> str:
    """The pattern that matches a text alone."""
    return "".join(f"\\{character}" if character in _SPECIAL else character for character in text)
