"""How many texts leave in an hour, all people together: here 5."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import psycopg
import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import refusal_of
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.conversation.model.admission import Limits
from services.conversation.service import ConversationServicer
from tests.conversation.requests import (
    accepted,
    begin,
    draft,
    minutes,
    prepared,
    refused,
    somebody,
    state,
)
from tests.databases import Databases
from tests.refused import Refused

FULL: Refused = (grpc.StatusCode.RESOURCE_EXHAUSTED, "OUTBOUND_LIMIT_REACHED", [])
GRANTED = pb.SEND_PERMISSION_GRANTED


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ConversationServicer:
    return ConversationServicer(database, clock, Limits(outbound_an_hour=5))


def a_text(conversation: ConversationServiceStub) -> str:
    """The id of a text of ours to somebody."""
    return prepared(conversation, somebody()).message_id


def leave(conversation: ConversationServiceStub, count: int) -> list[str]:
    """So many texts get the right to leave; their ids."""
    ids = [a_text(conversation) for _ in range(count)]
    for each in ids:
        assert begin(conversation, each, "one").permission == GRANTED
    return ids


def is_refused(conversation: ConversationServiceStub, message_id: str, token: str = "one") -> bool:
    request = pb.BeginSendRequest(message_id=message_id, token=token)
    return refused(conversation.BeginSend, request) == FULL


def test_more_than_an_hours_texts_wait_until_the_first_of_them_are_an_hour_old(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    leave(conversation, 2)
    clock.advance(minutes(30))
    leave(conversation, 3)
    late = [a_text(conversation) for _ in range(3)]
    with pytest.raises(grpc.RpcError) as error:
        begin(conversation, late[0], "one")
    delay = refusal_of(error.value).retry_after
    assert delay is not None
    assert minutes(29) <= delay <= minutes(31)
    clock.advance(delay - timedelta(seconds=1))
    assert is_refused(conversation, late[0])
    clock.advance(timedelta(seconds=1))
    assert begin(conversation, late[0], "one").permission == GRANTED
    assert begin(conversation, late[1], "one").permission == GRANTED
    assert is_refused(conversation, late[2])


def test_who_holds_the_right_is_neither_refused_nor_counted_again(
    conversation: ConversationServiceStub,
) -> None:
    ids = leave(conversation, 4)
    for _ in range(3):
        assert begin(conversation, ids[0], "one").permission == GRANTED
    ids += leave(conversation, 1)
    for each in ids:
        assert begin(conversation, each, "one").permission == GRANTED
    assert begin(conversation, ids[0], "two").permission == pb.SEND_PERMISSION_UNKNOWN_OUTCOME
    accepted(conversation, ids[1], "SM1")
    assert begin(conversation, ids[1], "two").permission == pb.SEND_PERMISSION_SETTLED


def test_a_refused_text_stays_as_it_was(conversation: ConversationServiceStub) -> None:
    first = leave(conversation, 5)[0]
    late = a_text(conversation)
    assert is_refused(conversation, late)
    request = pb.GetOutboundMessageRequest(message_id=late)
    assert state(conversation.GetOutboundMessage(request).message) == "PREPARED"
    again = pb.BeginSendRequest(message_id=first, token="two", not_found_token="one")
    assert refused(conversation.BeginSend, again) == FULL
    assert begin(conversation, first, "one").permission == GRANTED, "it still has the right"


def test_a_right_that_is_given_back_untried_counts_no_more(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ids = leave(conversation, 5)
    clock.advance(minutes(5))
    for _ in range(2):
        conversation.AbandonSend(pb.AbandonSendRequest(message_id=ids[0], token="one"))
    conversation.AbandonSend(pb.AbandonSendRequest(message_id=ids[1], token="another"))
    leave(conversation, 1)
    assert is_refused(conversation, a_text(conversation))


@pytest.mark.parametrize("kind", [pb.MESSAGE_KIND_CRISIS_REPLY, pb.MESSAGE_KIND_KEYWORD_REPLY])
def test_a_crisis_reply_and_a_reply_to_a_word_are_never_held_back_and_do_not_count(
    conversation: ConversationServiceStub, kind: pb.MessageKind.ValueType
) -> None:
    def one(token: str) -> None:
        request = draft(somebody(), kind=kind)
        message_id = conversation.PrepareOutboundMessage(request).message.message_id
        assert begin(conversation, message_id, token).permission == GRANTED

    for number in range(6):
        one(f"before {number}")
    ids = leave(conversation, 5)
    assert is_refused(conversation, a_text(conversation))
    for number in range(6):
        one(f"after {number}")
    conversation.AbandonSend(pb.AbandonSendRequest(message_id=ids[0], token="one"))
    leave(conversation, 1)


def test_a_batch_takes_what_is_left_in_its_order(conversation: ConversationServiceStub) -> None:
    leave(conversation, 3)
    ids = [a_text(conversation) for _ in range(4)]
    requests = [pb.BeginSendRequest(message_id=each, token="one") for each in ids]
    answer = conversation.BatchBeginSends(pb.BatchBeginSendsRequest(requests=requests))
    became = [each.WhichOneof("result") for each in answer.results]
    assert became == ["response", "response", "error", "error"]
    assert answer.results[3].error.reason == "OUTBOUND_LIMIT_REACHED"
    assert answer.results[3].error.HasField("retry_delay")


@pytest.mark.slow
def test_no_hour_ever_holds_more_than_the_limit_however_senders_race(
    conversation: ConversationServiceStub, clock: FixedClock, databases: Databases
) -> None:
    chance = random.Random(8)

    def tries(message_id: str) -> bool:
        try:
            answer = begin(conversation, message_id, "one")
        except grpc.RpcError as error:
            if refusal_of(error).reason != "OUTBOUND_LIMIT_REACHED":
                raise
            return False
        if chance.random() < 0.2:
            request = pb.AbandonSendRequest(message_id=message_id, token="one")
            conversation.AbandonSend(request)
        return answer.permission == GRANTED

    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            ids = [a_text(conversation) for _ in range(10)]
            list(pool.map(tries, ids * 2))
            clock.advance(timedelta(seconds=chance.choice([1, 50, 900, 3600])))
    with psycopg.connect(databases["conversation"].admin) as admin:
        row = admin.execute(
            "SELECT max(in_hour), (SELECT sum(texts) FROM conversation.outbound_minutes), count(*)"
            " FROM (SELECT count(*) OVER (ORDER BY begun_at RANGE BETWEEN"
            "   interval '59:59.999999' PRECEDING AND CURRENT ROW) AS in_hour"
            "  FROM conversation.messages WHERE state = 'sending') AS windows"
        ).fetchone()
    assert row is not None
    most, counted, began = row
    assert most == 5
    assert counted == began, "what was given back is given back once"


def test_minutes_of_more_than_a_day_ago_are_forgotten(
    conversation: ConversationServiceStub, clock: FixedClock, databases: Databases
) -> None:
    leave(conversation, 1)
    clock.advance(timedelta(days=1, minutes=1))
    leave(conversation, 1)
    with psycopg.connect(databases["conversation"].admin) as admin:
        rows = admin.execute("SELECT texts FROM conversation.outbound_minutes").fetchall()
    assert rows == [(1,)]
