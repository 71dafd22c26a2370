"""Functions of URLs: percent-encoding and the parts of an address."""

from __future__ import annotations

import re

from emulator.functions import Library
from emulator.kql.library.naming import scalar
from emulator.regular import regular

LIBRARY = Library("kql", "urls")
_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()")
_ESCAPES = re.compile(rb"%([0-9A-Fa-f]{2})")
_URL = regular(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?:(?P<user>[^/?#@:]*)(?::(?P<password>[^/?#@]*))?@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::(?P<port>\d*))?)?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#(?P<fragment>.*))?",
    re.DOTALL,
)


def _escaped(url: str, space: str) -> str:
    return "".join(
        space if byte == 0x20 else chr(byte) if byte in _KEPT else f"%{byte:02x}"
        for byte in url.encode("utf-8", "replace")
    )


@LIBRARY.scalar(
    "url_encode(url: string) -> string",
    doc="url-encode-function",
    examples="""
    url_encode("https://www.bing.com/hello world") => "https%3a%2f%2fwww.bing.com%2fhello+world"   [recorded]
    url_encode("é~") => "%c3%a9%7e"   [reasoned]
    """,
)
def url_encode(url: str) -> str:
    """The text with all but letters, digits and `-_.!*()` percent-encoded; spaces become `+`."""
    return _escaped(url, "+")


@LIBRARY.scalar(
    "url_encode_component(url: string) -> string",
    doc="url-encode-component-function",
    examples='url_encode_component("bing.com/hello world/") => "bing.com%2fhello%20world%2f"   [reasoned]',
)
def url_encode_component(url: str) -> str:
    """The same; spaces become `%20`."""
    return _escaped(url, "%20")


@LIBRARY.scalar(
    "url_decode(url: string) -> string",
    doc="url-decode-function",
    examples="""
    url_decode("https%3a%2f%2fwww.bing.com%2f") => "https://www.bing.com/"   [docs]
    url_decode("a+b%20c%zz%C3%A9") => "a b c%zzé"   [reasoned]
    """,
)
def url_decode(url: str) -> str:
    """The text with `%hh` and `+` decoded."""
    data = url.replace("+", " ").encode("utf-8", "replace")
    return _ESCAPES.sub(lambda match: bytes([int(match[1], 16)]), data).decode("utf-8", "replace")


def _parameters(query: str) -> dict[str, object]:
    """The keys and values of a query, as they are written; the last value of a key counts."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {key: value for key, _, value in pairs}


@scalar(
    LIBRARY,
    "parse_url parseurl",
    "(url: string) -> dynamic",
    doc="parse-url-function",
    examples="""
    parse_url("scheme://u:p@host:1234/a/path?k1=v1&k2=v2#f") => dynamic({"Scheme": "scheme", "Host": "host", \
"Port": "1234", "Path": "/a/path", "Username": "u", "Password": "p", "Query Parameters": {"k1": "v1", "k2": "v2"}, \
"Fragment": "f"})   [recorded]
    parse_url("https://bing.com").Host => dynamic("bing.com")   [docs]
    parse_url("http://[::1]:80/x").Host => dynamic("[::1]")   [reasoned]
    parse_url("bing.com/x").Path => dynamic("bing.com/x")   [reasoned]
    """,
)
def parse_url(url: str) -> dict[str, object]:
    """The parts of an absolute URL; what has no scheme is a path."""
    match = _URL.fullmatch(url)
    part = match.groupdict(default="") if match is not None else {}
    return {
        "Scheme": part.get("scheme", ""),
        "Host": part.get("host", ""),
        "Port": part.get("port", ""),
        "Path": part.get("path", url),
        "Username": part.get("user", ""),
        "Password": part.get("password", ""),
        "Query Parameters": _parameters(part.get("query", "")),
        "Fragment": part.get("fragment", ""),
    }


@scalar(
    LIBRARY,
    "parse_urlquery parseurlquery",
    "(query: string) -> dynamic",
    doc="parse-url-query-function",
    examples="""
    parse_urlquery("k1=v1&k2=v2") => dynamic({"Query Parameters": {"k1": "v1", "k2": "v2"}})   [docs]
    parse_urlquery("") => dynamic({"Query Parameters": {}})   [reasoned]
    """,
)
def parse_urlquery(query: str) -> dict[str, object]:
    """The keys and values of the query of a URL."""
    return {"Query Parameters": _parameters(query.removeprefix("?"))}
