"""A job that answers is spent, and had prepared something: the apology sees to that instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import AnswerSms, JobPayload, Notice
from services.jobs.job_type import SpentJob
from services.jobs.types import JOB_TYPES
from services.jobs.workflows import send_notice
from services.jobs.workflows.clients.conversation import Conversation
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import LIMITED, NOTICES
from services.jobs.workflows.outcome import Done, Later, Outcome, Retry
from tests.jobs.workflows.acting import ANA, Acting
from tests.jobs.workflows.test_answer_sms import answers, to_send
from tests.jobs.workflows.test_reported_crisis import HINT, REPORT, sid_of

pytestmark = pytest.mark.slow

KEY = "answer:1"


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def apology(user_id: str) -> NewJob:
    """What the queue stores when the job is spent that answers under this key."""
    job = JobPayload(answer_sms=AnswerSms(user_id=user_id))
    [follows] = JOB_TYPES["answer_sms"].when_spent(SpentJob(1, KEY, "answer_sms", job))
    return follows


def spent(acting: Acting, user_id: str) -> Outcome:
    """The first attempt of that."""
    job = apology(user_id)
    return acting.run(send_notice.run, job.payload.send_notice, key=job.key)


def crisis_jobs(acting: Acting, user_id: str) -> list[str]:
    """Keys of what follows where the newest text is a crisis."""
    sid = sid_of(acting, user_id)
    return [f"crisis-reply:{sid}", f"crisis:{sid}"]


def reports_a_crisis(acting: Acting, user_id: str) -> list[str]:
    """The assistant does, and the worker dies before it settles: keys of what is to follow."""
    acting.texts(user_id, HINT)
    words, acting.agent.words = acting.agent.words, REPORT
    assert isinstance(answers(acting, user_id, KEY), Done)
    acting.agent.words = words
    return crisis_jobs(acting, user_id)


def asked_for(acting: Acting) -> list[str]:
    """Keys of the jobs that were asked for before the end, each once, as the queue has them."""
    return list(dict.fromkeys(each.key for each in acting.enqueued))


def test_a_prepared_answer_goes_out_and_no_apology(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    answer = to_send(answers(acting, ana, KEY))
    assert to_send(spent(acting, ana)) == answer


def test_nor_is_a_text_apologised_for_that_came_after_a_prepared_answer(
    acting: Acting, ana: str
) -> None:
    """It has a job of its own, which answers it."""
    acting.texts(ana)
    answer = to_send(answers(acting, ana, KEY))
    acting.texts(ana, "and?")
    assert to_send(spent(acting, ana)) == answer
    assert acting.unanswered(ana) == ["and?"]


def test_what_is_told_of_a_limit_goes_out(acting: Acting, ana: str) -> None:
    for _ in range(10):
        acting.texts(ana)
    answers(acting, ana, "answer:before")
    acting.texts(ana)
    told = to_send(answers(acting, ana, KEY))
    assert acting.message(told).body == LIMITED
    assert to_send(spent(acting, ana)) == told


@pytest.mark.parametrize("hours", [0, 30])
def test_an_invitation_goes_out_also_on_another_day(acting: Acting, ana: str, hours: int) -> None:
    acting.rules = replace(acting.rules, free_answers=0)
    acting.texts(ana)
    invitation = to_send(answers(acting, ana, KEY))
    acting.wait(hours=hours)
    assert to_send(spent(acting, ana)) == invitation


def test_where_texts_wait_they_are_apologised_for_whatever_invitation_waits_too(
    acting: Acting, ana: str
) -> None:
    acting.rules = replace(acting.rules, free_answers=0)
    acting.texts(ana)
    invitation = to_send(answers(acting, ana, "answer:before"))
    acting.texts(ana)
    assert spent(acting, ana) == Done("accepted")
    assert acting.provider.received(ANA) == [NOTICES[Notice.NOTICE_APOLOGY]]
    assert to_send(answers(acting, ana, KEY)) == invitation


class Beside(Conversation):
    """The ledger, where a worker that had stood still stores its answer after one of the looks."""

    def __init__(self, ledger: Conversation, after: str, stores: Callable[[], object]) -> None:
        self._stub = ledger._stub
        self._after = after
        self._stores = stores

    async def unanswered(self, user_id: str) -> Sequence[conversation.Message]:
        found = await super().unanswered(user_id)
        await self._looked("what waits")
        return found

    async def find_prepared(self, request_key: str) -> conversation.Message | None:
        found = await super().find_prepared(request_key)
        await self._looked(request_key)
        return found

    async def _looked(self, at: str) -> None:
        if at == self._after:
            self._after = ""
            await asyncio.to_thread(self._stores)


def apologises(acting: Acting, user_id: str, after: str) -> Outcome:
    """The apology, while the worker that had stood still answers."""
    job = apology(user_id)

    async def deed(ctx: Context) -> Outcome:
        ledger = Beside(ctx.conversation, after, lambda: answers(acting, user_id, KEY))
        meanwhile = replace(ctx, conversation=ledger)
        outcome = await send_notice.run(job.payload.send_notice, meanwhile)
        if isinstance(outcome, Later):
            outcome = await send_notice.run(job.payload.send_notice, meanwhile)
        return outcome

    return acting.act(deed, key=job.key)


LOOKS = ["what waits", KEY, f"apology:{KEY}"]


@pytest.mark.parametrize("after", LOOKS)
def test_an_answer_that_a_worker_stores_meanwhile_goes_out(
    acting: Acting, ana: str, after: str
) -> None:
    acting.texts(ana)
    answer = acting.message(to_send(apologises(acting, ana, after)))
    assert answer.body.startswith("I hear you.")
    assert acting.provider.texts == []


@pytest.mark.parametrize("after", LOOKS)
def test_a_crisis_that_the_assistant_reports_meanwhile_has_its_reply(
    acting: Acting, ana: str, after: str
) -> None:
    acting.texts(ana, HINT)
    acting.agent.words = REPORT
    assert apologises(acting, ana, after) == Done("nothing to answer")
    assert asked_for(acting) == crisis_jobs(acting, ana)
    assert acting.provider.texts == []


def test_a_reported_crisis_has_its_reply_and_no_apology(acting: Acting, ana: str) -> None:
    follow = reports_a_crisis(acting, ana)
    assert spent(acting, ana) == Done("nothing to answer")
    assert asked_for(acting) == follow
    assert acting.provider.texts == []


def test_a_reported_crisis_has_its_reply_beside_the_apology_for_a_newer_text(
    acting: Acting, ana: str
) -> None:
    follow = reports_a_crisis(acting, ana)
    acting.texts(ana, "still there?")
    acting.agent.words = None
    assert isinstance(answers(acting, ana, KEY, attempt=3), Retry)
    assert spent(acting, ana) == Done("accepted")
    assert asked_for(acting) == follow
    assert acting.provider.received(ANA) == [NOTICES[Notice.NOTICE_APOLOGY]]
