"""Functions that encode, decode, hash and measure texts."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter

from emulator.assumptions import assumption
from emulator.functions import Library, Nulls
from emulator.regular import regular

LIBRARY = Library("cql", "encodings")

LENIENT_BASE64 = assumption(
    "base64-lenient",
    "cql",
    "`base64Decode()` takes texts whose padding is missing, and those in the alphabet for URLs: the documentation says "
    "only that other characters are ignored",
)
SHANNON = assumption(
    "shannon-entropy-characters", "cql", "`shannonEntropy()` counts characters, and gives bits for each character"
)
_CHARSETS = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-16": "utf-16"}
_CHARSETS |= {"us-ascii": "ascii", "iso-8859-1": "latin-1"}
_NOT_BASE64 = regular(r"[^A-Za-z0-9+/]")


@LIBRARY.scalar(
    "base64Decode(field: field, charset: choice[UTF-8|UTF-16LE|UTF-16BE|ISO-8859-1] = UTF-8,"
    " as: text = _base64Decode) -> text",
    assumes=(LENIENT_BASE64.name,),
    nulls=Nulls.TOTAL,
    doc="base64decode",
    examples="""
        base64Decode(a) of a="SGVsbG8=" => Hello   [docs]
        base64Decode(a, charset="UTF-16LE") of a="aQBlAHgA" => iex   [docs]
        base64Decode(a) of a=SGVsb => null   [docs]
        base64Decode(a) of => null   [reasoned]
    """,
)
def base64_decode(text: str | None, charset: str) -> str | None:
    """The text that a base64 text holds."""
    if text is None:
        return None
    kept = _NOT_BASE64.sub("", text.replace("-", "+").replace("_", "/"))
    if len(kept) % 4 == 1:
        return None
    return base64.b64decode(kept + "=" * (-len(kept) % 4)).decode(_CHARSETS[charset.lower()], errors="replace")


@LIBRARY.scalar(
    "base64Encode(field: field, as: text = _base64Encode) -> text",
    doc="base64encode",
    examples='base64Encode(a) of a=Hello => "SGVsbG8="   [docs]',
)
def base64_encode(text: str) -> str:
    """The text in base64."""
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


@LIBRARY.scalar(
    "urlDecode(field: field = @rawstring, as: text = same) -> text",
    doc="urldecode",
    examples='urlDecode(a) of a="a%20b+c%2Fd" => "a b c/d"   [docs]',
)
def url_decode(text: str) -> str:
    """The text with its `%` escapes resolved, and `+` as a space."""
    from urllib.parse import unquote_to_bytes  # only queries that need it pay for it

    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", errors="replace")


@LIBRARY.scalar(
    "urlEncode(field: field = @rawstring, as: text = same) -> text",
    doc="urlencode",
    examples='urlEncode(a) of a="a b/c" => "a+b%2Fc"   [docs]',
)
def url_encode(text: str) -> str:
    """The text with `%` escapes, and spaces as `+`."""
    from urllib.parse import quote_plus  # as above

    return quote_plus(text, safe="*-._", errors="replace").replace("~", "%7E")


def _digest(name: str, example: str) -> None:
    @LIBRARY.scalar(
        f"crypto:{name}(field: fields, as: text = _{name}) -> text",
        nulls=Nulls.TOTAL,
        doc=f"crypto-{name}",
        examples=example,
    )
    def digest(values: tuple[str | None, ...]) -> str | None:
        """The digest of the fields' values one after the other, in hexadecimal digits."""
        if all(value is None for value in values):
            return None
        import hashlib  # as above

        joined = "".join(value for value in values if value is not None)
        return hashlib.new(name, joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


_digest("md5", "crypto:md5(a) of a=hello => 5d41402abc4b2a76b9719d911017c592   [docs]")
_digest("sha1", "crypto:sha1(a) of a=hello => aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d   [docs]")
_digest(
    "sha256",
    "crypto:sha256([a]) of a=hello => 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824   [docs]",
)


@LIBRARY.scalar(
    "shannonEntropy(field: field, as: text = _shannonentropy) -> number",
    assumes=(SHANNON.name,),
    doc="shannonentropy",
    examples="""
        shannonEntropy(a) of a=aabb => 1   [docs]
        shannonEntropy(a) of a=aaaa => 0   [docs]
    """,
)
def shannon_entropy(text: str) -> float | int:
    """How many bits a character of the text carries."""
    total = len(text)
    value = -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0
    return int(value) if float(value).is_integer() else value


@LIBRARY.scalar(
    "parseHexString(field: field, as: text = same, charset: choice[UTF-8|UTF-16LE|UTF-16BE|UTF-16|US-ASCII|ISO-8859-1]"
    " = ISO-8859-1) -> text",
    nulls=Nulls.TOTAL,
    doc="parsehexstring",
    examples="parseHexString(a) of a=48656c6c6f => Hello   [docs]",
)
def parse_hex_string(text: str | None, charset: str) -> str | None:
    """The text whose bytes are written in hexadecimal digits; pairs that are none are left out."""
    if text is None:
        return None
    digits = re.sub(r"[^0-9a-fA-F]", "", text.removeprefix("0x"))
    return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode(_CHARSETS[charset.lower()], errors="replace")


@LIBRARY.scalar(
    "stripAnsiCodes(field: field = @rawstring, as: text = same) -> text",
    doc="stripansicodes",
)
def strip_ansi_codes(text: str) -> str:
    """The text without the escape sequences that colour it."""
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text)
