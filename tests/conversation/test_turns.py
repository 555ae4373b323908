"""All that an answer begins with, in one call; 2 texts a minute are answered here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg

from kit.clock import FixedClock
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    NOON,
    a_key,
    draft,
    refused,
    somebody,
    texts,
    unanswered,
)
from tests.databases import Databases
from tests.refused import invalid
from tests.world.waiting import until

YES, TELL, NO = pb.ADMISSION_ADMITTED, pb.ADMISSION_LIMITED_FIRST, pb.ADMISSION_LIMITED


def opened(
    conversation: ConversationServiceStub, user_id: str, key: str = ""
) -> pb.OpenTurnResponse:
    return conversation.OpenTurn(pb.OpenTurnRequest(user_id=user_id, request_key=key or a_key()))


def test_a_turn_is_what_the_calls_for_its_parts_tell(
    conversation: ConversationServiceStub,
) -> None:
    ana = somebody()
    later, first, last = (
        texts(conversation, ana, time=NOON + timedelta(seconds=second)).message_id
        for second in (2, 1, 3)
    )
    turn = opened(conversation, ana)
    assert [(each.message.message_id, each.admission) for each in turn.waiting] == [
        (first, YES),
        (later, YES),
        (last, TELL),
    ]
    assert [each.message.message_id for each in turn.waiting] == unanswered(conversation, ana)
    look = conversation.GetConversation(pb.GetConversationRequest(user_id=ana))
    assert turn.conversation == look.conversation
    assert opened(conversation, ana) == turn, "a repeat decides nothing anew"
    again = pb.AdmitTextRequest(message_id=last)
    assert conversation.AdmitText(again).admission == TELL
    texts(conversation, ana)
    assert [each.admission for each in opened(conversation, ana).waiting] == [NO, YES, YES, TELL]


def test_an_answer_that_was_prepared_before_comes_alone_and_nothing_is_spent(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, key = somebody(), a_key()
    question = texts(conversation, ana)
    answer = conversation.PrepareOutboundMessage(draft(ana, key=key, answers=[question.message_id]))
    texts(conversation, ana)
    turn = opened(conversation, ana, key)
    assert turn == pb.OpenTurnResponse(prepared=answer.message)
    [waiting] = opened(conversation, ana).waiting
    assert waiting.message.create_time.ToDatetime() == clock.now().replace(tzinfo=None)
    assert waiting.admission == YES


def test_where_nothing_waits_there_is_no_turn(conversation: ConversationServiceStub) -> None:
    assert opened(conversation, somebody()) == pb.OpenTurnResponse()


def test_a_key_belongs_to_one_person(conversation: ConversationServiceStub) -> None:
    ana, key = somebody(), a_key()
    conversation.PrepareOutboundMessage(draft(ana, key=key))
    request = pb.OpenTurnRequest(user_id=somebody(), request_key=key)
    assert refused(conversation.OpenTurn, request) == invalid("request_key")


def test_turns_that_are_opened_at_once_spend_no_more_than_one(
    conversation: ConversationServiceStub,
) -> None:
    ana = somebody()
    for _ in range(4):
        texts(conversation, ana)
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: opened(conversation, ana), range(8)))
    told = [[each.admission for each in turn.waiting] for turn in turns]
    assert told == [[YES, YES, TELL, NO]] * 8


def test_an_answer_that_is_stored_while_a_turn_waits_for_it_is_found(
    conversation: ConversationServiceStub, databases: Databases
) -> None:
    """Else its texts are answered and it is not prepared: nobody would ever send it."""
    ana, key = somebody(), a_key()
    question = texts(conversation, ana)
    waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    url = databases["conversation"].admin
    with psycopg.connect(url, autocommit=True) as admin, ThreadPoolExecutor(2) as pool:
        with admin.transaction():
            admin.execute("SELECT FROM conversation.conversation_state FOR UPDATE")
            answer = draft(ana, key=key, answers=[question.message_id])
            stored = pool.submit(conversation.PrepareOutboundMessage, answer)
            until(lambda: admin.execute(waiting).fetchone() == (1,), "the answer to wait")
            turn = pool.submit(opened, conversation, ana, key)
            until(lambda: admin.execute(waiting).fetchone() == (2,), "the turn to wait")
        assert turn.result().prepared == stored.result().message
