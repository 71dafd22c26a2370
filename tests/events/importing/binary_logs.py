"""Windows event logs in their binary format, made of nothing but what a test says."""

import struct
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

HEADER, CHUNK = 4096, 1 << 16
Tree = tuple[str, dict[str, str], "list[Tree] | str"]
"""An element: its name, its attributes, and its elements or its text."""


def log(*chunks: bytes) -> bytes:
    """A file of some chunks."""
    header = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, len(chunks) - 1, 1, 128, 1, 3, HEADER, len(chunks))
    return header.ljust(HEADER, b"\0") + b"".join(chunks)


def chunk(*events: Tree) -> bytes:
    """A chunk that holds some events."""
    data = bytearray(512)
    at = 512
    for number, event in enumerate(events, 1):
        at = len(data)
        body = _fragment(event, at + 24)
        size = 28 + len(body)
        data += struct.pack("<IIQQ", 0x2A2A, size, number, 131_592_822_291_368_792) + body + struct.pack("<I", size)
    header = struct.pack("<8sQQQQIII", b"ElfChnk\0", 1, len(events), 1, len(events), 128, at, len(data))
    data[: len(header)] = header
    return bytes(data).ljust(CHUNK, b"\0")


def _fragment(event: Tree, at: int) -> bytes:
    start = b"\x0f\x01\x01\x00"
    return start + _element(event, at + len(start)) + b"\0"


def _element(tree: Tree, at: int) -> bytes:
    name, attributes, inside = tree
    made = struct.pack("<BI", 0x41 if attributes else 0x01, 0)
    made += _name(name, at + len(made))
    if attributes:
        listed = b""
        for position, (key, value) in enumerate(attributes.items(), 1):
            listed += b"\x46" if position < len(attributes) else b"\x06"
            listed += _name(key, at + len(made) + 4 + len(listed)) + _text(value)
        made += struct.pack("<I", len(listed)) + listed
    made += b"\x02"
    if isinstance(inside, str):
        made += _text(inside)
    else:
        for one in inside:
            made += _element(one, at + len(made))
    return made + b"\x04"


def _name(name: str, at: int) -> bytes:
    written = struct.pack("<IHH", 0, 0, len(name)) + name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<I", at + 4) + written


def _text(text: str) -> bytes:
    return b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le")


def process_started(command: str, time: str = "2024-05-01T10:20:30.1234567Z") -> Tree:
    """Sysmon's event of a process."""
    return event([("Image", r"C:\Windows\System32\cmd.exe"), ("CommandLine", command)], time)


def event(values: Iterable[tuple[str, str]], time: str = "2024-05-01T10:20:30.1234567Z") -> Tree:
    """An event of Sysmon with some named values."""
    system: list[Tree] = [
        ("Provider", {"Name": "Microsoft-Windows-Sysmon", "Guid": "5770385F-C22A-43E0-BF4C-06F5698FFBD9"}, ""),
        ("EventID", {}, "1"),
        ("Version", {}, "5"),
        ("Level", {}, "4"),
        ("Task", {}, "1"),
        ("Opcode", {}, "0"),
        ("Keywords", {}, "0x8000000000000000"),
        ("TimeCreated", {"SystemTime": time}, ""),
        ("EventRecordID", {}, "77"),
        ("Execution", {"ProcessID": "2284", "ThreadID": "5252"}, ""),
        ("Channel", {}, "Microsoft-Windows-Sysmon/Operational"),
        ("Computer", {}, "WS1.example.org"),
        ("Security", {"UserID": "S-1-5-18"}, ""),
    ]
    data: list[Tree] = [("Data", {"Name": name}, value) for name, value in values]
    return ("Event", {}, [("System", {}, system), ("EventData", {}, data)])


def as_xml(tree: Tree) -> str:
    """The same event as Windows prints it."""
    name, attributes, inside = tree
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    content = escape(inside) if isinstance(inside, str) else "".join(map(as_xml, inside))
    return f"<{name}{listed}>{content}</{name}>"
