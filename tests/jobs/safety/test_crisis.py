"""Recognising a crisis (domain.md section 5)."""

from __future__ import annotations

import time

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import detect, read
from tests.jobs.safety.corpus import corpus

CRISES = {
    "SUICIDE": [
        "I want to die",
        "i wanna kill myself",
        "kms",
        "I’m going to end my life tonight",
        "I want 2 d1e",
        "thinking about suicide again",
        "I don't want to live anymore",
        "stop i want to die",
        "help I want to end it all",
        "cancel I am suicidal",
        "I waaaant to dieeee",
        "quiero morir",
        "no quiero vivir",
        "Quiero quitarme la vida",
    ],
    "PASSIVE_IDEATION": [
        "They'd be better off without me",
        "I wish I could just not wake up",
        "I wish I could disappear",
        "everyone would be happier without me",
        "I'm tired of living",
        "estarían mejor sin mí",
    ],
    "THIRD_PERSON": ["my mom says she wants to die", "my dad tried to kill himself"],
    "HARM_TO_OTHER": ["I'm going to hit him", "I'm scared I will hurt her"],
    "ABUSE": ["my husband hits me", "he keeps hitting me", "mi esposo me pega"],
    "MEDICAL_EMERGENCY": [
        "mom fell and her speech is slurred",
        "dad has chest pain",
        "she's not breathing",
        "I think he overdosed",
    ],
}

NOT_CRISES = [
    "I can't stop crying",
    "this traffic kills me",
    "I'm done",
    "need a break",
    "end my subscription",
    "my back is killing me",
    "lol I could die of embarrassment",
    "I would never hurt myself",
    "I'm not suicidal, just tired",
    "I'm dying to see the grandkids",
    "Dad passed away last year and I miss him",
    "I'm so tired, mom was up all night",
    "How do I cancel",
    "hello",
    "",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in CRISES.items() for text in texts]
)
def test_a_crisis_is_recognised_with_its_kind(kind: str, text: str) -> None:
    found = detect(text)
    assert found is not None
    assert InboundCrisisKind.Name(found.kind) == f"INBOUND_CRISIS_KIND_{kind}"


@pytest.mark.parametrize("text", NOT_CRISES)
def test_fatigue_idiom_and_jokes_are_no_crisis(text: str) -> None:
    assert detect(text) is None


def test_the_language_of_the_text_is_the_language_of_the_answer() -> None:
    found = detect("Quiero morir")
    assert found is not None
    assert found.language == "es"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("SUICIDE", "My mom hits me and I want to kill myself"),
        ("SUICIDE", "I want to hurt her and I want to die"),
        ("MEDICAL_EMERGENCY", "I want to die and I just took the whole bottle of pills"),
        ("THIRD_PERSON", "He says he wants to die. I wish I was dead too."),
        ("ABUSE", "he says he'll kill me if I leave"),
        ("HARM_TO_OTHER", "I slapped her and I feel like dying of shame"),
        ("SUICIDE", "I overdosed last night"),
    ],
)
def test_of_several_kinds_the_gravest_is_answered(kind: str, text: str) -> None:
    found = detect(text)
    assert found is not None
    assert InboundCrisisKind.Name(found.kind) == f"INBOUND_CRISIS_KIND_{kind}"


@pytest.mark.parametrize(
    "text",
    [
        "I'm not suicidal, I just wish I was dead",
        "This traffic kills me. I want to kill myself.",
        "end my subscription, I'm ending my life",
        "I don't want to kill myself but I think I'm going to",
        "two years ago I lost my mom and I want to die",
        "they screen everybody for suicide and I'm suicidal",
        "she hums all day and I'm suicidal",
        "the nurse asked do you want to hurt yourself and I said yes",
        "he has sleep apnea and he's not breathing",
    ],
)
def test_what_is_not_meant_hides_nothing_else_in_the_text(text: str) -> None:
    assert detect(text) is not None


@pytest.mark.parametrize(
    "plain", ["I want to kill myself.", "I really want to die.", "Me quiero suicidar."]
)
def test_what_is_said_plainly_is_a_crisis_whatever_stands_around_it(plain: str) -> None:
    around = "Thank you for the recipe, dinner was lovely and grandpa laughed a lot. "
    for text in (plain, f"{around} {plain}", f"{plain} {around}", 9 * around + plain + 9 * around):
        reading = read(text)
        assert reading.certain is not None
        assert reading.crisis is not None
        assert reading.crisis.kind == InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE


@pytest.mark.parametrize(
    "text",
    [
        "he overdosed",
        "mom just overdosed on her pills",
        "mom fell and cant speak right",
        "he fell down now he cant talk",
        "she fell and her speech is slurred",
        "I overdosed",
        "I just overdosed",
        "I OD'd",
        "I think I overdosed",
        "I've overdosed, help",
        "Ive overdosed",
        "i overdosed on pills",
        "i od'd on my meds",
        "I took an overdose",
        "help I think I've taken an overdose",
        "i think i overdosed mom",
        "mom choking",
        "help my husband choking",
    ],
)
def test_an_overdose_and_a_fall_that_takes_speech_are_emergencies(text: str) -> None:
    """Of the examples of domain.md section 5; weights alone would take some of them for none."""
    found = detect(text)
    assert found is not None
    assert found.kind == InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "I overdosed on chocolate lol",
        "I overdosed in college, never again",
        "At 19 I overdosed. At 50 I run a support circle for teen moms",
        "I overdosed on his insulin once by accident in 2020, he was fine",
        "I almost overdosed my dad today",
        "Years ago I took an overdose. I am glad it did not work",
    ],
)
def test_an_overdose_of_long_ago_or_of_sweets_is_none(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "i want to d i e",
        "i want to d.i.e.",
        "I just want 2 d i e",
        "wanna d-i-e",
        "some days i d i e inside and want to k i l l myself",
        "i w a n t t o d i e",
        "iwanttodie",
    ],
)
def test_a_wish_to_die_is_recognised_where_its_letters_stand_apart(text: str) -> None:
    found = detect(text)
    assert found is not None
    assert found.kind == InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE


@pytest.mark.parametrize(
    "text",
    [
        "he overdosed in 2015",
        "dad fell again and cant talk about it",
        "she fell last year and cant talk since then",
    ],
)
def test_what_is_long_over_and_a_fall_that_nobody_speaks_of_are_none(text: str) -> None:
    assert detect(text) is None


HOSTILE = [
    "i want ",
    "if i ",
    "he is ",
    "my mom says ",
    "she she ",
    "no ",
    "say i ",
    "a.b.c.",
    "k!l!",
    "aaaa",
    "suicidf ",
    "ﷺ",
    "1a ",
    "me la me lo ",
    "the movie ",
    "i. want. ",
    "kill myself ",
    "my husband hits me and i want to die. ",
]
LONGEST = (
    "We had a good weekend, my brother came and mom told him about the ferry three times. " * 19
)


MANY_KINDS = " ".join(each.text for each in list(corpus())[::40])
"""Of the corpus, put together: most rules and weights have something to say."""


def seconds(text: str) -> float:
    """Of processor time, the best of several: others may be at work here."""
    best = 1.0
    for _ in range(7):
        begun = time.thread_time()
        detect(text)
        best = min(best, time.thread_time() - begun)
    return best


@pytest.mark.parametrize("piece", [LONGEST, MANY_KINDS, *HOSTILE])
def test_the_longest_text_is_read_within_20_milliseconds(piece: str) -> None:
    text = (piece * 1600)[:1600]
    # Once is enough: others may be at work here for a while.
    assert any(seconds(text) < 0.02 for _ in range(5))


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_takes_no_more_than_about_twice_the_time(piece: str) -> None:
    # Once is enough: others may be at work here for a while.
    assert any(
        seconds((piece * 1600)[:1600]) < 3 * seconds((piece * 800)[:800]) + 0.001 for _ in range(5)
    )


def test_no_text_is_too_long_or_too_strange() -> None:
    assert detect("a" * 100_000) is None
    assert detect("\u0000\ud83d\ude00 " * 1000) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ya deje pagada la renta y el viernes ya no voy a estar con vida", "es"),
        ("tell Marcy the key is under the mat, took 20, going to lie down", "en"),
    ],
)
def test_what_only_the_weights_recognise_is_answered_in_its_language(
    text: str, language: str
) -> None:
    reading = read(text)
    assert reading.rules == []
    assert reading.crisis is not None
    assert reading.crisis.language == language


@pytest.mark.parametrize(
    "text",
    [
        "I want\u200bto\u200bdie",
        "I\ufeffwant\ufeffto\ufeffdie",
        "quiero\u200bmorir",
        "mom isn't\u200bbreathing",
        "I want to kill my\u200bself",
        "sui\u00adcide is on my mind, I have the pills ready to\u00adnight",
    ],
)
def test_signs_that_do_not_show_hide_no_crisis_within_words_nor_between_them(text: str) -> None:
    assert detect(text) is not None
    assert read(text).crisis == detect(text)
