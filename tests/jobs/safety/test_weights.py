"""The weights of crisis detection: what a text scores, and the table that says so."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path

import pytest

from services.jobs.safety.features import features
from services.jobs.safety.normalise import normalise
from services.jobs.safety.weights import COLUMNS, KINDS, SHORT, START, TABLE, BadTable, Weights
from tests.jobs.safety.corpus import AUTHORS, CLEAN, corpus

HEAD = "\t".join(COLUMNS)
ZERO = "\t0" * len(KINDS)


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "weights.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_score_is_what_features_weigh_by_how_rare_they_are(tmp_path: Path) -> None:
    lines = (f"{START}\t10\t-50{ZERO}", f"die\t30\t20{ZERO}", f"want to\t40\t-10{ZERO}")
    weights = Weights(table(tmp_path, "# made by hand", HEAD, *lines))
    scores = weights.scores(normalise("I want to die, die"))
    length = sqrt(SHORT + 3**2 + 4**2)
    assert scores.any == pytest.approx(-5 + (3 * 2 - 4 * 1) / length)
    assert scores.adds == pytest.approx({"die": 6 / length, "want to": -4 / length})
    assert weights.scores(normalise("")).any == pytest.approx(-5)


def test_each_kind_has_a_score_of_its_own(tmp_path: Path) -> None:
    numbers = "\t".join(str(10 * at) for at in range(len(KINDS)))
    weights = Weights(table(tmp_path, HEAD, f"{START}\t10\t0{ZERO}", f"die\t30\t0\t{numbers}"))
    share = 3 / sqrt(SHORT + 3**2)
    expected = {kind: pytest.approx(at * share) for at, kind in enumerate(KINDS)}
    assert weights.scores(normalise("die")).of_kind == expected


def test_a_long_story_does_not_hide_a_sentence() -> None:
    weights = Weights()
    cry = "I want to kill myself."
    story = (
        "We had a good weekend. My brother came by with the kids. Mom told him about the ferry. "
    )
    scores = weights.scores(normalise(3 * story + cry + " " + 3 * story))
    assert scores.any > weights.scores(normalise(6 * story)).any + 3
    assert "kill myself" in scores.adds
    assert "weekend" not in scores.adds


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["feature\trarity\tany"],
        [HEAD, f"die\t300\t200{ZERO}"],
        [HEAD, f"{START}\t10"],
        [HEAD, f"{START}\t10\t0{ZERO}", f"die\t30{ZERO}"],
        [HEAD, f"{START}\t10\t0{ZERO}", f"die\t30\t20{ZERO}", f"die\t30\t20{ZERO}"],
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(BadTable):
        Weights(table(tmp_path, *lines))


def test_every_line_of_the_table_is_a_feature_that_some_text_can_have() -> None:
    names = Weights().features()
    assert len(names) >= 10_000
    for name in names:
        assert name in {made for made, _, _ in features(shortest_words_of(name))}, name


def shortest_words_of(name: str) -> list[str]:
    """The words of a text that has a feature."""
    if name.startswith("*"):
        return [name.strip("*").strip("_")]
    member = {"<kin>": "mom", "<them>": "her", "<meds>": "pills", "<number>": "7", "..": "then"}
    return [member.get(word, word) for word in name.split()]


def test_the_table_was_learnt_from_the_texts_that_are_here_and_not_from_the_clean_ones() -> None:
    head = TABLE.read_text(encoding="utf-8").partition(HEAD)[0]
    said = {name: int(count) for name, count in re.findall(r"(\w+) (\d+)[,.]", head)}
    here = {
        author: len(list(corpus(folder=folder)))
        for author, folder in AUTHORS.items()
        if author not in CLEAN
    }
    assert said == here, "make crisis-weights"


def test_the_table_is_small_enough_to_be_read() -> None:
    assert TABLE.stat().st_size < 2_000_000
