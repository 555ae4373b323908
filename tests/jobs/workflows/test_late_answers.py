"""An answer that nobody began to send in time, for its type was paused or all workers were away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protos.jobs.v1.payloads_pb2 import JobPayload, SendAnswer
from services.jobs.carrier import NotSent
from services.jobs.job_type import SpentJob
from services.jobs.types import JOB_TYPES
from services.jobs.workflows import answer_sms, send_answer
from services.jobs.workflows.late_answers import IN_TIME
from services.jobs.workflows.notices import LIMITED, SORRY_FOR_THE_DELAY
from services.jobs.workflows.outcome import Done, FollowUp, Outcome, Retry
from services.jobs.workflows.sending import ATTEMPT
from tests.jobs.workflows.acting import ANA, OUT, Acting, done
from tests.jobs.workflows.test_answer_sms import answers, to_send
from tests.jobs.workflows.test_spent_answers import KEY, spent

pytestmark = pytest.mark.slow

BO = "+12025550102"


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


class Waiting:
    """A job that sends an answer and waits to be claimed."""

    def __init__(self, acting: Acting, job: FollowUp) -> None:
        self.message_id = job.payload.send_answer.message_id
        self._acting = acting
        self._job = job
        self._since = acting.clock.now()

    def attempt(self, **job: Any) -> Outcome:
        payload = self._job.payload.send_answer
        job = {"key": self._job.key, "accepted_time": self._since, **job}
        return self._acting.run(send_answer.run, payload, **job)

    def late(self) -> FollowUp:
        """What follows where it came too late."""
        return done(self.attempt(), f"expired:{self.message_id}").follow_ups[0]


def answered(acting: Acting, user_id: str, body: str, key: str = KEY) -> Waiting:
    """The person texts, and an answer is prepared."""
    acting.texts(user_id, body)
    return Waiting(acting, to_send(answers(acting, user_id, key)))


def anew(acting: Acting, job: FollowUp) -> Outcome:
    return acting.run(answer_sms.run, job.payload.answer_sms, key=job.key)


def test_it_is_not_sent_as_it_stands_but_given_anew_with_a_sorry(acting: Acting, ana: str) -> None:
    waiting = answered(acting, ana, "one")
    acting.wait(hours=3)
    outcome = anew(acting, waiting.late())
    assert acting.message(to_send(outcome)).body.startswith(SORRY_FOR_THE_DELAY)
    assert list(acting.agent.turns[1].texts) == ["one"]
    assert acting.ledger(waiting.message_id)[0] == "EXPIRED"
    assert Waiting(acting, to_send(outcome)).attempt() == Done("accepted")
    assert len(acting.provider.texts) == 1


def test_of_ten_minutes_it_goes_out(acting: Acting, ana: str) -> None:
    """As long as the queue tries to send one that it began with."""
    assert JOB_TYPES["send_answer"].give_up.age == IN_TIME
    waiting = answered(acting, ana, "one")
    acting.clock.advance(IN_TIME)
    assert waiting.attempt() == Done("accepted")


def test_several_are_one_turn_and_get_one_answer(acting: Acting, ana: str) -> None:
    all_waiting = [
        answered(acting, ana, body, f"answer:{body}") for body in ("one", "two", "three")
    ]
    acting.wait(hours=3)
    first, *others = [waiting.late() for waiting in all_waiting]
    to_send(anew(acting, first))
    assert list(acting.agent.turns[-1].texts) == ["one", "two", "three"]
    assert [anew(acting, each) for each in others] == [Done("nothing unanswered")] * 2
    assert {acting.ledger(each.message_id)[0] for each in all_waiting} == {"EXPIRED"}


def test_one_whose_job_comes_after_that_is_settled(acting: Acting, ana: str) -> None:
    first, second = (answered(acting, ana, body, f"answer:{body}") for body in ("one", "two"))
    acting.wait(hours=3)
    to_send(anew(acting, first.late()))
    assert second.attempt() == Done("settled before")
    assert acting.provider.texts == []


def test_an_answer_that_somebody_may_be_about_to_send_is_left_to_its_own_job(
    acting: Acting, ana: str
) -> None:
    first = answered(acting, ana, "one", "answer:one")
    acting.clock.advance(ATTEMPT)
    second = answered(acting, ana, "two", "answer:two")
    acting.clock.advance(IN_TIME + timedelta(seconds=1))
    to_send(anew(acting, first.late()))
    assert list(acting.agent.turns[-1].texts) == ["one"]
    assert acting.ledger(second.message_id)[0] == "PREPARED"
    to_send(anew(acting, second.late()))


def test_one_that_was_begun_in_time_is_left_to_the_queues_count(acting: Acting, ana: str) -> None:
    """Which has it given up ten minutes after its first claim."""
    waiting = answered(acting, ana, "one")
    acting.provider.next.append(NotSent("ClientConnectorError"))
    assert isinstance(waiting.attempt(), Retry)
    acting.clock.advance(IN_TIME + timedelta(seconds=1))
    assert waiting.attempt(attempt=2) == Done("accepted")


def test_what_tells_of_a_limit_goes_out_however_late(acting: Acting, ana: str) -> None:
    for _ in range(10):
        acting.texts(ana)
    answers(acting, ana, "answer:before")
    waiting = answered(acting, ana, "one more")
    acting.wait(hours=3)
    assert waiting.attempt() == Done("accepted")
    assert acting.provider.received(ANA) == [LIMITED]


def test_to_somebody_who_has_opted_out_nothing_is_said_anew(acting: Acting, ana: str) -> None:
    waiting = answered(acting, ana, "one")
    acting.wait(hours=3)
    acting.consents(ana, OUT)
    assert anew(acting, waiting.late()) == Done("opted out")
    assert len(acting.agent.turns) == 1


def test_the_job_of_another_person_gives_nothing_anew(acting: Acting, ana: str) -> None:
    theirs = answered(acting, ana, "one")
    bo = acting.person(BO)
    acting.wait(hours=3)
    job = SendAnswer(user_id=bo, message_id=theirs.message_id)
    outcome = acting.run(send_answer.run, job, accepted_time=acting.clock.now() - IN_TIME * 2)
    assert not isinstance(outcome, Done)
    assert acting.ledger(theirs.message_id)[0] == "PREPARED"


def test_an_answer_of_a_spent_job_is_given_anew_where_it_is_found_late(
    acting: Acting, ana: str
) -> None:
    """The job that would send it is new, and so has no age."""
    waiting = answered(acting, ana, "one")
    acting.wait(minutes=9)
    done(spent(acting, ana), f"send:{waiting.message_id}")
    acting.wait(minutes=2)
    again = done(spent(acting, ana), f"expired:{waiting.message_id}").follow_ups[0]
    assert acting.message(to_send(anew(acting, again))).body.startswith(SORRY_FOR_THE_DELAY)


def test_the_queue_and_the_workflow_ask_for_it_under_one_key(acting: Acting, ana: str) -> None:
    """So that of both only one is stored."""
    waiting = answered(acting, ana, "one")
    acting.wait(hours=3)
    payload = JobPayload(send_answer=SendAnswer(user_id=ana, message_id=waiting.message_id))
    job = SpentJob(1, f"send:{waiting.message_id}", "send_answer", payload)
    [expired] = JOB_TYPES["send_answer"].when_spent(job)
    late = waiting.late()
    assert (late.key, late.payload) == (expired.key, expired.payload)
