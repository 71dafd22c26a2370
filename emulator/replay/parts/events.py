"""The events of parts of a corpus for one language: made once, and read from a file from then on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeAlias

from emulator.clock import TICKS_PER_SECOND
from emulator.events.sensors import SensorEvent
from emulator.replay.cache.results import NewFile, ResultCache
from emulator.replay.measuring import Part
from emulator.replay.parts.kept_events import EventWriter, KeptEvents
from emulator.replay.parts.recordings import SENSORS
from emulator.rules import Language

Span: TypeAlias = tuple[int, int] | None


class PartEvents:
    """The events of some parts, from a cache or on their way into it. `spans` says from when to when those read are."""

    def __init__(
        self, language: Language, parts: Sequence[Part], cache: ResultCache, key: str, closing: ExitStack
    ) -> None:
        self._language = language
        self._parts = parts
        self.spans: dict[int, Span] = {}
        self.kept = _find(language, cache, key)
        self._made: NewFile | None = None if self.kept else cache.new_file(key)
        self._writer: EventWriter | None = None
        if self._made is not None:
            self._writer = EventWriter(closing.enter_context(self._made).file)

    def whole(self, number: int) -> Part:
        """A part with all its events."""
        return replace(self._parts[number], events=lambda _: self._all(number))

    def of_tables(self, number: int, tables: frozenset[str], span: Span) -> Part:
        """A part with the events of some tables, which is replayed in the windows of all: they reach over a span."""
        part, kept = self._parts[number], self.kept
        assert kept is not None, "tables are told apart in what was kept"

        def events(_: Language) -> Iterator[SensorEvent]:
            found = kept.events(number, tables)
            return found if part.span is not None else iter(sorted(found, key=_time))

        return replace(part, events=events, span=part.span or span)

    def keep(self) -> None:
        """Keep what was made, if all of it was read."""
        if self._writer is not None and self._made is not None and len(self.spans) == len(self._parts):
            self._writer.close()
            if not self._writer.gave_up:
                self._made.keep()

    def _all(self, number: int) -> Iterator[SensorEvent]:
        part = self._parts[number]
        events = iter(part.events(self._language)) if self.kept is None else self.kept.events(number)
        return events if number in self.spans else self._watched(number, events)

    def _watched(self, number: int, events: Iterator[SensorEvent]) -> Iterator[SensorEvent]:
        """The events, of which note is taken; those after all windows are left out."""
        span, writer = self._parts[number].span, self._writer
        end = None if span is None else span[1] + TICKS_PER_SECOND
        first = last = 0
        for event in events:
            at = event.at
            if end is not None and at >= end:
                break
            if at > 0:
                first = at if not first or at < first else first
                last = max(at, last)
            if writer is not None:
                writer.add(number, event)
            yield event
        if writer is not None:
            writer.end(number)
        self.spans[number] = (first, last) if first else None


def _find(language: Language, cache: ResultCache, key: str) -> KeptEvents | None:
    path = cache.find_file(key)
    if path is None:
        return None
    try:
        return KeptEvents(path, SENSORS[language])
    except (OSError, ValueError):
        cache.damaged()
        return None


def _time(event: SensorEvent) -> int:
    return event.at
