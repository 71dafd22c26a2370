"""What KQL's string operators mean: terms, prefixes, suffixes, substrings, with and without regard to case.

A term is a maximal run of Unicode letters and digits; `has` asks for a boundary only at an edge where the searched
text has a letter or digit itself. Operators that ignore case fold ASCII letters alone (assumption `ascii-case`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from emulator.casing import fold_ascii as fold
from emulator.functions import VARYING, Library, Meaning, MeaningError
from emulator.kql.library.regexes import INEXACT, MALFORMED
from emulator.kql.patterns import PatternError, compile_pattern

LIBRARY = Library("kql", "matching")
Test = Callable[[str, str], bool]


def _has_term(text: str, term: str, leading: bool, trailing: bool) -> bool:
    """True when the term stands in the text with the boundaries asked for."""
    if not (leading or trailing):
        return term in text
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        free_before = not leading or start == 0 or not text[start - 1].isalnum()
        if free_before and (not trailing or end == len(text) or not text[end].isalnum()):
            return True
        start = text.find(term, start + 1)
    return False


def _has(text: str, term: str) -> bool:
    return not term or _has_term(text, term, term[0].isalnum(), term[-1].isalnum())


def _has_prefix(text: str, term: str) -> bool:
    return not term or _has_term(text, term, term[0].isalnum(), trailing=False)


def _has_suffix(text: str, term: str) -> bool:
    return not term or _has_term(text, term, leading=False, trailing=term[-1].isalnum())


def _contains(text: str, part: str) -> bool:
    return part in text


def _folded(test: Test) -> Test:
    return lambda text, part: test(fold(text), fold(part))


def _specialised(test: Test, folds: bool) -> Callable[[object, object], Meaning | None]:
    """Folds a constant part once."""

    def specialise(text: object, part: object) -> Meaning | None:
        if text is not VARYING or not isinstance(part, str):
            return None
        if not folds:
            return lambda varying: test(varying, part)
        folded = fold(part)
        return lambda varying: test(fold(varying), folded)

    return specialise


def _declare(name: str, test: Test) -> None:
    """Declare an operator and its form with regard to case."""
    for declared, folds in ((name, True), (f"{name}_cs", False)):
        LIBRARY.scalar(
            f"_{declared}(text: string, part: string) -> bool",
            doc="datatypes-string-operators",
            specialise=_specialised(test, folds),
        )(_folded(test) if folds else test)


_declare("has", _has)
_declare("hasprefix", _has_prefix)
_declare("hassuffix", _has_suffix)
_declare("contains", _contains)
_declare("startswith", str.startswith)
_declare("endswith", str.endswith)


def flatten(items: Iterable[object]) -> list[object]:
    """The items of a list operator: arrays give their own items, nested ones too."""
    flat: list[object] = []
    pending = list(items)[::-1]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item[::-1])
        else:
            flat.append(item)
    return flat


def _texts(items: Iterable[object]) -> list[str]:
    return [item for item in flatten(items) if isinstance(item, str)]


def _special_terms(*, every: bool) -> Callable[..., Meaning | None]:
    """Folds the constant terms once."""

    def specialise(text: object, *items: object) -> Meaning | None:
        if text is not VARYING or VARYING in items:
            return None
        terms = [fold(item) for item in _texts(items)]
        return (lambda varying: _all_terms(fold(varying), terms)) if every else _any_of_terms(terms)

    return specialise


def _any_of_terms(terms: Sequence[str]) -> Meaning:
    def test(varying: str) -> bool:
        folded = fold(varying)
        return any(_has(folded, term) for term in terms)

    return test


def _all_terms(folded: str, terms: Sequence[str]) -> bool:
    return all(_has(folded, term) for term in terms)


@LIBRARY.scalar(
    "_has_any(text: string, ...items: string|dynamic) -> bool",
    doc="has-any-operator",
    specialise=_special_terms(every=False),
)
def has_any(text: str, *items: object) -> bool:
    """True when `has` holds for one of the terms."""
    folded = fold(text)
    return any(_has(folded, fold(term)) for term in _texts(items))


@LIBRARY.scalar(
    "_has_all(text: string, ...items: string|dynamic) -> bool",
    doc="has-all-operator",
    specialise=_special_terms(every=True),
)
def has_all(text: str, *items: object) -> bool:
    """True when `has` holds for all of the terms."""
    return _all_terms(fold(text), [fold(term) for term in _texts(items)])


def _matcher(text: object, pattern: object) -> Meaning | None:
    """Compiles a constant pattern once."""
    if text is not VARYING or not isinstance(pattern, str):
        return None
    return compile_pattern(pattern).matches


@LIBRARY.scalar(
    "_matches_regex(text: string, pattern: string) -> bool", doc="matches-regex-operator", specialise=_matcher
)
def matches_regex(text: str, pattern: str) -> bool:
    """True when the pattern matches anywhere in the text. Raises MeaningError when it is no pattern."""
    try:
        return compile_pattern(pattern).matches(text)
    except PatternError as error:
        what = INEXACT if error.gap else MALFORMED
        raise MeaningError(what, f"in the pattern: {error.message}", "mend the pattern") from None
