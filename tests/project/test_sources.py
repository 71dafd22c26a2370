"""Rules about the source files themselves."""

from __future__ import annotations

import re
import subprocess
import sys

MOST_LINES = 400

# Folders of one machine, a folder beside the project, and addresses of package registries.
PRIVATE = re.compile(
    r"(?<![A-Za-z0-9_])/(?:work|farm|root|tmp/oracle)/"
    r"|\.\./shared\b"
    r"|\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|deb\.debian\.org)\b"
)
ALLOWED = {(".ci/run", "../" + "shared")}

HEAVY = (
    "pytest hypothesis faker scipy numpy re2 regex jsonschema yaml rich click psutil duckdb pyarrow sqlglot ua_parser "
    "maxminddb"
)


def test_modules_fit_one_sitting(texts: dict[str, str]) -> None:
    long = {
        name: lines for name, text in texts.items() if name.endswith(".py") and (lines := text.count("\n")) > MOST_LINES
    }
    assert not long, "split these modules by what they are about"


def test_files_speak_of_the_project_alone(texts: dict[str, str]) -> None:
    found = {(name, match[0]) for name, text in texts.items() for match in PRIVATE.finditer(text)}
    assert found <= ALLOWED


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = f"import sys, emulator; print(*sys.modules.keys() & set({HEAVY!r}.split()))"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == []
