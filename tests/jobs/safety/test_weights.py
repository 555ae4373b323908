"""The weights of crisis detection: what a text scores, and the table that says so."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import sqrt
from pathlib import Path

import pytest

from services.jobs.safety.features import features
from services.jobs.safety.normalise import normalise
from services.jobs.safety.weights import (
    COLUMNS,
    KINDS,
    PART,
    SHORT,
    TABLE,
    BadTable,
    Weights,
    number_of,
    write_table,
)
from tests.jobs.safety.corpus import AUTHORS, CLEAN, corpus

NO_KIND = [0] * len(KINDS)


def weights_of(
    tmp_path: Path, rows: dict[str, list[int]], start: float = 0.0, author: str = "ann"
) -> Weights:
    """In tenths: the rarity of a feature, then what it adds to any kind and to each."""
    path = tmp_path / "weights.bin"
    write_table(path, rows, [start] * (len(COLUMNS) - 1), {author: 3})
    return Weights(path)


def test_a_score_is_what_features_weigh_by_how_rare_they_are(tmp_path: Path) -> None:
    rows = {"die": [30, 60, *NO_KIND], "want to": [40, -40, *NO_KIND]}
    weights = weights_of(tmp_path, rows, start=-5.0)
    scores = weights.scores(normalise("I want to die, die"))
    length = sqrt(SHORT + 3**2 + 4**2)
    assert scores.any == pytest.approx(-5 + (3 * 2 - 4 * 1) / length)
    assert scores.adds == pytest.approx({"die": 6 / length, "want to": -4 / length})
    assert weights.scores(normalise("")).any == pytest.approx(-5)


def test_each_kind_has_a_score_of_its_own(tmp_path: Path) -> None:
    weights = weights_of(tmp_path, {"die": [30, 0, *(30 * at for at in range(len(KINDS)))]})
    share = 3 / sqrt(SHORT + 3**2)
    expected = {kind: pytest.approx(at * share) for at, kind in enumerate(KINDS)}
    assert weights.scores(normalise("die")).of_kind == expected


def test_a_table_says_what_it_holds_and_what_it_was_learnt_from(tmp_path: Path) -> None:
    weights = weights_of(tmp_path, {"die": [30, 60, *NO_KIND], "*zz*": [10, 0, *NO_KIND]})
    assert len(weights) == 2
    assert ("die" in weights, "*zz*" in weights, "want" in weights) == (True, True, False)
    assert weights.learnt_from == {"ann": 3}
    assert len(weights_of(tmp_path, {})) == 0


def test_the_two_sentences_that_score_most_stand_for_the_text(tmp_path: Path) -> None:
    rows = {"die": [30, 600, *NO_KIND], "weekend": [40, -900, *NO_KIND]}
    weights = weights_of(tmp_path, rows)
    scores = weights.scores(normalise("A good weekend. Mom slept. I want to die. The dog ate"))
    assert scores.adds == pytest.approx({"die": 60 / sqrt(SHORT + 3**2)})
    assert scores.any == pytest.approx(60 / sqrt(SHORT + 3**2) - PART)
    assert scores.pairs == 3
    assert weights.scores(normalise("A good weekend. I want to die")).pairs == 0


def test_a_long_story_does_not_hide_a_sentence() -> None:
    weights = Weights()
    cry = "I want to kill myself."
    story = (
        "We had a good weekend. My brother came by with the kids. Mom told him about the ferry. "
    )
    scores = weights.scores(normalise(3 * story + cry + " " + 3 * story))
    assert scores.any > weights.scores(normalise(6 * story)).any + 3
    assert "kill myself" in scores.adds


def test_a_table_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    weights_of(tmp_path, {"die": [30, 60, *NO_KIND]})
    good = path.read_bytes()
    head, _, body = good.partition(b"\n")
    assert len(Weights(path)) == 1
    for bad in (
        b"",
        b"5\n",
        b"feature\trarity\tany\n",
        body,
        good[:-1],
        good + b"\0",
        good.replace(b'"rows": 1', b'"rows": 2'),
        good.replace(b'"any"', b'"all"'),
        head.replace(b"[0.0, ", b"[") + b"\n" + body,
    ):
        path.write_bytes(bad)
        with pytest.raises(BadTable):
            Weights(path)


def test_what_does_not_fit_into_a_table_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(OverflowError):
        weights_of(tmp_path, {"die": [30, 40_000, *NO_KIND]})


def form_of(feature: str) -> str:
    """Of features.py: letters by their number, words by theirs and by what stands between them."""
    if feature.startswith("*"):
        return f"{len(feature) - 2} letters"
    return re.sub(r"<?[^<>.| ]+>?", "word", feature)


def test_the_table_holds_most_of_what_texts_have_in_common_and_each_feature_once() -> None:
    """So a change of what is taken for a feature shows: make crisis-weights, which leaves out the
    three tenths that say least."""
    weights = Weights()
    assert len(weights) >= 100_000
    some = [
        each.text
        for author in sorted(AUTHORS.keys() - CLEAN)
        for each in list(corpus(folder=AUTHORS[author]))[::40]
    ]
    held = Counter(
        feature for text in some for feature in {f for f, _, _ in features(normalise(text).split())}
    )
    common = [feature for feature, texts in held.items() if texts >= 2]
    there = Counter(form_of(feature) for feature in common)
    lacking = Counter(form_of(feature) for feature in common if feature not in weights)
    assert sum(there.values()) >= 30_000
    often = {form: texts for form, texts in there.items() if texts >= 100}
    assert len(often) >= 12
    assert [form for form, texts in often.items() if lacking[form] > 0.3 * texts] == []
    numbers = weights._numbers
    assert all(one < next_one for one, next_one in pairwise(numbers))


def test_the_table_was_learnt_from_the_texts_that_are_here_and_not_from_the_clean_ones() -> None:
    here = {
        author: len(list(corpus(folder=folder)))
        for author, folder in AUTHORS.items()
        if author not in CLEAN
    }
    assert Weights().learnt_from == here, "make crisis-weights"


def test_the_table_is_small_enough_for_every_worker() -> None:
    assert TABLE.stat().st_size < 12_000_000


def test_the_number_of_a_feature_is_the_same_in_every_process() -> None:
    assert number_of("want to die") == 0xD57D0E22161F7B00
