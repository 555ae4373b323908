"""How many texts of a person are answered: here 2 a minute and 3 a day."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import psycopg
import pytest

from kit.clock import FixedClock
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.jobs.agent.guardrails import septets
from services.jobs.workflows.notices import LIMITED
from tests.conversation.requests import (
    failed,
    minutes,
    prepared,
    refused,
    somebody,
    text,
    texts,
    unanswered,
)
from tests.databases import Databases
from tests.refused import invalid

YES, TELL, NO = pb.ADMISSION_ADMITTED, pb.ADMISSION_LIMITED_FIRST, pb.ADMISSION_LIMITED


def admission(conversation: ConversationServiceStub, message_id: str) -> pb.Admission.ValueType:
    return conversation.AdmitText(pb.AdmitTextRequest(message_id=message_id)).admission


def asks(conversation: ConversationServiceStub, user_id: str) -> pb.Admission.ValueType:
    """The person texts and asks to be answered."""
    return admission(conversation, texts(conversation, user_id).message_id)


def test_who_writes_more_than_is_answered_in_a_minute_is_told_once_in_it(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, ben = somebody(), somebody()
    assert [asks(conversation, ana) for _ in range(4)] == [YES, YES, TELL, NO]
    assert asks(conversation, ben) == YES
    clock.advance(minutes(1) - timedelta(seconds=1))
    assert asks(conversation, ana) == NO
    clock.advance(timedelta(seconds=1))
    assert asks(conversation, ana) == YES


def test_who_writes_more_than_is_answered_in_a_day_is_told_once_in_it(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana = somebody()
    for _ in range(3):
        assert asks(conversation, ana) == YES
        clock.advance(timedelta(hours=8) - minutes(1))
    assert [asks(conversation, ana), asks(conversation, ana)] == [TELL, NO]
    clock.advance(minutes(3))
    assert [asks(conversation, ana), asks(conversation, ana)] == [YES, NO], "told within this day"


def test_a_repeat_gets_the_same_answer_and_spends_nothing(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana = somebody()
    ids = [texts(conversation, ana).message_id for _ in range(4)]
    assert [admission(conversation, ids[0]) for _ in range(3)] == [YES] * 3
    first = [admission(conversation, each) for each in ids]
    clock.advance(timedelta(days=2))
    assert [admission(conversation, each) for each in ids] == first == [YES, YES, TELL, NO]


@pytest.mark.parametrize("kind", [pb.DISPOSITION_CRISIS, pb.DISPOSITION_KEYWORD])
def test_a_crisis_and_a_word_are_never_limited_and_spend_nothing(
    conversation: ConversationServiceStub, kind: pb.Disposition.ValueType
) -> None:
    ana = somebody()
    for _ in range(4):
        recorded = conversation.RecordInboundMessage(text(ana, disposition=kind))
        assert admission(conversation, recorded.message.message_id) == YES
    assert [asks(conversation, ana) for _ in range(3)] == [YES, YES, TELL]


def test_what_a_crisis_reply_answers_spends_nothing_and_is_never_asked_again(
    conversation: ConversationServiceStub,
) -> None:
    ana = somebody()
    ids = [texts(conversation, ana).message_id for _ in range(3)]
    assert [admission(conversation, each) for each in ids] == [YES, YES, TELL]
    reply = prepared(conversation, ana, answers=ids, kind=pb.MESSAGE_KIND_CRISIS_REPLY)
    assert [admission(conversation, each) for each in ids] == [YES, YES, YES]
    failed(conversation, reply.message_id, pb.SEND_FAILURE_EXPIRED)
    assert unanswered(conversation, ana) == []
    assert [asks(conversation, ana) for _ in range(3)] == [YES, YES, TELL]


def test_only_a_text_of_a_person_is_admitted(conversation: ConversationServiceStub) -> None:
    call = conversation.AdmitText
    assert refused(call, pb.AdmitTextRequest(message_id="x")) == invalid("message_id")
    nowhere = pb.AdmitTextRequest(message_id=somebody())
    assert refused(call, nowhere) == (grpc.StatusCode.NOT_FOUND, "TEXT_NOT_FOUND", [])


@pytest.mark.slow
def test_no_window_ever_holds_more_than_the_limit_however_calls_race(
    conversation: ConversationServiceStub, clock: FixedClock, databases: Databases
) -> None:
    people = [somebody() for _ in range(3)]
    chance = random.Random(8)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(12):
            ids = [texts(conversation, each).message_id for each in people for _ in range(4)]
            order = ids * 2
            chance.shuffle(order)
            told = list(pool.map(lambda each: admission(conversation, each), order))
            said = dict(zip(order, told, strict=True))
            assert [said[each] for each in order] == told, "two calls for a text agree"
            clock.advance(timedelta(seconds=chance.choice([0, 20, 59, 60, 30_000])))
    with psycopg.connect(databases["conversation"].admin) as admin:
        most = admin.execute(
            "SELECT max(in_minute), max(in_day) FROM ("
            "  SELECT count(*) OVER (w RANGE BETWEEN interval '59.999999 s' PRECEDING"
            "    AND CURRENT ROW) AS in_minute,"
            "  count(*) OVER (w RANGE BETWEEN interval '23:59:59.999999' PRECEDING"
            "    AND CURRENT ROW) AS in_day"
            "  FROM conversation.messages WHERE admission = 'admitted'"
            "  WINDOW w AS (PARTITION BY user_id ORDER BY admission_at)) AS windows"
        ).fetchone()
    assert most == (2, 3)


def test_the_notice_is_one_plain_text_with_the_crisis_line() -> None:
    assert septets(LIMITED) <= 160
    assert LIMITED.isascii()
    assert "988" in LIMITED
