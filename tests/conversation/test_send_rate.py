"""How fast texts leave, all people together: here two segments a second."""

from __future__ import annotations

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
from services.conversation.model.send_rate import FARTHEST, TURN_COUNTS_FOR
from services.conversation.service import ConversationServicer
from tests.conversation.requests import begin, draft, somebody
from tests.databases import Databases

ANSWER, STARTED = pb.MESSAGE_KIND_ANSWER, pb.MESSAGE_KIND_PROACTIVE
A_SECOND = 2


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ConversationServicer:
    limits = Limits(outbound_an_hour=10_000, segments_a_second=A_SECOND)
    return ConversationServicer(database, clock, limits)


def some_texts(
    conversation: ConversationServiceStub,
    count: int,
    kind: pb.MessageKind.ValueType = ANSWER,
    body: str = "hello",
) -> list[str]:
    requests = [draft(somebody(), body, kind=kind) for _ in range(count)]
    return [conversation.PrepareOutboundMessage(each).message.message_id for each in requests]


def wait_of(conversation: ConversationServiceStub, message_id: str) -> float | None:
    """Seconds for which a text is told to wait, None where it leaves."""
    try:
        assert begin(conversation, message_id, "one").permission == pb.SEND_PERMISSION_GRANTED
    except grpc.RpcError as error:
        refusal = refusal_of(error)
        assert refusal.reason == "SEND_RATE_REACHED"
        assert refusal.retry_after is not None
        return refusal.retry_after.total_seconds()
    return None


def waits(conversation: ConversationServiceStub, ids: list[str]) -> list[float | None]:
    return [wait_of(conversation, each) for each in ids]


def test_what_the_number_cannot_send_at_once_leaves_turn_by_turn_in_the_order_of_asking(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ids = some_texts(conversation, 6)
    assert waits(conversation, ids) == [None, None, 0.5, 1, 1.5, 2]
    assert waits(conversation, ids) == [None, None, 0.5, 1, 1.5, 2], "to ask again changes nothing"
    clock.advance(timedelta(seconds=0.5))
    assert waits(conversation, ids) == [None, None, None, 0.5, 1, 1.5]
    clock.advance(timedelta(seconds=1.5))
    assert waits(conversation, ids) == [None] * 6
    assert waits(conversation, some_texts(conversation, 2)) == [0.5, 1]


def test_a_text_counts_by_its_segments(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    [long] = some_texts(conversation, 1, body="word " * 80)  # three
    short = some_texts(conversation, 2)
    assert waits(conversation, [long, *short]) == [None, 1, 1.5]
    clock.advance(timedelta(minutes=1))
    assert waits(conversation, some_texts(conversation, 1)) == [None]
    [another] = some_texts(conversation, 1, body="word " * 80)
    assert wait_of(conversation, another) == 0.5, "one that fills it needs the bucket empty"


def test_whoever_does_not_come_for_their_turn_asks_anew(
    conversation: ConversationServiceStub, clock: FixedClock, databases: Databases
) -> None:
    ids = some_texts(conversation, 8)
    waits(conversation, ids)
    clock.advance(timedelta(seconds=3) + TURN_COUNTS_FOR)
    last = ids.pop()  # its turn was three seconds ahead
    assert waits(conversation, ids) == [None, None, None, None, 0.5, 1, 1.5]
    assert wait_of(conversation, last) is None
    clock.advance(timedelta(days=2))
    waits(conversation, some_texts(conversation, 3))
    with psycopg.connect(databases["conversation"].admin) as admin:
        turns = admin.execute("SELECT count(*) FROM conversation.send_turns").fetchone()
    assert turns == (1,), "a turn of more than a day ago is forgotten"


@pytest.mark.parametrize("kind", [pb.MESSAGE_KIND_CRISIS_REPLY, pb.MESSAGE_KIND_KEYWORD_REPLY])
def test_a_crisis_reply_and_a_reply_to_a_word_never_wait_for_the_number(
    conversation: ConversationServiceStub, kind: pb.MessageKind.ValueType
) -> None:
    assert waits(conversation, some_texts(conversation, 6, kind)) == [None] * 6
    ids = some_texts(conversation, 3)
    assert waits(conversation, ids) == [None, None, 0.5], "nor do they count"
    assert waits(conversation, some_texts(conversation, 6, kind)) == [None] * 6


def test_what_we_start_leaves_at_half_the_rate_and_after_every_reply(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    started = some_texts(conversation, 4, STARTED)
    assert waits(conversation, started) == [None, 0.5, 1.5, 2.5]
    replies = some_texts(conversation, 4)
    assert waits(conversation, replies) == [None, 0.5, 1, 1.5], "whatever waits to be started"
    clock.advance(timedelta(seconds=0.5))
    assert wait_of(conversation, started[1]) == 1, "a reply waits still"
    clock.advance(timedelta(seconds=1))
    assert waits(conversation, replies) == [None] * 4
    assert wait_of(conversation, started[1]) is None


def test_no_turn_is_given_that_is_too_far_ahead(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    long = some_texts(conversation, 62, body="word " * 300)  # ten segments, five seconds
    assert waits(conversation, long)[-3:] == [295, 300, FARTHEST.total_seconds()]
    some = some_texts(conversation, 2)
    assert waits(conversation, some) == [FARTHEST.total_seconds()] * 2
    clock.advance(timedelta(seconds=30))
    assert waits(conversation, some) != [FARTHEST.total_seconds()] * 2


def test_a_clock_that_was_set_back_holds_nobody_up(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=30))
    ids = some_texts(conversation, 3)
    assert waits(conversation, ids) == [None, None, 0.5]
    clock.advance(-timedelta(days=30))
    assert waits(conversation, [ids[2], *some_texts(conversation, 2)]) == [None, None, 0.5]


def test_a_batch_takes_turns_in_its_order(conversation: ConversationServiceStub) -> None:
    ids = some_texts(conversation, 4)
    requests = [pb.BeginSendRequest(message_id=each, token="one") for each in [*ids, ids[2]]]
    answer = conversation.BatchBeginSends(pb.BatchBeginSendsRequest(requests=requests))
    delays = [each.error.retry_delay.ToTimedelta().total_seconds() for each in answer.results]
    assert delays == [0, 0, 0.5, 1, 0.5]
    assert answer.results[3].error.reason == "SEND_RATE_REACHED"


def test_however_senders_race_the_number_sends_no_faster(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    waiting = some_texts(conversation, 24)
    began = clock.now()
    left = 0
    with ThreadPoolExecutor(8) as pool:
        while waiting:
            told = list(pool.map(lambda each: wait_of(conversation, each), waiting))
            waiting = [each for each, wait in zip(waiting, told, strict=True) if wait is not None]
            left = 24 - len(waiting)
            assert left <= A_SECOND * ((clock.now() - began).total_seconds() + 1)
            clock.advance(timedelta(seconds=0.5))
    assert clock.now() - began <= timedelta(seconds=12), "nor much slower"
