"""Functions of encoded texts: base64, compressed data, punycode. What can't be decoded is empty or null.

The product's compressor is not documented, so the functions that compress are gaps; those that decompress give at most
16 MiB.
"""

from __future__ import annotations

import binascii

from emulator.functions import Library
from emulator.kql.library.naming import scalar
from emulator.regular import regular

LIBRARY = Library("kql", "encoding")
_MOST_BYTES = 1 << 24
_GZIP_HEADER = b"\x1f\x8b\x08\x00"
_GZIP_WINDOW, _ZLIB_WINDOW = 31, 15
_GUID_BYTES = 16
_DOTS = regular("[.\u3002\uff0e\uff61]")


def _decoded(text: str) -> bytes | None:
    """The bytes of a base64 text, padding included; None for any other text."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True) if text else b""
    except (ValueError, UnicodeEncodeError):
        return None


def guid_bytes(value: str) -> bytes:
    """The 16 bytes of a guid, the first three groups from their last byte to their first."""
    data = bytes.fromhex(value.replace("-", ""))
    return data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:]


def _encoded(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _as_text(data: bytes | None) -> str:
    try:
        return data.decode() if data is not None else ""
    except UnicodeDecodeError:
        return ""


@scalar(
    LIBRARY,
    "base64_decode_tostring base64_decodestring",
    "(text: string) -> string",
    doc="base64-decode-tostring-function",
    examples="""
    base64_decode_tostring("S3VzdG8=") => "Kusto"   [docs]
    base64_decode_tostring("U3RyaW5n0KHR0tGA0L7Rh9C60LA=") => ""   [docs]
    base64_decode_tostring("not base64") => ""   [reasoned]
    base64_decode_tostring("ÄÖÜß") => ""   [reasoned]
    """,
)
def base64_decode_tostring(text: str) -> str:
    """The UTF-8 text in a base64 text."""
    return _as_text(_decoded(text))


@LIBRARY.scalar(
    "base64_decode_toarray(text: string) -> dynamic",
    doc="base64-decode-toarray-function",
    examples="""
    base64_decode_toarray("S3VzdG8=") => dynamic([75, 117, 115, 116, 111])   [docs]
    base64_decode_toarray("x") => dynamic(null)   [reasoned]
    """,
)
def base64_decode_toarray(text: str) -> list[int] | None:
    """The bytes in a base64 text."""
    data = _decoded(text)
    return None if data is None else list(data)


@LIBRARY.scalar(
    "base64_decode_toguid(text: string) -> guid",
    doc="base64-decode-toguid-function",
    examples="""
    base64_decode_toguid("JpbpECu8dUy7Pv5gbeJXAA==") => guid(10e99626-bc2b-4c75-bb3e-fe606de25700)   [recorded]
    base64_decode_toguid("abcd1231") => guid(null)   [docs]
    """,
)
def base64_decode_toguid(text: str) -> str | None:
    """The guid whose 16 bytes a base64 text holds."""
    data = _decoded(text)
    if data is None or len(data) != _GUID_BYTES:
        return None
    digits = (data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:]).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@scalar(
    LIBRARY,
    "base64_encode_tostring base64_encodestring",
    "(text: string) -> string",
    doc="base64-encode-tostring-function",
    examples='base64_encode_tostring("Kusto") => "S3VzdG8="   [docs]',
)
def base64_encode_tostring(text: str) -> str:
    """The base64 of a text in UTF-8."""
    return _encoded(text.encode("utf-8", "replace"))


@LIBRARY.scalar(
    "base64_encode_fromarray(bytes: array) -> string",
    doc="base64-encode-fromarray-function",
    examples="""
    base64_encode_fromarray(dynamic([75, 117, 115, 116, 111])) => "S3VzdG8="   [docs]
    base64_encode_fromarray(dynamic([1, "a"])) => ""   [reasoned]
    base64_encode_fromarray(dynamic([256])) => ""   [reasoned]
    base64_encode_fromarray(dynamic({})) => ""   [reasoned]
    """,
)
def base64_encode_fromarray(array: object) -> str:
    """The base64 of an array of bytes."""
    if not isinstance(array, list) or not all(type(item) is int and 0 <= item <= 255 for item in array):
        return ""
    return _encoded(bytes(array))


@LIBRARY.scalar(
    "base64_encode_fromguid(value: guid) -> string",
    doc="base64-encode-fromguid-function",
    examples="""
    base64_encode_fromguid(guid(ae3133f2-6e22-49ae-b06a-16e6a9b212eb)) => "8jMxriJurkmwahbmqbIS6w=="   [recorded]
    """,
)
def base64_encode_fromguid(value: str) -> str:
    """The base64 of a guid's 16 bytes."""
    return _encoded(guid_bytes(value))


def _decompressed(data: bytes | None, window: int) -> str:
    import zlib

    if data is None:
        return ""
    stream = zlib.decompressobj(window)
    try:
        unpacked = stream.decompress(data, _MOST_BYTES)
    except zlib.error:
        return ""
    return _as_text(unpacked) if stream.eof else ""


@LIBRARY.scalar(
    "zlib_decompress_from_base64_string(text: string) -> string",
    doc="zlib-base64-decompress-function",
    examples="""
    zlib_decompress_from_base64_string("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=") => "Test string 123"   [recorded]
    zlib_decompress_from_base64_string("x0x0x0") => ""   [recorded]
    zlib_decompress_from_base64_string("S3VzdG8=") => ""   [reasoned]
    """,
)
def zlib_decompress(text: str) -> str:
    """The text that was compressed with zlib and encoded as base64."""
    return _decompressed(_decoded(text), _ZLIB_WINDOW)


@LIBRARY.scalar(
    "gzip_decompress_from_base64_string(text: string) -> string",
    doc="gzip-base64-decompress",
    examples="""
    gzip_decompress_from_base64_string("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==") => \
"1234567890qwertyuiop"   [docs]
    gzip_decompress_from_base64_string("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=") => ""   [docs]
    """,
)
def gzip_decompress(text: str) -> str:
    """The text that was compressed with gzip and encoded as base64; optional header fields are not taken."""
    data = _decoded(text)
    return _decompressed(data if data is not None and data.startswith(_GZIP_HEADER) else None, _GZIP_WINDOW)


def _from_punycode(text: str) -> str:
    try:
        return text.encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def _to_punycode(text: str) -> str:
    return text.encode("punycode").decode()


@LIBRARY.scalar(
    "punycode_from_string(text: string) -> string",
    doc="punycode-from-string-function",
    examples='punycode_from_string("académie-française") => "acadmie-franaise-npb1a"   [recorded]',
)
def punycode_from_string(text: str) -> str:
    """The punycode of a text."""
    return _to_punycode(text)


@LIBRARY.scalar(
    "punycode_to_string(text: string) -> string",
    doc="punycode-to-string-function",
    examples="""
    punycode_to_string("acadmie-franaise-npb1a") => "académie-française"   [recorded]
    punycode_to_string("é") => ""   [docs]
    """,
)
def punycode_to_string(text: str) -> str:
    """The text that punycode stands for."""
    return _from_punycode(text)


@LIBRARY.scalar(
    "punycode_domain_from_string(domain: string) -> string",
    doc="punycode-domain-from-string-function",
    examples="""
    punycode_domain_from_string("xn--Ge-mia.Bulg.edu") => "Gáe.Bulg.edu"   [docs]
    punycode_domain_from_string("xn--é.com") => ""   [docs]
    """,
)
def punycode_domain_from_string(domain: str) -> str:
    """The domain name with its labels in letters."""
    labels = [(label, label[:4].lower() == "xn--") for label in _DOTS.split(domain)]
    read = [_from_punycode(label[4:]) if is_encoded else label for label, is_encoded in labels]
    broken = any(is_encoded and not text for (_, is_encoded), text in zip(labels, read, strict=True))
    return "" if broken else ".".join(read)


@LIBRARY.scalar(
    "punycode_domain_to_string(domain: string) -> string",
    doc="punycode-domain-to-string-function",
    examples="""
    punycode_domain_to_string("艺术.com") => "xn--cqv902d.com"   [docs]
    punycode_domain_to_string("Riðill｡Skáldskaparmál｡org") => "xn--Riill-jta.xn--Skldskaparml-dbbj.org"   [docs]
    """,
)
def punycode_domain_to_string(domain: str) -> str:
    """The domain name with the labels outside ASCII encoded."""
    labels = _DOTS.split(domain)
    return ".".join(label if label.isascii() else f"xn--{_to_punycode(label)}" for label in labels)
