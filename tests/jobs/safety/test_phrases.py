"""The notation of the rules of crisis detection."""

from __future__ import annotations

import pytest

from services.jobs.safety.normalise import normalise
from services.jobs.safety.phrases import BadPhrase, Table, phrases
from services.jobs.safety.required import parts_of
from services.jobs.safety.rules import (
    abuse,
    harm_to_other,
    medical_emergency,
    not_meant,
    suicide,
    third_person,
)
from services.jobs.safety.rules.words import WORDS as DETECTION_WORDS
from tests.jobs.safety.corpus import corpus

WORDS = {"them": "him|her|my <kin>", "kin": "mom|dad", "other": "he|she|they"}


@pytest.mark.parametrize(
    ("phrase", "fits", "fails"),
    [
        ("end my life", "i will end my life tonight", "end of my life"),
        ("suicid*", "she is suicidal now", "a homosuicid x"),
        ("want to (die|be dead)", "i want to be dead", "i want to dine"),
        ("want to [just|really] die", "want to really die", "want to not die"),
        ("hurt ..2 myself", "hurt or kill myself", "hurt one two three myself"),
        ("hurt ..2 myself", "hurt myself", "hurt | myself"),
        ("i ~2 die", "i really will die", "i hope she will die"),
        ("die !(of laughing|for)", "i could die", "i could die of laughing"),
        ("hit <them>", "hit my dad", "hit the ball"),
        ("| suicide |", "suicide", "suicide prevention"),
    ],
)
def test_a_phrase_finds_its_words_and_no_others(phrase: str, fits: str, fails: str) -> None:
    table = Table(phrase, WORDS)
    assert table.first(f" | {fits} | ")
    assert not table.first(f" | {fails} | ")


def test_a_table_has_comments_and_phrases_over_several_lines() -> None:
    text = """
    # a heading
    kill myself   # C-SSRS 2
    want to (
        die
        | be dead
    )
    """
    assert list(phrases(text)) == ["kill myself", "want to ( die | be dead )"]


def test_what_is_taken_out_ends_the_sentence_there() -> None:
    table = Table("not suicidal", WORDS)
    assert table.without(" | i am not suicidal just tired | ") == (
        " | i am | just tired | ",
        ["not suicidal"],
    )
    assert table.without(" | i am tired | ") == (" | i am tired | ", [])


def test_of_what_is_taken_out_the_leftmost_goes_first_and_of_one_place_the_first_phrase() -> None:
    table = Table("tired of\ntired of living\nso tired", WORDS)
    assert table.without(" | so tired of living tired of living tired of | ") == (
        " | | of living | living | | ",
        ["so tired", "tired of", "tired of"],
    )


def test_every_phrase_that_fits_a_text_is_among_those_tried_on_it() -> None:
    texts = [normalise(each.text) for each in corpus()][::20]
    for rules in (abuse, harm_to_other, medical_emergency, not_meant, suicide, third_person):
        table = Table(rules.EN + rules.ES, DETECTION_WORDS)
        for text in texts:
            fitting = {rule for rule in table.rules if rule.pattern.search(text)}
            assert fitting <= set(table.possible(parts_of(text)))


def test_a_gap_at_the_end_of_a_phrase_takes_what_it_may() -> None:
    assert Table("movie ..2", WORDS).without(" | the movie she saw today | ")[0] == (
        " | the | today | "
    )


@pytest.mark.parametrize("bad", ["(die", "die)", "[]", "die &", "(|die)", "<them", "(die|)"])
def test_a_phrase_that_is_no_phrase_is_refused(bad: str) -> None:
    with pytest.raises(BadPhrase):
        Table(bad, WORDS)


def test_a_name_that_no_list_has_is_refused() -> None:
    with pytest.raises(KeyError):
        Table("hit <nobody>", WORDS)
