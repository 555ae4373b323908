"""Places by class."""

from __future__ import annotations

import asyncio

import pytest

from services.jobs.types import JOB_TYPES
from services.jobs.worker.slots import Slots
from tests.jobs.worker.scripted import story


def offered(slots: Slots) -> dict[str, int]:
    """Free places, by a type that only this class takes first."""
    return {
        name: group.count
        for group in slots.on_offer()
        for name in ("process_inbound_sms", "answer_sms", "probe")
        if name == group.types[0] or (name == "probe" and "probe" in group.types)
    }


@pytest.mark.parametrize(
    ("total", "urgent", "answers", "rest"),
    [(12, 8, 2, 2), (32, 8, 12, 12), (64, 16, 24, 24), (1000, 250, 375, 375)],
)
def test_a_quarter_and_never_fewer_than_eight_places_are_for_urgent_jobs(
    total: int, urgent: int, answers: int, rest: int
) -> None:
    counts = [group.count for group in Slots(total, JOB_TYPES).on_offer()]
    assert counts == [urgent, answers, rest]


def test_too_few_places_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        Slots(11, JOB_TYPES)


def test_every_type_has_a_place() -> None:
    groups = Slots(64, JOB_TYPES).on_offer()
    assert {name for group in groups for name in group.types} == set(JOB_TYPES)
    assert "answer_sms" not in groups[0].types


def test_urgent_jobs_take_the_places_of_the_rest_when_theirs_are_full() -> None:
    slots = Slots(12, JOB_TYPES)
    taken = [slots.take("send_crisis_reply") for _ in range(9)]
    assert taken == ["urgent"] * 8 + ["rest"]
    assert slots.is_any_class_full()
    assert offered(slots) == {"answer_sms": 2, "probe": 1}


def test_urgent_jobs_may_be_offered_the_places_of_the_rest_but_not_those_of_answers() -> None:
    urgent, answers, rest = Slots(12, JOB_TYPES).on_offer()
    assert set(urgent.types) < set(rest.types)
    assert not set(urgent.types) & set(answers.types)


def test_answers_that_hang_leave_every_other_place_free() -> None:
    slots = Slots(12, JOB_TYPES)
    for _ in range(2):
        slots.take("answer_sms")
    counts = {group.types[0]: group.count for group in slots.on_offer()}
    assert "answer_sms" not in counts
    assert sum(counts.values()) == 10


def test_a_type_that_is_not_known_takes_a_place_of_the_rest() -> None:
    assert Slots(12, JOB_TYPES).take("from_a_newer_version") == "rest"


def test_whoever_waits_gets_the_next_free_place() -> None:
    async def go() -> None:
        slots = Slots(12, JOB_TYPES)
        classes = [
            slots.take(name)
            for name in ["send_crisis_reply"] * 8 + ["answer_sms"] * 2 + ["probe"] * 2
        ]
        waiting = asyncio.create_task(slots.wait_for_a_place())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert slots.on_offer() == []
        slots.release(classes[8])
        await waiting
        assert [group.types[0] for group in slots.on_offer()] == ["answer_sms"]

    story(go())
