"""Places by class."""

from __future__ import annotations

import asyncio

import pytest

from services.jobs.types import JOB_TYPES
from services.jobs.worker.slots import CLASSES, Slots
from tests.jobs.worker.scripted import story


@pytest.mark.parametrize(
    ("total", "urgent", "answers", "rest"),
    [(12, 8, 2, 2), (32, 8, 12, 12), (64, 16, 24, 24), (1000, 250, 375, 375)],
)
def test_a_quarter_and_never_fewer_than_eight_places_are_for_urgent_jobs(
    total: int, urgent: int, answers: int, rest: int
) -> None:
    slots = Slots(total, JOB_TYPES)
    assert [slots.free(name) for name in CLASSES] == [urgent, answers, rest]


def test_too_few_places_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        Slots(11, JOB_TYPES)


def test_every_type_has_a_place() -> None:
    slots = Slots(64, JOB_TYPES)
    offers = [slots.on_offer(name) for name in CLASSES]
    assert {name for offer in offers for name in offer.types} == set(JOB_TYPES)
    assert "answer_sms" not in offers[0].types


def test_urgent_jobs_may_be_offered_the_places_of_the_rest_but_not_those_of_answers() -> None:
    slots = Slots(12, JOB_TYPES)
    urgent, answers, rest = [slots.on_offer(name) for name in CLASSES]
    assert set(urgent.types) < set(rest.types)
    assert not set(urgent.types) & set(answers.types)


def test_answers_that_hang_leave_every_other_place_free() -> None:
    slots = Slots(12, JOB_TYPES)
    slots.take("answers")
    slots.take("answers")
    assert [slots.on_offer(name).count for name in CLASSES] == [8, 0, 2]


def test_of_a_large_class_one_half_is_offered_while_the_other_may_run() -> None:
    slots = Slots(1000, JOB_TYPES)
    assert slots.on_offer("rest").count == 187
    assert slots.on_offer("urgent").count == 125
    assert Slots(64, JOB_TYPES).on_offer("rest").count == 24


def test_places_for_which_one_claim_asks_are_not_offered_to_another() -> None:
    slots = Slots(1000, JOB_TYPES)
    assert [slots.claims(name) for name in CLASSES] == [2, 2, 2]
    with slots.offer("rest") as first, slots.offer("rest") as second:
        assert (first.count, second.count) == (187, 187)
        assert slots.on_offer("rest").count == 1
        assert slots.on_offer("answers").count == 187
    assert slots.free("rest") == 375


def test_a_small_class_has_one_claim_for_all_its_places() -> None:
    assert [Slots(64, JOB_TYPES).claims(name) for name in CLASSES] == [1, 1, 1]


def test_a_place_that_was_on_offer_in_vain_is_told_of() -> None:
    async def go() -> None:
        slots = Slots(12, JOB_TYPES)
        with slots.offer("answers"):
            waiting = asyncio.create_task(slots.wait_for_a_place("answers"))
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting

    story(go())


def test_a_place_is_free_again_while_the_end_is_on_its_way_but_ends_do_not_pile_up() -> None:
    slots = Slots(12, JOB_TYPES)
    for ended in range(1, 5):
        slots.take("rest")
        slots.end("rest")
        assert slots.free("rest") == (2 if ended <= 2 else 4 - ended), ended
    slots.settle("rest")
    assert slots.free("rest") == 1


def test_whoever_waits_gets_the_next_free_place_of_the_class() -> None:
    async def go() -> None:
        slots = Slots(12, JOB_TYPES)
        for _ in range(2):
            slots.take("answers")
            slots.take("rest")
        waiting = asyncio.create_task(slots.wait_for_a_place("answers"))
        slots.end("rest")
        slots.settle("rest")
        await asyncio.sleep(0)
        assert not waiting.done()
        slots.end("answers")
        await waiting
        assert slots.on_offer("answers").count == 1

    story(go())
