"""Columns of text: names by their numbers, and templates that are filled for many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.events.instants import EPOCH
from emulator.events.organisation.acting import of_person
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.happenings import LEAST_NUMBER
from emulator.events.organisation.inventory import Inventory
from emulator.events.organisation.layout import MICROSECOND, NOBODY
from emulator.events.scenarios.template import Hole, Template

Array = Any
"""A column of Arrow's, of which no types are published."""


class Names:
    """Texts by number, each of them kept once; None is no value."""

    def __init__(self, texts: Iterable[str | None]) -> None:
        places: dict[str | None, int] = {None: NOBODY}
        codes = [places.setdefault(text, len(places) - 1) for text in texts]
        self.codes = np.array(codes, dtype=np.int32)
        self.texts = pa.array([text for text in places if text is not None], pa.string())

    def of(self, numbers: Integers, where: Flags | None = None) -> Array:
        """The texts of some numbers, or of those where there is one."""
        codes = self.codes[numbers] if where is None else np.where(where, self.codes[numbers], np.int32(NOBODY))
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), self.texts)


def constant(text: str, rows: int) -> Array:
    """The same text in every row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text], pa.string()))


def masked(column: Array, where: Flags) -> Array:
    """A column with values in some rows only."""
    return column if where.all() else pc.if_else(pa.array(where), column, None)


def plain(column: Array) -> Array:
    """A column's texts themselves."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def numbers(values: Integers) -> Array:
    """Whole numbers as text."""
    return pa.array(values).cast(pa.string())


def instants(ticks: Integers, where: Flags | None = None) -> Array:
    """Moments, which are whole microseconds."""
    since = (ticks - EPOCH) // MICROSECOND
    return pa.array(since, mask=None if where is None else ~where).cast(pa.timestamp("us", "UTC"))


def mapped(column: Array, kind: Callable[[str], str | None]) -> Array:
    """Something that follows from texts, few of which differ."""
    encoded = column.dictionary_encode()
    return Names(map(kind, encoded.dictionary.to_pylist())).of(encoded.indices.to_numpy())


def last_part(paths: Array) -> Array:
    """The file names of paths, as `base_name` gives them."""
    return pc.replace_substring_regex(paths, r"(?s)^.*[\\/]", "")


def fill(template: Template, inventory: Inventory, computer: int, number: int = LEAST_NUMBER, target: str = "") -> str:
    """A template's text on a computer."""
    return str(template.fill({**of_person(inventory.computers[computer]), "target": target, "number": number}))


def about(template: Template) -> set[str]:
    """What the holes of a template ask for."""
    return {hole.name for hole in template.holes}


class Filling:
    """Fills templates, each of which a row asks for by its number.

    Those without holes are made once, those about persons once for each computer, the others piece by piece.
    """

    def __init__(self, templates: Sequence[Template], inventory: Inventory) -> None:
        self.templates = templates
        self.inventory = inventory
        self.ready: list[str] = []
        self.first = np.full(len(templates), NOBODY, dtype=np.int64)
        self.by_computer = np.zeros(len(templates), dtype=np.int64)
        self.pieces: dict[Hole, Array] = {}
        for number, template in enumerate(templates):
            if about(template) & {"target", "number"}:
                continue
            self.first[number] = len(self.ready)
            self.by_computer[number] = int(bool(about(template)))
            there = range(len(inventory.computers)) if about(template) else range(1)
            self.ready.extend(fill(template, inventory, computer) for computer in there)
        self.texts = pa.array(self.ready, pa.string())

    def fill(self, which: Integers, computer: Integers, number: Integers, target: Integers) -> Array:
        """A text for each row, or no value where `which` is NOBODY."""
        place = self.first[which] + self.by_computer[which] * computer
        parts, made = [self.texts], len(self.ready)
        for one in np.unique(which[(self.first[which] == NOBODY) & (which != NOBODY)]).tolist():
            rows = np.flatnonzero(which == one)
            parts.append(self._joined(self.templates[one], computer[rows], number[rows], target[rows]))
            place[rows] = made + np.arange(len(rows))
            made += len(rows)
        return pa.concat_arrays(parts).take(pa.array(place, mask=which == NOBODY))

    def _joined(self, template: Template, computer: Integers, number: Integers, target: Integers) -> Array:
        pieces = [
            pa.scalar(part) if isinstance(part, str) else self._piece(part, computer, number, target)
            for part in template.parts
        ]
        return pc.binary_join_element_wise(*pieces, "")

    def _piece(self, hole: Hole, computer: Integers, number: Integers, target: Integers) -> Array:
        """What stands in a hole, row by row."""
        if hole.name == "number" and not hole.filters:
            return numbers(number)
        if hole.name == "number":
            alone = Template("", (hole,))
            return pa.array([fill(alone, self.inventory, 0, value) for value in number.tolist()], pa.string())
        known = self.pieces.get(hole)
        if known is None:
            known = self.pieces[hole] = self._of_computers(hole)
        which = target if hole.name == "target" else computer
        return known.take(pa.array(np.where(which == NOBODY, len(known) - 1, which)))

    def _of_computers(self, hole: Hole) -> Array:
        """What stands in a hole for each computer, and at the end without a target."""
        alone, everyone = Template("", (hole,)), self.inventory.computers
        found = [fill(alone, self.inventory, one.number, target=one.host.label) for one in everyone]
        return pa.array([*found, fill(alone, self.inventory, 0)], pa.string())
