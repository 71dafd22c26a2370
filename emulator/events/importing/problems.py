"""What can be wrong with what is imported: a whole source, which ends the import, or a record, which is kept aside."""

from __future__ import annotations

from typing import NoReturn

from emulator.diagnostics import Code, code
from emulator.interpreter.lines import refusal
from emulator.nodes import record

UNKNOWN_FORMAT = code(
    "EVT1701",
    "the format of a source is not known",
    "A source is told by its content, never by its name. The message says what was seen in its first bytes. "
    "`ruleproof events import --help` lists the formats.\n\n"
    "Where content alone can't tell, name the format with `--format`.",
)
WRONG_FORMAT = code(
    "EVT1702",
    "a source is not in the format that was named",
    "`--format` names a format that the first records of the source do not have. The message says what they look "
    "like.\n\nLeave `--format` out, or import the source on its own.",
)
DAMAGED = code(
    "EVT1703",
    "a source is damaged or breaks off",
    "An archive or a packed file ends before its time, or its checksums differ from its content. Nothing is imported, "
    "since nobody could say how much is missing.\n\nFetch the source again and compare its sha256.",
)
TOO_MUCH = code(
    "EVT1704",
    "a source unpacks to more than a limit",
    "What comes out of a packed source is counted while it is read. Far more than went in is a sign of an archive that "
    "was made to exhaust the machine.\n\nUnpack a source that you trust by other means, and import its files.",
)
OUTSIDE = code(
    "EVT1705",
    "a member of an archive has a name that leads out of it",
    "Names that are absolute or climb by `..` would be written outside of a folder. Members are read as streams and "
    "never written, yet such an archive is not what a tool for logs makes.\n\nAsk where the archive comes from.",
)
NO_FILE = code(
    "EVT1706",
    "a source is no file",
    "Links, devices and pipes in an archive point to what lies elsewhere: they are not followed. A source that is a "
    "device or a pipe has no end that could be known.\n\nPack, or name, the files that they point to.",
)
CLOSED = code(
    "EVT1707",
    "a member of an archive can't be opened",
    "It is encrypted, packed by a method that is not read, or an archive inside an archive.\n\n"
    "Unpack it by other means, and import its files.",
)
NOTHING = code(
    "EVT1708",
    "there are no events to import",
    "None of the files that were named is in a known format, or none holds a record. The message names what was seen.",
)
TOO_MANY = code(
    "EVT1709",
    "an import has too many parts",
    "The number of members of an archive, of files of a folder, and of tables of one import is limited.\n\n"
    "Import in several steps.",
)
NEEDS_EVTX = code(
    "EVT1710",
    "Windows event logs need the package evtx",
    "The binary format of Windows event logs (`.evtx`) is read by the package `evtx`: install it with "
    "`pip install 'ruleproof[evtx]'`.",
)
BAD_TEXT = code(
    "EVT1721",
    "a record is not UTF-8 text",
    "Text is read as UTF-8, or as UTF-16 where a byte order mark says so. The record holds bytes that are neither, "
    "as latin-1 would be.\n\nWrite the source again as UTF-8.",
)
BAD_SYNTAX = code(
    "EVT1722",
    "a record breaks the grammar of its format",
    "The record is no JSON object, no row of the CSV file, or no XML event.",
)
TOO_LONG = code(
    "EVT1723",
    "a record is too long",
    "A record may have 16 MiB, so that memory stays bounded. The rejected record keeps its beginning alone.",
)
TOO_DEEP = code(
    "EVT1724",
    "a record is nested too deeply",
    "Objects and lists, or XML elements, may stand 200 deep in each other.",
)
TOO_WIDE = code(
    "EVT1725",
    "a record has too many fields",
    "A record may have 5,000 fields, and so may all records of a table together. What has more is no event.",
)
BAD_TIME = code(
    "EVT1726",
    "a record has an impossible time",
    "Events lie between 1970 and 2200. Another time comes of a clock that was never set, or of a field that is read "
    "in the wrong unit. Records without any time are kept, and counted.",
)
BAD_CELL = code(
    "EVT1727",
    "a value does not fit its column",
    "The schema of the table gives the column a type that the value does not have.",
)
OTHER_FORM = code(
    "EVT1728",
    "a record is not in the format of its source",
    "The other records of the source have a form that this one lacks: it is kept aside, not guessed at.",
)
BAD_RECORD = code(
    "EVT1729",
    "a record of a Windows event log is damaged",
    "A record or a chunk of 64 KiB can't be decoded. The others of the log are read.",
)


class Rejected(Exception):  # noqa: N818 - a finding about a record, which is kept aside
    """A record that can't be imported, and why."""

    def __init__(self, what: Code, message: str) -> None:
        super().__init__(message)
        self.what = what
        self.message = message


@record
class Limits:
    """How much is read: bytes of a record, unpacked bytes of a source, and how many times more than went in."""

    line: int = 16 << 20
    unpacked: int = 1 << 36
    ratio: int = 250
    spared: int = 64 << 20
    """Unpacked bytes below which the ratio is not looked at: small files of zeros harm nobody."""
    members: int = 100_000
    fields: int = 5_000
    depth: int = 200
    tables: int = 500


DEFAULT_LIMITS = Limits()


def stop(name: str, what: Code, message: str, help: str) -> NoReturn:
    """End the import because of a source. Raises QueryError."""
    raise refusal(name, what, message, help)


def shown(text: str, most: int = 200) -> str:
    """Text of a stranger as one printable line."""
    cut = text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in cut)


def excerpt(data: bytes, most: int = 60) -> str:
    """The start of bytes as one printable line, every gap one space."""
    return shown(" ".join(data[: 4 * most].decode("utf8", "replace").split()), most)
