"""Rates and quality as people read them at a terminal of 80 columns."""

import io
from collections import Counter
from dataclasses import replace

from rich.console import Console

from emulator.replay.labelling import questions
from emulator.replay.measuring import measure
from emulator.replay.rates.quality import Quality
from emulator.reports.alert_lines import alert_lines, listed_alert
from emulator.reports.measurement_table import print_rates
from emulator.reports.quality_table import print_qualities
from emulator.rules import Language
from emulator.rules.detection import Budget
from tests.replay.test_budgets import ALERTS, measured
from tests.replay.test_measuring import part, rule

RATES = """
How often
    T1033_whoami kql: 20 alerts in 20000 events, 40 hosts, 200 host-days
        1,000 per million events (95% interval 611 to 1,544)
        0.1 per host-day (95% interval 0.0611 to 0.154)
        by host {by_host}
        alerts name 2 addresses, 1 process
    T1033_whoami kql: 3 alerts in 20000 events, 40 hosts, 200 host-days
        150 per million events (95% interval 30.9 to 438)
        0.015 per host-day (95% interval 0.00309 to 0.0438)
        by host unmeasured: 1 host with alerts, of 40, can't tell how hosts
          differ
    T1033_whoami kql: 0 alerts in 20000 events, 40 hosts, 200 host-days
        0 per million events (95% interval 0 to 184; at most 150 by the rule of
          three)
        0 per host-day (95% interval 0 to 0.0184; at most 0.015 by the rule of
          three)
    T1033_whoami kql: unmeasured: no rows of T
"""
QUALITIES = """
What the alerts are, by their labels
    a kql: 3 true, 1 false, 2 unlabelled
        precision 0.75, 3 of 4 (95% interval 0.194 to 0.994)
        recall 0.6, 3 of 5 (95% interval 0.147 to 0.947)
        time to detect 00:00:01 (the median of 2, 1 not detected)
    a cql: 0 true, 0 false, 0 unlabelled
        precision unmeasured: too many
        recall unmeasured: too many
        time to detect unmeasured: too many
"""
ROWS = [["DeviceProcessEvents", "2026-03-02T09:00:00Z", {"DeviceName": "a\x1b[31mb"}]]
ODD = """
    DeviceProcessEvents
    | project Timestamp, DeviceName, Long = strcat(DeviceName, strrep("x", 300)), D = dynamic({"k": [1]}), None = ""
"""


def console() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False)


def written(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_rates() -> None:
    each, few, none = (measured(Budget(), alerts) for alerts in (ALERTS["each"], {"h1": 3}, ALERTS["none"]))
    each.raised.entities.update({"address": {"1", "2"}, "process": {"a"}})
    for one in (each, few, none):
        one.exposure.hosts.update(f"h{host}" for host in range(40))
    out = console()
    print_rates(out, "How often", [each, few, none, replace(none, unmeasured="no rows of T")])
    assert written(out) == RATES.format(by_host=each.by_host())


def test_alerts_without_a_host_have_no_interval_by_host() -> None:
    one = measured(Budget(), ALERTS["each"])
    one.raised.by_host_day = Counter({("h1", 1): 5})
    assert str(one.by_host()) == "unmeasured: 15 of 20 alerts name no host"


def test_qualities() -> None:
    second = 10_000_000
    told = Quality(true=3, false=1, unlabelled=2, known=5, found=3, delays=[3 * second, second], undetected=1)
    out = console()
    print_qualities(out, {("a", "kql"): told, ("a", "cql"): Quality(reasons=["too many"]), ("b", "kql"): Quality()})
    assert written(out) == QUALITIES
    out = console()
    print_qualities(out, {("b", "kql"): Quality(unlabelled=3)})
    assert written(out) == ""


def test_an_alert_is_shown_as_text_of_80_columns() -> None:
    (question,) = questions(measure([rule(Language.KQL, ODD)], part(ROWS)))
    lines = list(alert_lines(question))
    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert "  host  a\\x1b[31mb" in lines
    assert any(line.strip() == 'D          {"k": [1]}' for line in lines)
    assert all(line.isprintable() for line in listed_alert("d", question, None))
