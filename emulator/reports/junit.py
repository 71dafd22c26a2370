"""Verdicts as JUnit XML, which CI systems read."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

from emulator.diagnostics import render
from emulator.replay.judging import Judgement, Outcome, Verdict


def junit_xml(judgement: Judgement) -> str:
    """One suite a detection, one test case a verdict; files that can't be read are errors of their own."""
    root = ElementTree.Element("testsuites", name="ruleproof")
    suites: dict[str, list[Verdict]] = {}
    for verdict in judgement.verdicts:
        suites.setdefault(verdict.detection.name, []).append(verdict)
    for name, verdicts in suites.items():
        root.append(_suite(name, verdicts))
    if judgement.problems:
        count = str(len(judgement.problems))
        suite = ElementTree.SubElement(root, "testsuite", name="files", tests=count, errors=count)
        for problem in judgement.problems:
            place = f"{problem.source.name}:{problem.line}"
            case = ElementTree.SubElement(suite, "testcase", classname="files", name=place)
            error = ElementTree.SubElement(case, "error", message=_clean(problem.message), type=problem.code.id)
            error.text = _clean(render(problem))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(name: str, verdicts: list[Verdict]) -> ElementTree.Element:
    counts = Counter(one.outcome for one in verdicts)
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(verdicts)),
        failures=str(counts[Outcome.FAIL]),
        errors=str(counts[Outcome.GAP]),
        skipped=str(counts[Outcome.UNMEASURED]),
    )
    for one in verdicts:
        suite.append(_case(name, one))
    return suite


def _case(suite: str, verdict: Verdict) -> ElementTree.Element:
    name = f"{verdict.case.id} [{verdict.query.value}]"
    case = ElementTree.Element("testcase", classname=suite, name=name, file=verdict.case.file.name)
    message = _clean(f"expected {verdict.expected}, got {verdict.actual}")
    match verdict.outcome:
        case Outcome.FAIL:
            lines = "\n".join((verdict.reason or message, *verdict.because))
            ElementTree.SubElement(case, "failure", message=message).text = _clean(lines)
        case Outcome.GAP:
            ElementTree.SubElement(case, "error", message=_clean(verdict.reason), type="gap")
        case Outcome.UNMEASURED:
            ElementTree.SubElement(case, "skipped", message=_clean(verdict.reason))
        case Outcome.KNOWN_MISS:
            ElementTree.SubElement(case, "system-out").text = _clean(f"known miss: {verdict.reason}")
        case Outcome.PASS:
            pass
    return case


def _clean(text: str) -> str:
    """XML has no place for most control characters."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)
