"""The kinds of file that a detection's folder holds, with the codes that belong to each."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.rules.files import file_kind

RULE_FILE = file_kind("RUL", "rule file")
CASE_FILE = file_kind("CAS", "case file")

DUPLICATE_ID = code(
    "RUL3101",
    "an identifier is used twice",
    "Identifiers of detections are unique in the repository, those of tunings and signals in their detection. "
    "Give the copy an identifier of its own.",
)
UNKNOWN_REFERENCE = code(
    "RUL3102",
    "a name in a rule file refers to nothing",
    "A test names a signal, or a tuning names a documented false positive, that the detection does not have.",
)
UNANSWERED = code(
    "RUL3103",
    "a documented item has no case",
    "Every published test needs a malicious case and every documented false positive needs a benign one, so that "
    "nothing that is known about the rule goes untested. Add a case whose `source` names the item.",
)
BAD_PLACEHOLDER = code(
    "RUL3104",
    "a tuning and its allow-lists disagree",
    "A condition writes `{hosts}` for the quoted names of the allow-list `hosts`, `{hosts|label}` without domain. "
    "The name must be one of the tuning's allow-lists. A list that no condition uses would promise an exclusion that "
    "does not happen.",
)
NO_EXCLUSION = code(
    "RUL3105",
    "a tuning excludes nothing, or in no language of the detection",
    "A tuning needs a `kql` or a `cql` condition for a query that the detection has.",
)
UNREAD_SIGNAL = code(
    "RUL3106",
    "an expected signal that no query reads",
    "A published test of the technique leaves this trace, and no query of the detection reads a table that records it. "
    "It is no error: it says what else could tell the activity from what looks like it.",
)
WRONG_LANGUAGE = code(
    "RUL3108",
    "a package file where it can't be a query",
    "Files of LogScale packages hold CQL: alerts, searches and saved queries can be the query `cql` of a detection; a "
    "parser is no query.",
)
DUPLICATE_CASE = code(
    "CAS3101",
    "two cases have the same identifier",
    "Reports name cases by identifier, so it is unique in its detection. Rename one of the two.",
)
UNKNOWN_ITEM = code(
    "CAS3102",
    "a case refers to what its detection does not have",
    "A case names a tuning by its identifier and page items by number; both stand in the detection's file.",
)
INCOMPLETE = code(
    "CAS3103",
    "a case does not say what every query must do",
    "A case states its expectation for every query of the detection, as deployed and, when the detection has tunings, "
    "tuned. A query without an expectation would go unjudged.",
)
CONTRADICTION = code(
    "CAS3104",
    "an expectation contradicts itself or its case",
    "`alerts` stands alone for an exact number, `at_least` and `at_most` bound it, and `known_miss` stands alone for "
    "none. A malicious case that expects no alert has to say why with `known_miss`; a benign case has nothing to miss.",
)
BAD_TIME = code(
    "CAS3105",
    "a time does not exist",
    "`now` is a real moment of the calendar in UTC, such as `2026-03-02T09:30:00Z`.",
)
NOT_A_CASE = code(
    "CAS3106",
    "a file among the cases is not read",
    "Only files whose names end in `.yaml` are cases; any other name would silently leave a test out.",
)
