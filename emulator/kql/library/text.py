"""Functions of text: joining, cutting, changing case, replacing characters.

Positions count Unicode code points. `strrep` gives at most 1 Mi characters; other texts that get too long are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.functions import Library, Nulls
from emulator.kql.library.naming import scalar
from emulator.kql.library.printing import dynamic_text
from emulator.kql.library.sizes_allowed import MOST_CHARACTERS, MOST_PARTS, fitting, too_large

LIBRARY = Library("kql", "text")
_LONGEST_REPEATED = 1 << 20
_MOST_COPIES = 1024
_LAST_CODE_POINT = 0x10FFFF


@LIBRARY.scalar(
    "strcat(first: text, ...more: text) -> string",
    sql="concat({first}, {more})",
    doc="strcat-function",
    examples="""
    strcat("hello", " ", "world") => "hello world"   [docs]
    strcat("a", 1, true, int(null)) => "a1True"   [reasoned]
    """,
)
def strcat(*parts: str) -> str:
    """The texts of all values, one after the other."""
    return fitting("".join(parts))


@LIBRARY.scalar(
    "strcat_delim(delimiter: text, first: text, second: text, ...more: text) -> string",
    sql="concat_ws({delimiter}, {first}, {second}, {more})",
    doc="strcat-delim-function",
    examples="strcat_delim('-', 1, '2', 'A', 1s) => '1-2-A-00:00:01'   [docs]",
)
def strcat_delim(delimiter: str, *parts: str) -> str:
    """The texts of all values with the delimiter between them."""
    return fitting(delimiter.join(parts))


@scalar(
    LIBRARY,
    "strcat_array array_strcat",
    "(array: array, delimiter: text) -> string",
    doc="strcat-array-function",
    examples="""
    strcat_array(dynamic([1, 2, 3]), "->") => "1->2->3"   [docs]
    strcat_array(dynamic({"a": 1}), ",") => ""   [reasoned]
    """,
)
def strcat_array(array: object, delimiter: str) -> str:
    """The texts of an array's items with the delimiter between them."""
    return fitting(delimiter.join(map(dynamic_text, array))) if isinstance(array, list) else ""


@LIBRARY.scalar(
    "strcmp(left: text, right: text) -> long",
    doc="strcmp-function",
    examples="""
    strcmp("ABC", "ABC") => 0   [docs]
    strcmp("ABC", "abc") => -1   [docs]
    strcmp("abcde", "abc") => 1   [docs]
    """,
)
def strcmp(left: str, right: str) -> int:
    """-1, 0 or 1 as the first text comes before, is equal to or comes after the second by code points."""
    return (left > right) - (left < right)


def _repeated(value: str, count: int, delimiter: str) -> str:
    copies = max(0, min(count, _MOST_COPIES))
    step = max(1, len(value) + len(delimiter))
    return delimiter.join([value] * min(copies, _LONGEST_REPEATED // step + 1))[:_LONGEST_REPEATED]


@LIBRARY.scalar(
    'strrep(value: text, multiplier: long, delimiter: text = "") -> string',
    doc="strrep-function",
    examples="""
    strrep("ABC", 2) => "ABCABC"   [docs]
    strrep(123, 3, ".") => "123.123.123"   [docs]
    strrep(3s, 2, " ") => "00:00:03 00:00:03"   [docs]
    strlen(strrep("a", 5000)) => 1024   [docs]
    """,
)
def strrep(value: str, multiplier: int, delimiter: str) -> str:
    """The text several times, at most 1,024 times."""
    return _repeated(value, multiplier, delimiter)


@LIBRARY.scalar(
    "strlen(string: string) -> long",
    sql="length({string})",
    doc="strlen-function",
    examples='strlen("hello") => 5   [docs]',
)
def strlen(string: str) -> int:
    """The number of code points."""
    return len(string)


@LIBRARY.scalar(
    "string_size(string: string) -> long",
    sql="strlen({string})",
    doc="string-size-function",
    examples="""
    string_size("hello") => 5   [docs]
    string_size("⒦⒰⒮⒯⒪") => 15   [docs]
    """,
)
def string_size(string: str) -> int:
    """The number of bytes in UTF-8."""
    return len(string) if string.isascii() else len(string.encode("utf-8", "replace"))


def lower(text: str) -> str:
    """The text in lower case, letter by letter: its length stays."""
    return text.lower() if text.isascii() else "".join(map(_lower_letter, text))


def _lower_letter(letter: str) -> str:
    changed = letter.lower()
    return changed if len(changed) == 1 else letter


def _upper_letter(letter: str) -> str:
    changed = letter.upper()
    return changed if len(changed) == 1 else letter


@LIBRARY.scalar(
    "tolower(value: text) -> string",
    sql="CASE WHEN strlen({value}) = length({value}) THEN lower({value}) ELSE meaning() END",
    doc="tolower-function",
    examples="""
    tolower("Hello") => "hello"   [docs]
    tolower("ÉÀ") => "éà"   [reasoned]
    """,
)
def to_lower(value: str) -> str:
    """The text in lower case."""
    return lower(value)


@LIBRARY.scalar(
    "toupper(value: text) -> string",
    sql="CASE WHEN strlen({value}) = length({value}) THEN upper({value}) ELSE meaning() END",
    doc="toupper-function",
    examples="""
    toupper("hello") => "HELLO"   [docs]
    toupper("straße") => "STRAßE"   [reasoned]
    """,
)
def to_upper(value: str) -> str:
    """The text in upper case."""
    return value.upper() if value.isascii() else "".join(map(_upper_letter, value))


@LIBRARY.scalar(
    "substring(string: text, start: integer, length: integer = null) -> string",
    sql="CASE WHEN {start} BETWEEN 0 AND 1000000 AND coalesce({length}, 0) BETWEEN 0 AND 1000000"
    " THEN substring({string}, {start} + 1, coalesce({length}, 1000000000)) ELSE meaning() END",
    doc="substring-function",
    examples="""
    substring("123456", 1) => "23456"   [docs]
    substring("123456", 2, 2) => "34"   [docs]
    substring("ABCD", 0, 2) => "AB"   [docs]
    substring("123456", -2, 2) => "56"   [docs]
    substring("abc", 5) => ""   [reasoned]
    substring("abc", 0, -1) => ""   [reasoned]
    """,
)
def substring(string: str, start: int, length: int | None = None) -> str:
    """What stands from a position on; a negative one counts from the end."""
    if start < 0:
        start = max(0, len(string) + start)
    return string[start:] if length is None else string[start : start + max(0, length)]


@LIBRARY.scalar(
    "split(source: text, delimiter: string, requested: integer = null) -> dynamic",
    doc="split-function",
    examples="""
    split("aa_bb", "_") => dynamic(["aa", "bb"])   [docs]
    split("aaa_bbb_ccc", "_", 1) => dynamic(["bbb"])   [docs]
    split("", "_") => dynamic([""])   [docs]
    split("a__b", "_") => dynamic(["a", "", "b"])   [docs]
    split("a_b", "_", 7) => dynamic(null)   [reasoned]
    split("abc", "") => dynamic(["abc"])   [reasoned]
    """,
)
def split(source: str, delimiter: str, requested: int | None = None) -> list[str] | None:
    """The parts between delimiters, or an array of the one asked for; null when there is none of that number."""
    parts = source.split(delimiter) if delimiter else [source]
    if requested is None:
        return parts
    return [parts[requested]] if 0 <= requested < len(parts) else None


@LIBRARY.scalar(
    "reverse(value: text) -> string",
    doc="reverse-function",
    examples="""
    reverse("ABC") => "CBA"   [docs]
    reverse(123.45) => "54.321"   [recorded]
    reverse(3h) => "00:00:30"   [recorded]
    """,
)
def reverse(value: str) -> str:
    """The text from its last character to its first."""
    return value[::-1]


@LIBRARY.scalar(
    "replace_string(source: string, lookup: string, rewrite: string) -> string",
    sql="CASE WHEN {lookup} = '' THEN {source} WHEN strlen({source}) * (strlen({rewrite}) + 1) > 65536"
    " THEN meaning() ELSE replace({source}, {lookup}, {rewrite}) END",
    doc="replace-string-function",
    examples="""
    replace_string("a cat", "cat", "hamster") => "a hamster"   [docs]
    replace_string("aaa", "aa", "b") => "ba"   [docs]
    replace_string("abc", "", "x") => "abc"   [reasoned]
    """,
)
def replace_string(source: str, lookup: str, rewrite: str) -> str:
    """The text with every occurrence of another replaced."""
    if not lookup:
        return source
    if len(source) * len(rewrite) > MOST_CHARACTERS and source.count(lookup) * len(rewrite) > MOST_CHARACTERS:
        raise too_large("a text")
    return source.replace(lookup, rewrite)


@LIBRARY.scalar(
    "replace_strings(source: string, lookups: array, rewrites: array) -> string",
    doc="replace-strings-function",
    examples="""
    replace_strings("a cat", dynamic(["cat", "a"]), dynamic(["dog", "the"])) => "the dog"   [docs]
    replace_strings("This is", dynamic(["This", "is"]), dynamic([12345, "was"])) => "This was"   [recorded]
    replace_strings("This is", dynamic(["is", "This"]), dynamic(["was", "This"])) => "Thwas was"   [recorded]
    """,
)
def replace_strings(source: str, lookups: object, rewrites: object) -> str:
    """The text with occurrences of several others replaced, one lookup after the other; what was replaced is settled.

    A rewrite that is no text leaves its occurrence as it is.
    """
    if not isinstance(lookups, list) or not isinstance(rewrites, list):
        return source
    pairs = [
        (lookup, rewrite if isinstance(rewrite, str) else lookup)
        for lookup, rewrite in zip(lookups, rewrites, strict=False)
        if isinstance(lookup, str) and lookup
    ]
    pieces = [(source, False)]
    for lookup, rewrite in pairs:
        pieces = [part for text, settled in pieces for part in _replaced(text, settled, lookup, rewrite)]
        if len(pieces) > MOST_PARTS or sum(len(text) for text, _ in pieces) > MOST_CHARACTERS:
            raise too_large("a text")
    return "".join(text for text, _ in pieces)


def _replaced(text: str, settled: bool, lookup: str, rewrite: str) -> Iterator[tuple[str, bool]]:
    """A text cut at the occurrences of a lookup; what was written for them is settled and not searched again."""
    if settled or lookup not in text:
        yield text, settled
        return
    first, *others = text.split(lookup)
    yield first, False
    for part in others:
        yield rewrite, True
        yield part, False


@LIBRARY.scalar(
    "translate(searched: string, replacements: string, source: string) -> string",
    doc="translate-function",
    examples="""
    translate("abc", "x", "abc") => "xxx"   [docs]
    translate("abc", "", "ab") => ""   [docs]
    translate("krasp", "otsku", "spark") => "kusto"   [docs]
    """,
)
def translate(searched: str, replacements: str, source: str) -> str:
    """The text with characters replaced by those at the same place of the second list.

    A list of replacements that is too short repeats its last one; an empty list removes.
    """
    table: dict[int, str | None] = {}
    for position, character in enumerate(searched):
        rewrite = replacements[min(position, len(replacements) - 1)] if replacements else None
        table.setdefault(ord(character), rewrite)
    return source.translate(table)


@scalar(
    LIBRARY,
    "unicode_codepoints_from_string to_utf8",
    "(value: text) -> dynamic",
    doc="unicode-codepoints-from-string-function",
    examples='unicode_codepoints_from_string("Kü") => dynamic([75, 252])   [docs]',
)
def code_points(value: str) -> list[int]:
    """The code points of a text."""
    return [ord(character) for character in value]


def _flat(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


@scalar(
    LIBRARY,
    "unicode_codepoints_to_string make_string",
    "(first: integer|dynamic, ...more: integer|dynamic) -> string",
    doc="unicode-codepoints-to-string-function",
    examples="""
    unicode_codepoints_to_string(75, 117, 115, 116, 111) => "Kusto"   [docs]
    unicode_codepoints_to_string(dynamic([75, 117, 115]), 116, 111) => "Kusto"   [docs]
    unicode_codepoints_to_string(-1) => ""   [docs]
    """,
)
def text_of_code_points(*values: object) -> str:
    """The text of some code points; empty when one of them is none."""
    numbers = list(_flat(values))
    if not all(_is_character(number) for number in numbers):
        return ""
    return "".join(chr(number) for number in numbers if isinstance(number, int))


def _is_character(number: object) -> bool:
    if not isinstance(number, int) or isinstance(number, bool):
        return False
    return 0 <= number <= _LAST_CODE_POINT and not 0xD800 <= number <= 0xDFFF


@scalar(
    LIBRARY,
    "isnotempty notempty",
    "(value: scalar) -> bool",
    nulls=Nulls.TOTAL,
    doc="isnotempty-function",
    examples="""
    isnotempty("x") => true   [docs]
    isnotempty(int(null)) => false   [docs]
    """,
)
def is_not_empty(value: object) -> bool:
    """True for everything but null and the empty text."""
    return value is not None and value != ""


@LIBRARY.scalar(
    "isempty(value: scalar) -> bool",
    nulls=Nulls.TOTAL,
    doc="isempty-function",
    examples="""
    isempty("") => true   [docs]
    isempty("x") => false   [docs]
    isempty(parse_json("")) => true   [docs]
    isempty(parse_json("[]")) => false   [docs]
    """,
)
def is_empty(value: object) -> bool:
    """True for null and the empty text."""
    return value is None or value == ""


@LIBRARY.scalar(
    "isascii(value: text) -> bool",
    sql="strlen({value}) = length({value})",
    doc="isascii",
    examples="""
    isascii("some string") => true   [docs]
    isascii("é") => false   [docs]
    """,
)
def is_ascii(value: str) -> bool:
    """True when all characters are ASCII."""
    return value.isascii()


@LIBRARY.scalar(
    "isutf8(value: text) -> bool",
    doc="isutf8-function",
    examples='isutf8("some string") => true   [docs]',
)
def is_utf8(value: str) -> bool:
    """True when the text is well-formed: no half of a character stands alone."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
