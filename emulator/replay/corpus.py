"""The repository's event material: scenarios, and manifests of recordings with the folder that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.nodes import record

if TYPE_CHECKING:
    from emulator.events.recordings.manifests import Manifest
    from emulator.events.scenarios.folder import Scenario


@record
class Material:
    """What cases take their events from. `recordings` is None where nobody said where they are."""

    root: Path
    scenarios: Mapping[str, Scenario]
    manifests: tuple[Manifest, ...]
    recordings: Path | None


def load_material(root: Path) -> Material:
    """Read `corpus/` below a repository's root. Raises QueryError with everything that is wrong in it."""
    folder = root / "corpus"
    if not folder.is_dir():
        return Material(root, {}, (), None)
    from emulator.events.recordings.manifests import load_manifests  # a rule without events needs none of this
    from emulator.events.recordings.mapped import recordings_folder
    from emulator.events.scenarios.folder import load_scenarios

    return Material(
        root,
        load_scenarios(folder / "scenarios", root=root),
        load_manifests(folder / "recorded", root),
        recordings_folder(),
    )
