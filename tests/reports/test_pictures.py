"""Pictures and the page: what they show, that they are the same for the same figures, and that names stay text."""

import io
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click import UsageError
from click.testing import CliRunner
from matplotlib.image import imread

from emulator.cli import main
from emulator.cli.measured import Output, report, write_pictures
from emulator.diagnostics import QueryError
from emulator.replay.changes.differences import Difference
from emulator.replay.measuring import Measurement, Part
from emulator.replay.raised import Raised
from emulator.replay.rates.quality import Quality
from emulator.replay.rulebook import Rule
from emulator.replay.windows import Exposure
from emulator.reports.difference_page import difference_page
from emulator.reports.measurement_page import measurement_page
from emulator.reports.pictures.changes import changes_picture
from emulator.reports.pictures.drawing import Picture, wrapped
from emulator.reports.pictures.host_map import host_map_picture
from emulator.reports.pictures.rates import rates_picture
from emulator.reports.pictures.timeline import timeline_picture
from emulator.rules import Language
from emulator.rules.detection import Budget
from tests.replay.test_measuring import rule

pytestmark = pytest.mark.once

DAY = 739_000
RULE = rule(Language.KQL, "DeviceProcessEvents")


def measured(name: str, alerts: dict[tuple[str, int], int], *, budget: float = 1, hosts: int = 6) -> Measurement:
    """A query that raised so many alerts by host and day."""
    detection = replace(RULE.detection, folder=f"detections/x/{name}", budgets={RULE.name: Budget(budget)})
    exposure = Exposure({"t": 1000}, host_days={(f"h{one}", DAY + day) for one in range(hosts) for day in range(5)})
    raised = Raised(by_host_day=Counter(alerts), by_hour=Counter())
    for (_, day), count in alerts.items():
        raised.by_hour[day * 24 + 9] += count
    one = Rule(detection, RULE.name, RULE.query, {})
    return Measurement(
        one, Part("made up", "benign", lambda _: ()), exposure, alerts=sum(alerts.values()), raised=raised
    )


NOISY = measured("T1_noisy_$x$_<b>", {(f"h{one}", DAY + one % 5): one + 1 for one in range(6)})
QUIET = measured("T2_quiet", {})
BLIND = replace(measured("T3021.002_smb_admin_shares", {}), unmeasured="no rows of DeviceProcessEvents")
ALL = [NOISY, QUIET, BLIND]


def texts(drawn: Picture | None) -> list[str]:
    """What is written in a picture; letters are drawn as shapes, with the text in a comment before each."""
    assert drawn is not None
    svg = drawn.svg.decode("utf8")
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn here
    assert not [one for one in root.iter() if one.tag.endswith(("script", "date", "}a", "image"))]
    pixels = imread(io.BytesIO(drawn.png))
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    assert all((edge == 1).all() for edge in edges), "something is cut off"
    return [one.strip() for one in re.findall(r"<!--(.*?)-->", svg, re.DOTALL)]


def test_rates_show_intervals_budgets_and_what_is_unmeasured() -> None:
    drawn = texts(rates_picture(ALL))
    assert {"exact interval", "interval by host", "no alert", "budget", "alerts per host-day"} <= set(drawn)
    assert {"T2_quiet", "kql", "unmeasured: no rows of DeviceProcessEvents"} <= set(drawn)
    assert any("$x$" in one for one in drawn)


def test_rates_of_nothing_but_silence() -> None:
    unbound = replace(BLIND.rule, detection=replace(BLIND.rule.detection, budgets={}))
    assert "budget" not in texts(rates_picture([replace(BLIND, rule=unbound)]))
    assert "exact interval" in texts(rates_picture([BLIND]))


def test_many_rates_differ_much_and_the_quietest_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.reports.pictures.rates.MOST", 3)
    loud = measured("loud", {("h1", DAY): 40_000})
    drawn = texts(rates_picture([loud, *[measured(f"q{one}", {("h1", DAY): 1}, budget=0.01) for one in range(4)]]))
    assert "alerts per host-day; 2 queries with lower bounds not shown" in drawn
    assert {"0.01", "1000"} <= set(drawn)


def test_alerts_over_time() -> None:
    drawn = texts(timeline_picture(ALL))
    assert "T1_noisy_$x$_&lt;b&gt; kql: 21 alerts" in [one.replace("<", "&lt;").replace(">", "&gt;") for one in drawn]
    assert "alerts by day, UTC" in drawn
    assert timeline_picture([QUIET, BLIND]) is None


def test_a_long_time_has_wider_strips() -> None:
    drawn = timeline_picture([measured("a", {("h1", DAY): 1, ("h1", DAY + 3000): 2})])
    assert drawn is not None
    assert drawn.title == "Alerts over time, by 30 days"


def test_hosts_have_one_name() -> None:
    other = measured("T4", {("h1.corp.example", DAY): 7, ("h2.a", DAY): 1, ("h2.b", DAY): 2, ("only.corp", DAY): 1})
    drawn = texts(host_map_picture([NOISY, other]))
    assert {"h1", "h2", "h2.a", "h2.b", "only.corp", "7"} <= set(drawn)
    assert "h1.corp.example" not in drawn
    assert host_map_picture([QUIET]) is None


def test_many_hosts_and_queries_are_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.reports.pictures.host_map.MOST_HOSTS", 2)
    many = [measured(f"T{one}", {(f"h{host}", DAY): 1 + one for host in range(5)}) for one in range(7)]
    drawn = texts(host_map_picture(many))
    assert {"3 more hosts", "T3 kql", "21"} <= set(drawn)


def test_before_and_after() -> None:
    first = Difference("T1 kql", "made up", "benign", is_case=False, before=9, after=2, events=10, host_days=20)
    same, more = replace(first, after=9), replace(first, query="T2 kql", after=20)
    drawn = texts(changes_picture([first, same, more, replace(first, is_case=True)]))
    assert {"before", "after", "alerts per host-day, with 95 % intervals"} <= set(drawn)
    assert changes_picture([replace(first, host_days=0), replace(first, unmeasured="x")]) is None


def test_the_same_figures_give_the_same_bytes() -> None:
    assert timeline_picture([NOISY]) == timeline_picture([NOISY])


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("short", 10, ["short"]),
        ("two words here", 10, ["two words", "here"]),
        ("T1021.002_smb_admin_shares", 16, ["T1021.002_smb_", "admin_shares"]),
        ("x" * 12, 8, ["x" * 8, "x" * 4]),
        ("a_very_long_name_that_ends_in_7", 10, ["a_very_", "long_…_in_", "7"]),
        ("\x1b[31m", 20, ["\\x1b[31m"]),
    ],
)
def test_labels_are_wrapped(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width).split("\n") == lines


class Tags(HTMLParser):
    """The tags of a page, its texts and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_needs_nothing_and_shows_texts_as_text() -> None:
    drawn = Picture("p", "A <picture>", b"<svg/>", b"")
    judged = {("T1<i>", "kql"): Quality(true=1, known=2, found=1, delays=[600_000_000]), ("T2", "kql"): Quality()}
    page = Tags()
    page.feed(measurement_page(ALL, ["corpus <script>"], judged, ["T1 is over & out"], [drawn]))
    assert not {"script", "link", "iframe", "b", "i"} & page.tags.keys()
    assert page.tags["tr"] == 1 + len(ALL) + 2
    assert [one.partition(",")[0] for one in page.addresses] == ["data:image/svg+xml;base64"]
    for text in ("corpus <script>", "T1_noisy_$x$_<b>", "unmeasured: no rows of", "T1 is over & out", "00:01:00"):
        assert text in page.text


ROOT = Path(__file__).parents[1] / "cli" / "repository"


def test_a_report_writes_pictures_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, folder = tmp_path / "page.html", tmp_path / "a" / "b"
    report([NOISY], Output("table", folder, page), ROOT)
    names = [f"{name}.{ending}" for name in ("hosts", "rates", "timeline") for ending in ("png", "svg")]
    assert sorted(one.name for one in folder.iterdir()) == names
    assert "Measured on made up." in page.read_text("utf8")
    assert "21 alerts" in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be made: Not a directory"):
        write_pictures(tmp_path / "file" / "x", [])


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = ("emulator.reports.pictures", "emulator.reports.measurement_page", "emulator.reports.page")
    for name in [one for one in sys.modules if one.startswith(drawing)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(QueryError, match=r"RUL2007]: pictures need the package `jinja2`"):
        report([NOISY], Output("table", None, tmp_path / "page.html"), ROOT)


def test_a_page_of_a_change_shows_texts_as_text() -> None:
    change = Difference("T1<b>", "run", "malicious", is_case=True, before=1, vanished=("<i>a", *"bcdefg"))
    other = replace(change, kind="benign", is_case=False, host_days=5, events=9, appeared=("x",), vanished=())
    page = Tags()
    page.feed(difference_page([change, other, replace(other, appeared=()), replace(change, unmeasured="not here")], []))
    assert not {"script", "link", "b", "i", "img"} & page.tags.keys()
    assert page.tags["tr"] == 1 + 3
    lost = "LOST: T1<b> no longer sees run"
    for text in (
        lost,
        "- <i>a",
        "- and 2 more",
        "+ x",
        "not measured: not here",
        "T1<b> on run: 0.2 per host-day",
        "case, mal",
    ):
        assert text in page.text
    page.feed(difference_page([], []))
    assert "No rule is touched." in page.text


def test_a_diff_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Difference("T1 kql", "made up", "benign", is_case=False, before=9, after=2, events=10, host_days=20)
    for number, found in enumerate(([change], [])):
        monkeypatch.setattr("emulator.cli.diff._differences", lambda *_, found=found: found)
        folder = tmp_path / str(number)
        page = tmp_path / f"{number}.html"
        line = ["diff", "--tuned", "--pictures", str(folder), "--html", str(page), "--root", str(ROOT)]
        ran = CliRunner().invoke(main, line)
        assert ran.exit_code == 0, ran.output
        assert sorted(one.name for one in folder.iterdir()) == (["changes.png", "changes.svg"] if found else [])
        assert ("no picture" in ran.stderr) is not bool(found)
        assert ("<img" in page.read_text("utf8")) is bool(found)
