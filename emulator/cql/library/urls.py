"""Functions that take URLs apart, into parts as they are written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.steps import Extract
from emulator.regular import regular
from emulator.types import ScalarType

LIBRARY = Library("cql", "urls")

RAW_PARTS = assumption(
    "parseurl-raw", "cql", "`parseUrl()` gives the parts of a URL as written, with their `%` escapes and their case"
)
URI_PARTS = assumption(
    "parseuri-parts",
    "cql",
    "`parseUri()` names the host `.hostname`, as its table and sample output do (other examples show `host`), and "
    "gives scheme and path of a text such as `a:b`, as one example shows (a sentence says that it is left alone)",
)
_URI = regular(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:\#(?P<fragment>.*))?",
    re.DOTALL,
)
_AUTHORITY = regular(
    r"(?:(?P<username>[^:@]*)(?::(?P<password>[^@]*))?@)?(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d*))?", re.DOTALL
)
_ESCAPE = r"%[0-9A-Fa-f]{2}"
_LEGAL = regular(rf"(?:[A-Za-z0-9_\-!.~'()*;/?:@&=+$,\[\]#\u00a1-\U0010ffff]|{_ESCAPE})*")
"""What java.net.URI takes: unreserved and reserved characters, escapes, and letters beyond ASCII."""
_HOST = regular(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?")
_SCHEME = regular(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")


def _is_host(text: str) -> bool:
    """True for what java.net.URI takes for a host: a name without underscores, or an address."""
    if text[:1] == "[":
        text = text[1:-1].partition("%")[0]
    elif _HOST.fullmatch(text):
        return True
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


@LIBRARY.assign(
    "parseUrl(field: field = url, as: text = none, names: names = field) -> fields",
    doc="parseurl",
    assumes=("parseurl-raw",),
)
def parse_url(text: str | None, name: str | None, field: str) -> Mapping[str, str] | None:
    """The parts of a URL as fields below a name: that of the field, unless another is given."""
    match = None if text is None or not _LEGAL.fullmatch(text) else _URI.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    if found["scheme"] and found["authority"] is None and not found["path"].startswith("/"):
        found |= {"path": None, "query": None}  # java.net.URI does not look into what is no hierarchy
    inner = _AUTHORITY.fullmatch(found["authority"] or "")
    if inner is not None and _is_host(inner["host"]):
        found |= inner.groupdict()
    elif set("[]") & set(found["authority"] or ""):
        return None
    order = ("scheme", "username", "password", "host", "port", "path", "fragment", "query")
    return {f"{name or field}.{part}": value for part in order if (value := found.get(part))}


@LIBRARY.table("parseUri(field: field, defaultBase: text = '', prefix: text = none) -> events", doc="parseuri")
def lower_parse_uri(flow: Flow, arguments: Arguments) -> None:
    """The parts of a URI, or of a text that becomes one behind a base, as fields below a name."""
    span = arguments.call.span
    base, prefix = arguments["defaultBase"], arguments["prefix"]
    if base and not _SCHEME.fullmatch(base):
        message = f"`{base}` is no base of URIs"
        help = "write `//`, or a scheme with slashes such as `http://`"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("defaultBase"), help)
        return
    if prefix == "":
        help = "name the fields' prefix, or leave it out"
        flow.context.error(WRONG_ARGUMENT, "`prefix` is empty", arguments.span("prefix"), help)
        return
    flow.context.rest_on(URI_PARTS)
    given = (Const(base, ScalarType.VALUE, span), Const(prefix or arguments["field"], ScalarType.VALUE, span))
    field = Field(arguments["field"], ScalarType.TEXT, span)
    flow.add(Extract(operator("uri"), (field, *given), (), False, span))  # noqa: FBT003 - keeps the others


@LIBRARY.assign("operator:uri(value: field, base: any, prefix: any) -> fields")
def uri(text: str | None, base: str, prefix: str) -> Mapping[str, str] | None:
    """The parts that are there; a path may be empty."""
    match = None if text is None else _URI.fullmatch(text)
    if text is None or match is None:
        return None
    if match["authority"] is None and base:
        match = _URI.fullmatch(base + text)
    if match is None or (match["authority"] is None and match["scheme"] is None):
        return None
    inner = _AUTHORITY.fullmatch(match["authority"] or "")
    if inner is None:
        return None
    parts = {
        "scheme": match["scheme"] or base.partition(":")[0].strip("/") or None,
        "username": inner["username"],
        "password": inner["password"],
        "hostname": inner["host"] or None,
        "port": inner["port"] or None,
        "path": match["path"],
        "query": match["query"],
        "fragment": match["fragment"],
    }
    return {f"{prefix}.{name}": value for name, value in parts.items() if value is not None}
