"""Functions of text."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql import patterns
from emulator.cql.library.values import Value, show
from emulator.cql.printf import MISSING_PRINTS_NULL, Printf
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "texts")

CASE_OF_LANGUAGE = assumption(
    "case-of-language",
    "cql",
    "`lower()` and `upper()` change case as Unicode says for no particular language, whatever their `locale`",
)


@LIBRARY.scalar(
    "lower(field: field, locale: text = none, as: text = _lower) -> text",
    assumes=(f"{CASE_OF_LANGUAGE.name} where locale",),
    nulls=Nulls.TOTAL,
    doc="lower",
    examples="lower(f) of f=AbC => abc   [docs]",
)
def lower(text: str | None, locale: str | None) -> str | None:
    """The text in lower case."""
    del locale
    return None if text is None else text.lower()


@LIBRARY.scalar(
    "upper(field: field, locale: text = none, as: text = _upper) -> text",
    assumes=(f"{CASE_OF_LANGUAGE.name} where locale",),
    nulls=Nulls.TOTAL,
    doc="upper",
    examples="upper(f) of f=AbC => ABC   [docs]",
)
def upper(text: str | None, locale: str | None) -> str | None:
    """The text in upper case."""
    del locale
    return None if text is None else text.upper()


@LIBRARY.scalar(
    "length(field: field, as: text = _length) -> number",
    doc="length",
    examples="""
        length(f) of f=abcd => 4   [docs]
        length(f) of f=🇩🇰 => 4   [docs]
    """,
)
def length(text: str) -> int:
    """How many characters of Java a text has: units of UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@LIBRARY.scalar(
    "format(format: printf, field: fields, timezone: text = none, as: text = _format) -> text",
    nulls=Nulls.TOTAL,
    doc="format",
    assumes=(MISSING_PRINTS_NULL.name,),
    examples="""
        format("%s/%s", field=[a, b]) of a=x b=y => x/y   [docs]
        format("%.2f", field=a) of a=3.14159 => 3.14   [docs]
        format("%,d", field=a) of a=3886817 => 3,886,817   [docs]
        format("0x%X", field=a) of a=255 => 0xFF   [docs]
    """,
)
def format_values(pattern: Printf, values: tuple[str | None, ...], timezone: str | None) -> str:
    """The values printed as a pattern says."""
    del timezone
    lacking = pattern.fields - len(values)
    return pattern.render((*values, *[None] * lacking) if lacking > 0 else values)


@LIBRARY.scalar(
    "replace(regex: regex, with: text = none, replacement: text = none, field: field = @rawstring,"
    " flags: text = none, as: text = same) -> text",
    nulls=Nulls.TOTAL,
    doc="replace",
    examples=r"""
        replace("(\\d+)\\..*", with="$1", field=a) of a=12.5 => 12   [docs]
        replace("^(.{3}).*", with="$1", field=a) of a=abcdef => abc   [docs]
        replace("b", field=a) of a=abc => ac   [docs]
        replace("B", with="x", field=a, flags="i") of a=abc => axc   [docs]
    """,
)
def replace(
    pattern: patterns.Pattern, with_: str | None, replacement: str | None, text: str | None, flags: str | None
) -> str | None:
    """The text with each match replaced; `$1` in the replacement is the first group."""
    del flags
    if text is None:
        return None
    return pattern.replace_all(text, with_ if with_ is not None else replacement or "")


@LIBRARY.filter(
    "text:startsWith(string: expression, substring: expression) -> bool",
    doc="text-startswith",
    examples='text:startsWith(string=a, substring="ab") of a=abc => true   [docs]',
)
def starts_with(text: Value, part: Value) -> bool:
    """True when one text begins with another."""
    return text is not None and part is not None and (show(text) or "").startswith(show(part) or "")


@LIBRARY.filter(
    "text:endsWith(string: expression, substring: expression) -> bool",
    doc="text-endswith",
    examples='text:endsWith(string=a, substring="bc") of a=abc => true   [docs]',
)
def ends_with(text: Value, part: Value) -> bool:
    """True when one text ends with another."""
    return text is not None and part is not None and (show(text) or "").endswith(show(part) or "")
