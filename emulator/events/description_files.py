"""The YAML files that describe events, scenarios and profiles, and the codes of what can be wrong with any of them."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.rules.files import FileKind

DESCRIPTION_FILE = FileKind(
    "scenario or profile",
    unreadable=code(
        "EVT1201",
        "a scenario or profile can't be read",
        "The file does not exist, is no regular file, or may not be read. Check the name, its case too.",
    ),
    outside=code(
        "EVT1202",
        "a scenario or profile lies outside of the repository",
        "The path leads out of the repository, maybe through a symbolic link. Copy the file into it.",
    ),
    too_large=code(
        "EVT1203",
        "a scenario or profile is too large",
        "Files above the limit (1 MiB unless set otherwise) are not read. Split the file.",
    ),
    not_text=code(
        "EVT1204",
        "a scenario or profile is not UTF-8 text",
        "Files are UTF-8 without control characters. Save the file as UTF-8; write control characters as escapes.",
    ),
    not_yaml=code(
        "EVT1205",
        "a scenario or profile is not YAML",
        "The text breaks YAML's grammar at the place shown: often a missing quote, a tab, or a wrong indentation.",
    ),
    refused=code(
        "EVT1206",
        "a scenario or profile uses YAML that is refused",
        "One plain document is read: no anchors, aliases or tags, text keys only, at most 40 levels.",
    ),
    duplicate_key=code(
        "EVT1207",
        "a key of a scenario or profile is repeated",
        "Of two equal keys one would be lost without a word. Remove one of them.",
    ),
    unknown_key=code(
        "EVT2201",
        "a scenario or profile has an unknown key",
        "The key is not part of the format, so its value would have no effect. Correct its name or remove it.",
    ),
    missing_key=code(
        "EVT2202",
        "a scenario or profile lacks a key",
        "The format needs this key. Add it.",
    ),
    wrong_value=code(
        "EVT2203",
        "a value of a scenario or profile is of the wrong kind",
        "The value has the wrong type, form or range, or is none of the allowed values.",
    ),
)
"""The kind of the files of `corpus/scenarios/` and `corpus/profiles/`."""
