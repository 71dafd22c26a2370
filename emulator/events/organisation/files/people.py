"""Who logs on: the persons of computers, and the accounts that effects name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emulator.events.activity import Account
from emulator.events.organisation.draws import Flags, Integers
from emulator.events.organisation.files.texts import Names
from emulator.events.organisation.happenings import Effects
from emulator.events.organisation.inventory import service_account
from emulator.events.organisation.layout import NOBODY, Layout
from emulator.events.organisation.profile import PERSON, Visit


class People:
    """Accounts by number: of each computer's person, then of the effects that name another."""

    def __init__(self, layout: Layout) -> None:
        self.accounts = [one.person for one in layout.inventory.computers]
        self.named = np.full(len(layout.effects), NOBODY, dtype=np.int64)
        for number, effect in enumerate(layout.effects):
            if isinstance(effect, Visit) and effect.account not in (None, PERSON):
                self.named[number] = len(self.accounts)
                self.accounts.append(service_account(str(effect.account), layout.profile.identity, None))

    def of(self, rows: Effects, computer: Integers) -> tuple[Integers, Flags]:
        """Who logs on in each row, and where they come from another computer."""
        remote, named = rows.peer != NOBODY, self.named[rows.effect]
        return np.where(remote, rows.peer, np.where(named == NOBODY, computer, named)), remote

    def names(self, kind: Callable[[Account], str | None]) -> Names:
        """Something that follows from the account."""
        return Names(None if one is None else kind(one) for one in self.accounts)
