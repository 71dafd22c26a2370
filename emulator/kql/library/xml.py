"""`parse_xml`: XML as a dynamic value. Elements, attributes and text alone count, as the product documents."""

from __future__ import annotations

from emulator.functions import Library

LIBRARY = Library("kql", "xml")
_MOST_BYTES = 1 << 20
_DEEPEST = 200


class _RefusedError(Exception):
    """XML that is not read: with a document type, or too deep."""


class _Element:
    """An element while it is read: its attributes and children by name, and its texts."""

    __slots__ = ("in_cdata", "members", "texts")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.members: dict[str, list[object]] = {f"@{name}": [value] for name, value in attributes.items()}
        self.texts: list[str] = [""]
        self.in_cdata = False

    def value(self) -> object:
        """Null, a text, or a bag; several members of one name are an array."""
        texts: list[object] = [text.strip() for text in self.texts if text.strip()]
        if not self.members:
            return texts[0] if len(texts) == 1 else texts or None
        everything = {**self.members, **({"#text": texts} if texts else {})}
        attributes = {name: values for name, values in everything.items() if name.startswith("@")}
        ordered = {**attributes, **({"#text": texts} if texts else {}), **everything}
        return {name: values[0] if len(values) == 1 else values for name, values in ordered.items()}


class _Reader:
    """Builds the value while expat reads."""

    def __init__(self) -> None:
        self.stack = [_Element({})]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del name
        if len(self.stack) > _DEEPEST:
            raise _RefusedError
        self.stack.append(_Element(attributes))

    def end(self, name: str) -> None:
        element = self.stack.pop()
        parent = self.stack[-1]
        parent.members.setdefault(name, []).append(element.value())
        parent.texts.append("")

    def text(self, data: str) -> None:
        element = self.stack[-1]
        if not element.in_cdata:
            element.texts[-1] += data

    def cdata(self) -> None:
        self.stack[-1].in_cdata = True

    def cdata_end(self) -> None:
        self.stack[-1].in_cdata = False

    def doctype(self, *_: object) -> None:
        raise _RefusedError


@LIBRARY.scalar(
    "parse_xml(text: string) -> dynamic",
    doc="parse-xml-function",
    examples="""
    parse_xml('<e/>') => dynamic({"e": null})   [docs]
    parse_xml('<e>text</e>') => dynamic({"e": "text"})   [docs]
    parse_xml('<e name="value" />') => dynamic({"e": {"@name": "value"}})   [docs]
    parse_xml('<e name="value">text</e>') => dynamic({"e": {"@name": "value", "#text": "text"}})   [docs]
    parse_xml('<e> <a>text</a> <b>text</b> </e>') => dynamic({"e": {"a": "text", "b": "text"}})   [docs]
    parse_xml('<e> <a>text</a> <a>text</a> </e>') => dynamic({"e": {"a": ["text", "text"]}})   [docs]
    parse_xml('<e> text <a>text</a> </e>') => dynamic({"e": {"#text": "text", "a": "text"}})   [docs]
    parse_xml('<e><!-- c --><![CDATA[x]]></e>') => dynamic({"e": null})   [docs]
    parse_xml('<e>') => dynamic(null)   [docs]
    parse_xml('<!DOCTYPE e [<!ENTITY x "y">]><e>&x;</e>') => dynamic(null)   [reasoned]
    """,
)
def parse_xml(text: str) -> object:
    """The value of an XML document; null for what is none, is longer than 1 MiB, or defines entities."""
    # Document types are refused before any entity can be defined, so a document can't grow while it is read.
    from xml.parsers import expat

    data = text.strip().encode("utf-8", "replace")
    if not data or len(data) > _MOST_BYTES:
        return None
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartCdataSectionHandler = reader.cdata
    parser.EndCdataSectionHandler = reader.cdata_end
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the parser takes it by position only
    except (expat.ExpatError, _RefusedError):
        return None
    return {name: values[0] for name, values in reader.stack[0].members.items()}
