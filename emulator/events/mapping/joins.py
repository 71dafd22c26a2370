"""What recorded events say about each other: starts of processes by their keys, and events that show the same.

This is all that mapping keeps in memory: of each start the fields that mappings join, of each such event a digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.activity import base_name
from emulator.events.addresses import parse_address
from emulator.events.mapping.files import Condition, Duplicates, EventMapping
from emulator.events.mapping.transformations import integer
from emulator.events.recordings.lines import RecordedEvent
from emulator.events.sensors.falcon import written_event
from emulator.nodes import record
from emulator.source import NOWHERE, Source

TOO_MANY_STARTS = code(
    "EVT5302",
    "events tell of more processes than are kept",
    "A mapping joins events with the start of their process, which may stand anywhere in the files. The starts of so "
    "many processes are kept at most, so that memory stays bounded, and none is forgotten in silence."
    "\n\nMap the events of fewer hosts or days at a time.",
)


@record
class Bounds:
    """How much is kept: starts of processes (about 1 KB each), and digests of events (about 100 bytes each)."""

    starts: int = 250_000
    digests: int = 2_000_000


DEFAULT_BOUNDS = Bounds()


class Joins:
    """The starts and the duplicates of some events, gathered before they are mapped."""

    def __init__(self, mappings: Sequence[EventMapping], bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self._bounds = bounds
        self._starting = {
            (provider, event): mapping
            for mapping in mappings
            if mapping.starts is not None
            for provider in mapping.providers
            for event in mapping.starts.events
        }
        self._kept: dict[tuple[str, tuple[str, ...]], tuple[str | None, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {mapping.source: mapping.joined for mapping in mappings}
        self._keys: dict[Duplicates, set[bytes]] = {
            rule.duplicates: set()
            for mapping in mappings
            for rules in mapping.rules.values()
            for rule in rules
            if rule.duplicates is not None
        }

    def gather(self, events: Iterable[RecordedEvent]) -> None:
        """Take in events. Raises QueryError when there are more starts or digests than are kept."""
        for event in events:
            mapping = self._starting.get((event.provider, event.event_id))
            if mapping is not None:
                self._keep_start(event, mapping)
            for same, keys in self._keys.items():
                if event.provider == same.provider and event.event_id == same.event_id:
                    self._keep_digest(event, same, keys)

    def _keep_start(self, event: RecordedEvent, mapping: EventMapping) -> None:
        assert mapping.starts is not None
        values = texts(event, mapping.absent)
        if not all(name in values for name in mapping.starts.key):
            return
        key = event.recording, tuple(_plain(values[name]) for name in mapping.starts.key)
        if key in self._kept:
            return
        if len(self._kept) == self._bounds.starts:
            raise _too_many(event, f"there are more than {self._bounds.starts:,} processes in these events")
        self._kept[key] = tuple(values.get(name) for name in self._names[mapping.source])

    def _keep_digest(self, event: RecordedEvent, same: Duplicates, keys: set[bytes]) -> None:
        values = texts(event, frozenset())
        if not all(holds(test, values) for test in same.when):
            return
        if len(keys) == self._bounds.digests:
            raise _too_many(event, f"there are more than {self._bounds.digests:,} events that may show the same")
        keys.add(_digest(event, [values.get(other, "") for _, other in same.key]))

    def start(self, source: str, recording: str, key: tuple[str, ...]) -> Mapping[str, str] | None:
        """The joined fields of the start of a process, when the events hold it."""
        kept = self._kept.get((recording, tuple(map(_plain, key))))
        if kept is None:
            return None
        return {name: value for name, value in zip(self._names[source], kept, strict=True) if value is not None}

    def has(self, same: Duplicates, event: RecordedEvent, values: Mapping[str, str]) -> bool:
        """True when another event shows the same as this one."""
        return _digest(event, [values.get(own, "") for own, _ in same.key]) in self._keys[same]


def texts(event: RecordedEvent, absent: frozenset[str]) -> dict[str, str]:
    """The fields of an event as text, without those that stand for no value."""
    return {
        name: text
        for name, value in event.data.items()
        if (text := value if type(value) is str else _text(value)) not in absent
    }


def holds(test: Condition, values: Mapping[str, str]) -> bool:
    """True when the value of a field passes a test."""
    value = values.get(test.field)
    if value is None:
        return False
    if test.equals:
        return value.lower() in test.equals
    if test.version is not None:
        address = parse_address(value)
        return address is not None and address.version == test.version
    return written_event(value) == test.written


def _text(value: str | float) -> str:
    """A value as text: a whole number without a fraction, however it was written."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(text: str) -> str:
    """A part of a key in one spelling: braces of a GUID and case ignored."""
    return text.strip("{}").lower()


def _digest(event: RecordedEvent, parts: list[str]) -> bytes:
    host = (event.computer or "").partition(".")[0].lower()
    key = "\0".join((event.recording, host, *map(_canonical, parts)))
    return hashlib.blake2b(key.encode("utf8", "surrogatepass"), digest_size=16).digest()


def _canonical(text: str) -> str:
    """A value in one spelling: numbers in decimal, addresses short, paths as their file name in lower case."""
    number = integer(text)
    if number is not None:
        return str(number)
    address = parse_address(text)
    return base_name(text).lower() if address is None else str(address)


def _too_many(event: RecordedEvent, message: str) -> QueryError:
    help = "map the events of fewer hosts or days at a time"
    return QueryError([Diagnostic(TOO_MANY_STARTS, message, NOWHERE, help, Source(event.origin.path, ""))])
