"""What stands beside a rule: watchlists, lookup files and saved queries are read like any stranger's file."""

from pathlib import Path

import pytest

from emulator.diagnostics import QueryError
from emulator.replay.rulebook import stand_ins

BAD = {
    "unclosed": (b'a,b\n1,"2\n', "RUL1201"),
    "short": (b"a,b\n1\n", "RUL1201"),
    "no text": (b"a\n\xff\n", "RUL1104"),
    "control characters": (b"a\n\x00\n", "RUL1104"),
}


def rule(root: Path, name: str, content: bytes) -> Path:
    (root / "rule" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "rule" / name).write_bytes(content)
    return root / "rule"


def test_files_of_a_rule(tmp_path: Path) -> None:
    rule(tmp_path, "watchlists/hosts.csv", b'name,role\nh1,"a ""server"""\n\nh2,\n')
    rule(tmp_path, "lookups/hosts.csv", b"name\n")
    folder = rule(tmp_path, "queries/mine.cql", b"a=1")
    assert stand_ins(folder, tmp_path) == {
        "watchlist:hosts": [{"name": "h1", "role": 'a "server"'}, {"name": "h2", "role": ""}],
        "lookup:hosts.csv": [],
        "query:mine": "a=1",
    }


@pytest.mark.parametrize("case", BAD)
def test_bad_files_of_a_rule(tmp_path: Path, case: str) -> None:
    content, code = BAD[case]
    with pytest.raises(QueryError) as raised:
        stand_ins(rule(tmp_path, "watchlists/x.csv", content), tmp_path)
    (found,) = raised.value.diagnostics
    assert (str(found.code), found.line, found.source.name) == (code, 2, "rule/watchlists/x.csv")


def test_a_link_out_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n", "utf8")
    folder = rule(tmp_path / "repository", "lookups/good.csv", b"a\n")
    (folder / "lookups" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(QueryError, match="RUL1102"):
        stand_ins(folder, tmp_path / "repository")
