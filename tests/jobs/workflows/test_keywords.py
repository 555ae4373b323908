"""Words that are obeyed (domain.md section 6)."""

from __future__ import annotations

import pytest

from services.jobs.workflows.keywords import Keyword, keyword


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop",
        "Stop.",
        " STOP!! ",
        "STOPALL",
        "unsubscribe",
        "CANCEL",
        "End",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "opt out",
        "Opt-Out",
        "please stop texting me",
        "Don't text me again",
        "Please do not text me anymore!",
        "no me escribas más",
        "Please stop",
        "stop, please!",
        "Stop now.",
        "No more texts",
        "no more messages please",
        "stop texting",
        "please unsubscribe",
        "Please opt out",
        "¡Pare!",
        "Pare, por favor",
        "No más mensajes",
        "Ya no me escriban",
        "Por favor, no me escriban más",
        "¡Basta de mensajes!",
        "S.T.O.P.",
        "_STOP_",
        "ＳＴＯＰ",
        "S\u200bTOP\ufeff",
    ],
)
def test_a_whole_message_that_says_stop_opts_out(body: str) -> None:
    assert keyword(body) is Keyword.STOP


@pytest.mark.parametrize(
    "body",
    [
        "I can't stop crying",
        "stop it",
        "stop it mom",
        "please stop him",
        "stop now and then",
        "no more texts from my brother, he gave up",
        "please make it stop",
        "no más",
        "basta",
        "está muy alto",
        "Alto",  # of low, middle and high
        "que pare el dolor",
        "necesito ayuda",
        "he won't stop yelling",
        "the end of the day",
        "no help",
        "I need help",
        "start over",
        "",
        "yes please",
        "I want to quit my job",
        "end my subscription",
        "please",
        "please don't text me when he is around",
    ],
)
def test_a_word_inside_a_sentence_is_part_of_the_sentence(body: str) -> None:
    assert keyword(body) is None


def test_start_help_and_yes_are_told_apart() -> None:
    assert keyword("Start") is Keyword.START
    assert keyword("UNSTOP") is Keyword.START
    assert keyword("info") is Keyword.HELP
    assert keyword("¡AYUDA!") is Keyword.HELP
    assert keyword("Yes!") is Keyword.YES


def test_what_twilio_recognised_counts_first() -> None:
    assert keyword("Para", "STOP") is Keyword.STOP
    assert keyword("whatever", "START") is Keyword.START
    assert keyword("STOP", "HELP") is Keyword.HELP


def test_a_reading_of_twilios_that_we_do_not_know_leaves_the_words_to_us() -> None:
    assert keyword("STOP", "PAUSE") is Keyword.STOP
    assert keyword("hello", "PAUSE") is None
