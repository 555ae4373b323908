"""One spelling for the many ways in which people type the same thing."""

from __future__ import annotations

import pytest

from services.jobs.safety.normalise import normalise
from services.jobs.safety.spellings import CONFUSABLE


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I WANT to Die", "i want to die"),
        ("I’m so tired, can’t go on", "i am so tired can not go on"),
        ("k!ll mys3lf", "kill myself"),
        ("su1c1d3", "suicide"),
        ("s*icide", "suicide"),
        ("s.u.i.c.i.d.e", "suicide"),
        ("k i l l myself", "kill myself"),
        ("when i d i e", "when i die"),
        ("the i c u", "the icu"),
        ("i wanna dieeeee", "i want to die"),
        ("dont wanna b here nemore", "do not want to be here anymore"),
        ("w/o me", "without me"),
        ("i wnat too kill mysefl", "i want to kill myself"),
        ("thinkin bout it", "thinking about it"),
        ("kiero morirme xq no aguanto", "quiero morirme porque no aguanto"),
        ("ojalá no despertara mañana", "ojala no despertara manana"),
        ("pills 💊 and 🔫", "pills pills and gun"),
        ("kms 😂", "kill myself lol"),
        ("i w\u200bant to d\u00adie\ufeff", "i want to die"),
        ("done. goodbye!", "done | goodbye"),
        ("call 911 at 9", "call 911 at 9"),
    ],
)
def test_spellings_become_words(typed: str, meant: str) -> None:
    assert normalise(typed).split() == ["|", *meant.split(), "|"]


@pytest.mark.parametrize(
    "word", ["mother", "hunting", "homeless", "matarte", "overdone", "amusing"]
)
def test_a_word_that_means_itself_is_left_as_it_is(word: str) -> None:
    assert normalise(word) == f" | {word} | "


def test_a_slip_in_a_long_word_is_forgiven() -> None:
    for word in CONFUSABLE:
        swapped = word[:-2] + word[-1] + word[-2]
        assert normalise(swapped).strip(" |") in CONFUSABLE, swapped


@pytest.mark.parametrize("text", ["", " ", "😀", "\0", "\ud83d", "...", "@$!", "ﷺ" * 400])
def test_what_holds_no_word_holds_nothing(text: str) -> None:
    assert set(normalise(text)) <= set(" |")


@pytest.mark.parametrize(
    "text", ["I am tired. So tired.", "...I am tired!! So tired...", "I am tired?!\n\nSo tired"]
)
def test_where_sentences_end_there_is_one_mark_however_they_end(text: str) -> None:
    assert normalise(text) == " | i am tired | so tired | "


@pytest.mark.parametrize("text", ["", " ", "...", "?! |"])
def test_of_nothing_there_is_no_sentence(text: str) -> None:
    assert normalise(text) == " | "
