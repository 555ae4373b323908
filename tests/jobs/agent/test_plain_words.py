"""Without a model, what is asked for outright is understood, and nothing is read into the rest."""

from __future__ import annotations

import pytest

from services.jobs.agent.deeds import CheckIns, Questionnaire
from services.jobs.agent.plain_words import wishes_of

DAILY, MONTHLY = Questionnaire.DAILY_CHECK_IN, Questionnaire.MONTHLY_REVIEW


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "My name is Ana and I care for my dad",
            {"first_name": "Ana", "care_recipient_name": "dad"},
        ),
        ("please call me Mary-Ann", {"first_name": "Mary-Ann"}),
        ("me llamo José", {"first_name": "José"}),
        ("I’m caring for my mother-in-law, Rosa", {"care_recipient_name": "Rosa"}),
        ("I am her daughter", {"relationship": "daughter"}),
        ("my zip is 60614", {"zip_code": "60614"}),
        ("call me tomorrow", {}),
        ("call me later please", {}),
        ("my name is mud", {}),
        ("Mom calls me Useless", {}),
        ("I care for my own sanity", {}),
        ("Can you call me Monday?", {}),
        ("I'm caring for my mom Please help", {"care_recipient_name": "mom"}),
        ("I'm caring for my mom Rosa Please help", {"care_recipient_name": "Rosa"}),
        ("I'm his wife's friend", {}),
    ],
)
def test_what_people_tell_of_themselves(text: str, told: dict[str, str]) -> None:
    assert dict(wishes_of([text]).told) == told


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("could you check in less often", CheckIns.FEWER),
        ("Please check in on me a little less", CheckIns.FEWER),
        ("fewer check-ins please", CheckIns.FEWER),
        ("stop checking in", CheckIns.NONE),
        ("no more check-ins", CheckIns.NONE),
        ("don't check in on me", CheckIns.NONE),
        ("you can check in again", CheckIns.AS_USUAL),
        ("please don't check in on me any more.", CheckIns.NONE),
        ("can you stop the check-ins", CheckIns.NONE),
        ("I want fewer check-ins", CheckIns.FEWER),
        ("Please don't stop the check-ins", None),
        ("never stop checking in", None),
        ("Why did you stop checking in?", None),
        ("I never check in on mom enough", None),
        ("I don't check in with my doctor", None),
        ("lately I check in less with friends", None),
        ("I don't want fewer check-ins", None),
        ("please don't start check-ins", None),
        ("nobody ever checks in on me", None),
        ("I stop and check in the mirror", None),
    ],
)
def test_how_often_they_want_to_be_checked_in_on(text: str, wish: CheckIns | None) -> None:
    assert wishes_of([text]).check_ins == wish


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("check in", DAILY),
        ("Check-in please!", DAILY),
        ("can we do a check-in?", DAILY),
        ("daily check in", DAILY),
        ("monthly review", MONTHLY),
        ("start my monthly review", MONTHLY),
        ("the doctor wants to check in on her", None),
        ("we check in at the hospital at 9", None),
    ],
)
def test_a_check_in_is_asked_for_by_the_whole_text(text: str, which: Questionnaire | None) -> None:
    assert wishes_of([text]).questionnaire == which


def test_of_several_texts_the_last_word_counts() -> None:
    wishes = wishes_of(["call me Ana", "no more check-ins", "sorry, call me Anna", "check in less"])
    assert (wishes.told, wishes.check_ins) == ({"first_name": "Anna"}, CheckIns.FEWER)
    assert wishes_of(["who can I call", "hi"]).numbers
