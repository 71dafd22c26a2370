"""What comes of acts, in columns: the texts that the profile gives for it, and the two ends of connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from emulator.events.activity import Direction
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.files.texts import Array, Filling, Names
from emulator.events.organisation.happenings import Acts, Effects
from emulator.events.organisation.layout import NOBODY, OUTSIDE, Layout
from emulator.events.organisation.profile import Effect
from emulator.events.scenarios.template import Template


class EffectTexts:
    """The texts of effects, by the name that the profile's classes give them."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        templates: list[Template] = []
        self.which: dict[str, Integers] = {}
        for name in ("path", "key", "name", "data", "image_path"):
            self.which[name] = np.full(len(layout.effects), NOBODY, dtype=np.int64)
            for number, effect in enumerate(layout.effects):
                template = getattr(effect, name, None)
                if template is not None:
                    self.which[name][number] = len(templates)
                    templates.append(template)
        self.filling = Filling(templates, layout.inventory)

    def of(self, name: str, rows: Effects, acts: Acts) -> Array:
        """The texts of some rows."""
        computer, target = acts.computer[rows.act], acts.target[rows.act]
        return self.filling.fill(self.which[name][rows.effect], computer, rows.number, target)

    def names(self, kind: Callable[[Effect], str | None]) -> Names:
        """Something that follows from the effect alone."""
        return Names(map(kind, self.layout.effects))


class Ends:
    """The addresses of computers and web sites, each of which has a number here."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        computers, sites = layout.inventory.computers, layout.inventory.sites
        everyone = [computers, computers, sites, sites]
        versions = ["address4", "address6"] * 2
        self.addresses = [
            getattr(one, version) for group, version in zip(everyone, versions, strict=True) for one in group
        ]
        self.names = Names(self.addresses)

    def here(self, computer: Integers, six: Flags) -> Integers:
        """The numbers of computers' addresses."""
        return computer + six * self.layout.computers

    def there(self, rows: Effects) -> tuple[Integers, Flags]:
        """The numbers of the other sides' addresses, and which of them are web sites."""
        outside = self.layout.effect_to[rows.effect] == OUTSIDE
        site = 2 * self.layout.computers + rows.peer + rows.six * len(self.layout.inventory.sites)
        return np.where(outside, site, self.here(rows.peer, rows.six)), outside


def ports(effects: Sequence[Effect], rows: Effects) -> tuple[Integers, Integers]:
    """The local and the remote ports of connections."""
    service = np.array([getattr(effect, "port", 0) for effect in effects], dtype=np.int64)[rows.effect]
    outbound = np.array([getattr(effect, "direction", None) is Direction.OUTBOUND for effect in effects])[rows.effect]
    return np.where(outbound, rows.port, service), np.where(outbound, service, rows.port)
