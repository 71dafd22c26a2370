"""Reading files that strangers wrote: inside the repository, of bounded size, as text."""

from __future__ import annotations

from pathlib import Path

from emulator.diagnostics import Code, Diagnostic, QueryError, code, did_you_mean
from emulator.nodes import record
from emulator.regular import regular
from emulator.source import NOWHERE, Source, Span

MAX_BYTES = 1 << 20
"""The largest file that is read unless the caller says otherwise: 1 MiB."""


@record
class FileKind:
    """What a kind of file is called and the codes of what can be wrong with any file of that kind."""

    name: str
    unreadable: Code
    outside: Code
    too_large: Code
    not_text: Code
    not_yaml: Code
    refused: Code
    duplicate_key: Code
    unknown_key: Code
    missing_key: Code
    wrong_value: Code


def file_kind(prefix: str, name: str) -> FileKind:
    """Declare the codes of one kind of file: `prefix` is RUL, CAS or EVT, `name` what people call the file."""
    return FileKind(
        name,
        unreadable=code(f"{prefix}1101", f"{name} can't be read", _PAGES["unreadable"]),
        outside=code(f"{prefix}1102", f"{name} lies outside the repository", _PAGES["outside"]),
        too_large=code(f"{prefix}1103", f"{name} is too large", _PAGES["too_large"]),
        not_text=code(f"{prefix}1104", f"{name} is not UTF-8 text", _PAGES["not_text"]),
        not_yaml=code(f"{prefix}1105", f"{name} is not YAML", _PAGES["not_yaml"]),
        refused=code(f"{prefix}1106", f"{name} uses YAML that is refused", _PAGES["refused"]),
        duplicate_key=code(f"{prefix}1107", f"a key of a {name} is repeated", _PAGES["duplicate_key"]),
        unknown_key=code(f"{prefix}2101", f"a {name} has an unknown key", _PAGES["unknown_key"]),
        missing_key=code(f"{prefix}2102", f"a {name} lacks a key", _PAGES["missing_key"]),
        wrong_value=code(f"{prefix}2103", f"a value of a {name} is of the wrong kind", _PAGES["wrong_value"]),
    )


_PAGES = {
    "unreadable": "The file does not exist, is a folder or a device, or may not be read. Check the name, its case too.",
    "outside": (
        "The path leads out of the repository, directly or through a symbolic link. "
        "Rules come from strangers' pull requests, so only files inside the repository are opened: copy the file in."
    ),
    "too_large": "Files above the limit (1 MiB unless set otherwise) are not read. Split the file, or raise the limit.",
    "not_text": (
        "Files are UTF-8, without control characters and without characters that turn the direction of writing, which "
        "would hide what a query does. Save the file so; write such characters as escapes."
    ),
    "not_yaml": "The text breaks YAML's grammar at the place shown: often a missing quote or wrong indentation.",
    "refused": (
        "One plain document is read: no anchors and aliases (they can expand without bound), no tags (they name code), "
        "text keys only, and no nesting beyond 40 levels. Write the value out."
    ),
    "duplicate_key": "YAML readers keep one of two equal keys without a word. Remove one of them.",
    "unknown_key": "The key is not part of the format, so its value has no effect. Correct or remove it.",
    "missing_key": "The format needs this key. Add it.",
    "wrong_value": "The value has the wrong type, form or range, or is none of the allowed values.",
}

# What YAML excludes (controls but tab and line ends, surrogates, non-characters), and what turns the direction of
# writing: a reviewer would read another text than the product runs.
_UNPRINTABLE = regular(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@record
class Mention:
    """The place that names a file, which diagnostics about reaching that file point at."""

    source: Source
    span: Span


def read_text(
    path: Path, root: Path, kind: FileKind, max_bytes: int = MAX_BYTES, mention: Mention | None = None
) -> Source:
    """Read a file of the repository `root`; the source is named by its path relative to `root`.

    Raises QueryError with one diagnostic when the file is missing, outside of `root` once symbolic links are resolved,
    not a regular file, too large, or not clean UTF-8.
    """
    name = relative_name(path, root)
    place = mention or Mention(Source(name, ""), NOWHERE)
    return _decoded(_bytes(inside(path, root, kind, place), name, kind, max_bytes, place), name, kind)


def inside(path: Path, root: Path, kind: FileKind, mention: Mention | None = None) -> Path:
    """The real path of a file of the repository `root`. Raises QueryError when links lead out of it."""
    real = _resolved(path)
    if real is None or not real.is_relative_to(root.resolve()):
        name = relative_name(path, root)
        place = mention or Mention(Source(name, ""), NOWHERE)
        raise _error(kind.outside, f"`{name}` leads out of the repository", place, "keep the file in the repository")
    return real


def relative_name(path: Path, root: Path) -> str:
    """A path as people read it: relative to the repository, with forward slashes, on one line."""
    return shown(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix(), 300)


def shown(text: str, most: int = 80) -> str:
    """Text from a file for a message: on one line, without control characters, at most so many characters."""
    text = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _resolved(path: Path) -> Path | None:
    """The real path, or None for a loop of links or a name that no file can have."""
    try:
        real = path.resolve()
        # From Python 3.13 on a loop is no error but stays a link.
        return None if real.is_symlink() else real
    except (OSError, RuntimeError, ValueError):
        return None


def _bytes(real: Path, name: str, kind: FileKind, max_bytes: int, place: Mention) -> bytes:
    """The bytes of a regular file, of which never more than one above the limit are held."""
    try:
        if not real.is_file():  # A pipe or a device would block or never end.
            problem = "is not a regular file" if real.exists() else "does not exist"
            raise _error(kind.unreadable, f"`{name}` {problem}", place, _neighbour(real))
        with real.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise _error(kind.unreadable, f"`{name}` can't be read: {error.strerror}", place, "check its rights") from None
    if len(data) > max_bytes:
        message = f"`{name}` has more than {max_bytes:,} bytes"
        raise _error(kind.too_large, message, place, "split the file, or raise the limit")
    return data


def _neighbour(missing: Path) -> str:
    """The help line for a missing file: the file of the same folder with the nearest name."""
    parent = missing.parent
    names = sorted(path.name for path in parent.iterdir() if path.is_file()) if parent.is_dir() else []
    return did_you_mean(missing.name, names, "add the file, or correct the name")


def _decoded(data: bytes, name: str, kind: FileKind) -> Source:
    """The text of the bytes, without a byte order mark; points at the first byte or character that is not text."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8-sig", errors="replace"))
        offset = len(data[: error.start].decode("utf-8-sig"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise _error(kind.not_text, message, Mention(source, Span(offset, offset + 1)), "save it as UTF-8") from None
    found = _UNPRINTABLE.search(text)
    if found:
        message = f"the invisible character U+{ord(found[0]):04X} stands in the text"
        place = Mention(Source(name, text), Span(*found.span()))
        raise _error(kind.not_text, message, place, "remove it, or write it as an escape in quotes")
    return Source(name, text)


def _error(what: Code, message: str, place: Mention, help: str) -> QueryError:
    return QueryError([Diagnostic(what, message, place.span, help, place.source)])
