"""Recognising a crisis (domain.md section 5)."""

from __future__ import annotations

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import detect

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


def test_hostile_text_is_read_in_linear_time() -> None:
    assert detect("i want " * 5000) is None
    assert detect("a" * 100_000) is None
    assert detect("\u0000\ud83d\ude00 " * 1000) is None
