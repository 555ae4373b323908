"""The corpus that crisis detection is measured by can be trusted to measure it."""

from __future__ import annotations

from collections import Counter

from tests.jobs.safety.corpus import (
    CRISES,
    FRESH,
    OTHERS,
    Labelled,
    corpus,
    near_duplicates,
    words,
)

TEXTS = list(corpus())


def test_it_is_large_enough_held_out_and_in_development() -> None:
    held_out = Counter(each.label for each in TEXTS if each.is_held_out)
    development = Counter(each.label for each in TEXTS if not each.is_held_out)
    assert len(TEXTS) >= 1_500
    for label in ("suicide", "passive_ideation", "hard_negatives"):
        assert held_out[label] >= 150
        assert development[label] >= 150
    for label in (*CRISES, *OTHERS):
        assert held_out[label] >= 50
        assert development[label] >= 50


def test_every_kind_has_both_languages_and_the_ways_people_write() -> None:
    for label in CRISES:
        mine = [each for each in TEXTS if each.label == label]
        assert {each.language for each in mine} == {"en", "es", "mixed"}
        topics = {each.topic for each in mine}
        assert topics >= {"plain", "sms", "typo", "caps", "emoji", "repeat", "long", "short"}


def test_no_text_stands_twice_in_nearly_the_same_words() -> None:
    assert near_duplicates(TEXTS) == []


def test_a_near_duplicate_is_found() -> None:
    texts = [
        Labelled("suicide", "en", "plain", "I want to end my life tonight"),
        Labelled("suicide", "en", "caps", "I WANT TO END MY LIFE, TONIGHT!!"),
        Labelled("suicide", "en", "plain", "tonight I want to end it"),
        Labelled("ordinary", "en", "plain", "I want to end my life tonight"),
    ]
    assert near_duplicates(texts) == [(texts[0], texts[1])]


def test_the_second_authors_texts_are_many_and_few_stand_in_the_first_corpus() -> None:
    fresh = list(corpus(folder=FRESH))
    counted = Counter(each.label for each in fresh)
    least = {"suicide": 160, "passive_ideation": 160, "hard_negatives": 220, "ordinary": 90}
    for label in (*CRISES, *OTHERS):
        assert counted[label] >= least.get(label, 50)
    known = {tuple(words(each.text)) for each in TEXTS}
    assert sum(tuple(words(each.text)) in known for each in fresh) <= len(fresh) / 10
