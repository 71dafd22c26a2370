"""The names that detections and cases share: languages, judged queries, and places on a source page."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

from emulator.regular import regular


class Language(enum.StrEnum):
    """A query language; its value is what `emulator.compile` takes."""

    KQL = "kql"
    CQL = "cql"


class QueryName(enum.StrEnum):
    """A query that a case judges: as deployed, or with every tuning applied."""

    KQL = "kql"
    CQL = "cql"
    KQL_TUNED = "kql-tuned"
    CQL_TUNED = "cql-tuned"

    @property
    def language(self) -> Language:
        """The language it is written in."""
        return Language(self.value.partition("-")[0])

    @property
    def tuned(self) -> bool:
        """True for the query that people would deploy after tuning."""
        return self.value.endswith("-tuned")


_ORIGIN = regular(r"(kql|cql) (test|false positive) ([1-9][0-9]?)")


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A numbered item of the page that a query comes from, written `kql test 1` or `cql false positive 2`."""

    page: Language
    part: Literal["test", "false positive"]
    number: int

    def __str__(self) -> str:
        return f"{self.page} {self.part} {self.number}"


def parse_origin(text: str) -> Origin:
    """Read what `str(Origin)` writes; the text was matched by the file's schema."""
    match = _ORIGIN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a place on a source page: {text!r}")
    part: Literal["test", "false positive"] = "test" if match[2] == "test" else "false positive"
    return Origin(Language(match[1]), part, int(match[3]))
