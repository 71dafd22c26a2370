"""A synthetic organisation: the benign background against which rules are measured."""

from __future__ import annotations

from emulator.events.organisation.marginals import measure
from emulator.events.organisation.organisation import Organisation, Tally

__all__ = ["Organisation", "Tally", "measure"]
