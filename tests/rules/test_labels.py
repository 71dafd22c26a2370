"""Files of labels: what is written is read again, and what is wrong is told."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.rules import Language
from emulator.rules.labels import CorpusLabels, Label, labels_text, read_labels

CASES = yaml.safe_load(Path(__file__).with_name("labels.yaml").read_text("utf8"))
KEYS = st.text("0123456789abcdef", min_size=16, max_size=16)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
WORDS = st.one_of(TEXTS, st.sampled_from(["no", "1e5", "~", "2026-03-02", "0x1F", "- a", "a: b", "{", "'", "=", "1_0"]))
LABELS = st.builds(
    Label,
    KEYS,
    st.booleans(),
    WORDS.map(str.strip).filter(bool),
    st.just(""),
    st.dictionaries(WORDS, WORDS, max_size=2),
)
CORPORA = st.builds(
    CorpusLabels,
    WORDS,
    st.sampled_from(Language),
    KEYS,
    st.none() | st.integers(6 * 10**17, 7 * 10**17),
    st.lists(LABELS, max_size=3, unique_by=lambda one: one.alert).map(tuple),
)


def read(text: str, folder: Path) -> list[CorpusLabels]:
    (folder / "labels.yaml").write_text(text, "utf8", newline="")
    return read_labels(folder, folder)


@pytest.mark.once
@given(st.lists(CORPORA, max_size=2, unique_by=lambda one: (one.corpus, one.language)))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, corpora: list[CorpusLabels]) -> None:
    again = read(labels_text(corpora), tmp_path_factory.getbasetemp())
    assert labels_text(again) == labels_text(corpora)
    assert again == sorted(map(in_order, corpora), key=lambda one: (one.corpus, one.language))


def in_order(one: CorpusLabels) -> CorpusLabels:
    return replace(one, labels=tuple(sorted(one.labels, key=lambda label: label.alert)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_what_is_wrong_is_told(case: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(QueryError) as refused:
        read(case["file"], tmp_path)
    assert str(refused.value).splitlines()[:2] == case["told"].splitlines()


def test_no_file_is_no_label(tmp_path: Path) -> None:
    assert read_labels(tmp_path, tmp_path) == []
