"""An operator takes over from the assistant (domain.md section 13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1 import payloads_pb2 as payloads
from protos.profile.v1 import profile_pb2 as profile
from tests.world.world import World

pytestmark = pytest.mark.slow

OURS = conversation.Direction.DIRECTION_OUTBOUND
WORDS = "This is Eva from the line. I have read what you wrote. May I call you at 5?"


def holds(world: World, user_id: str, until: datetime | None) -> profile.Profile:
    request = profile.HoldAssistantRequest(
        user_id=user_id, until=None if until is None else timestamp(until)
    )
    return world.operator_profile.HoldAssistant(request).profile


def writes(world: World, user_id: str, key: str) -> None:
    text = payloads.SendOperatorText(user_id=user_id, body=WORDS, request_key="offer")
    payload = payloads.JobPayload(send_operator_text=text)
    world.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=jobs.NewJob(key=key, payload=payload)))


def looks(world: World, user_id: str) -> list[jobs.Job]:
    """Jobs that wait to look at the person's texts again."""
    waiting = world.jobs_of_type("answer_sms", jobs.JOB_STATE_SCHEDULED)
    return [each for each in waiting if world.job(each.key).payload.answer_sms.user_id == user_id]


def test_an_operator_holds_the_assistant_writes_and_gives_the_person_back(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    user_id = world.user_id(ana)
    end = datetime.now(UTC) + timedelta(hours=1)
    assert holds(world, user_id, end).assistant_held_until == timestamp(end)
    [deed] = world.operator_profile.ListAuditRecords(
        profile.ListAuditRecordsRequest(page_size=1)
    ).audit_records
    assert (deed.method.endswith("/HoldAssistant"), deed.subject) == (True, user_id)

    world.texts(ana, "I cannot sleep")
    world.texts(ana, "and my brother does not help")
    world.rests()
    assert len(world.phone(ana).received) == 1
    world.texts(ana, "I want to die")
    [_, crisis_reply] = world.receives(ana, 2)
    assert "988" in crisis_reply.body

    writes(world, user_id, f"offer:{user_id}")
    writes(world, user_id, f"offer-again:{user_id}")
    assert world.receives(ana, 3)[2].body == WORDS
    [shown] = [each for each in world.transcript(ana) if each.body == WORDS]
    assert shown.direction == OURS
    assert WORDS not in str(world.jobs.ListAuditRecords(jobs.ListAuditRecordsRequest()))

    holds(world, user_id, None)
    for each in looks(world, user_id):
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=each.job_id))
    assert len(world.receives(ana, 4)) == 4
    assert looks(world, user_id) == []
    request = conversation.ListUnansweredMessagesRequest(user_id=user_id)
    assert list(world.conversation.ListUnansweredMessages(request).messages) == []


def test_an_operators_text_never_reaches_a_person_who_opted_out(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "STOP")
    world.receives(ana)
    writes(world, world.user_id(ana), f"offer:{ana}")
    world.rests()
    assert len(world.phone(ana).received) == 1
