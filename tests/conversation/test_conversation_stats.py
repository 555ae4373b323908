"""What operators are told of all texts at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from statistics import median

import psycopg
import pytest
from google.protobuf.duration_pb2 import Duration

from kit.clock import FixedClock
from kit.database import Database
from kit.wire import duration, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.conversation.model.stats import conversation_stats
from tests.conversation.requests import (
    NOON,
    a_sid,
    accepted,
    begin,
    failed,
    prepared,
    refused,
    somebody,
    state,
    status,
    texts,
)
from tests.databases import Databases
from tests.plans import plans_of
from tests.refused import invalid

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WEEK = 7 * DAY

# A text and its answer every minute, back to 35 days ago; each answer took n % 100 seconds.
_FILL = """
INSERT INTO conversation.conversation_state (user_id, message_count)
  VALUES ('00000000-0000-0000-0000-000000000001', 100000);
INSERT INTO conversation.messages (id, message_id, user_id, sequence, direction, kind, state, body,
  request_key, error_code, provider_sid, disposition, answered_by, event_at, accepted_at)
  OVERRIDING SYSTEM VALUE
  SELECT 2 * n + ours, gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 2 * n + ours,
    (ARRAY['inbound', 'outbound'])[1 + ours], (ARRAY['text', 'answer'])[1 + ours],
    CASE WHEN ours = 0 THEN 'received' WHEN n % 50 = 0 THEN 'undelivered' ELSE 'delivered' END,
    'hello', CASE WHEN ours = 1 THEN 'k' || n END,
    CASE WHEN ours = 1 AND n % 50 = 0 THEN '30006' ELSE '' END, 'SM' || n || '-' || ours,
    CASE WHEN ours = 0 THEN 'to_answer' END, CASE WHEN ours = 0 THEN 2 * n + 1 END,
    timestamptz '2026-11-23 12:00+00' - (50000 - n) * interval '1 minute',
    CASE WHEN ours = 1 THEN timestamptz '2026-11-23 12:00+00' - (50000 - n) * interval '1 minute'
      + n % 100 * interval '1 second' END
  FROM generate_series(1, 50000) n, generate_series(0, 1) ours
  ORDER BY n, ours;
"""


@pytest.fixture
def many_texts(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database of 100,000 texts of the 35 days before noon."""
    databases.truncate("conversation")
    admin_url = databases["conversation"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(_FILL)
    yield admin_url
    databases.truncate("conversation")


def stats(
    conversation: ConversationServiceStub, window: Duration | None = None
) -> pb.GetConversationStatsResponse:
    return conversation.GetConversationStats(pb.GetConversationStatsRequest(window=window))


def counts(found: pb.GetConversationStatsResponse) -> dict[tuple[str, str], int]:
    return {
        (pb.MessageState.Name(each.state).removeprefix("MESSAGE_STATE_"), each.error_code): (
            each.messages
        )
        for each in found.counts
    }


def answered(
    conversation: ConversationServiceStub, clock: FixedClock, waited: timedelta
) -> tuple[pb.Message, str]:
    """Somebody's text that was answered after that time, and the provider's id of the answer."""
    user_id, sid = somebody(), a_sid()
    question = texts(conversation, user_id, time=clock.now() - waited)
    answer = prepared(conversation, user_id, [question.message_id])
    begin(conversation, answer.message_id, "token")
    return accepted(conversation, answer.message_id, sid), sid


def test_where_nothing_was_said_nothing_is_counted(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    found = stats(conversation)
    assert found == pb.GetConversationStatsResponse(start_time=timestamp(clock.now() - DAY))


def test_texts_are_counted_by_state_and_error_and_answers_by_how_long_they_took(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    now = clock.now()
    _, first = answered(conversation, clock, 10 * SECOND)
    _, second = answered(conversation, clock, 20 * SECOND)
    # a status may come before the receipt: then the provider is known to have the text
    user_id, third = somebody(), a_sid()
    question = texts(conversation, user_id, time=now - 60 * SECOND)
    early = prepared(conversation, user_id, [question.message_id]).message_id
    status(conversation, third, "sent", message_id=early)
    withheld = prepared(conversation, somebody())
    failed(conversation, withheld.message_id, pb.SEND_FAILURE_WITHHELD)
    waiting = somebody()
    prepared(conversation, waiting, [texts(conversation, waiting, time=now).message_id])
    texts(conversation, somebody(), time=now - DAY)
    texts(conversation, somebody(), time=now - DAY - SECOND)
    # what comes later does not make an answer slower
    clock.advance(SECOND)
    accepted(conversation, early, third)
    assert state(status(conversation, first, "delivered").message) == "DELIVERED"
    status(conversation, second, "undelivered", error_code="30006")
    clock.advance(-SECOND)

    found = stats(conversation)

    assert counts(found) == {
        ("RECEIVED", ""): 5,
        ("PREPARED", ""): 1,
        ("SENT", ""): 1,
        ("DELIVERED", ""): 1,
        ("UNDELIVERED", "30006"): 1,
        ("WITHHELD", ""): 1,
    }
    assert (found.inbound_messages, found.outbound_messages) == (5, 5)
    assert found.start_time == timestamp(now - DAY)
    assert found.replies == 3
    assert found.reply_time_p50.ToTimedelta() == 20 * SECOND
    assert found.reply_time_p95.ToTimedelta() == 56 * SECOND
    assert stats(conversation, duration(WEEK)).inbound_messages == 6
    assert stats(conversation, duration(15 * SECOND)).replies == 1


@pytest.mark.parametrize(
    "window", [Duration(), Duration(seconds=-1), duration(WEEK + SECOND), Duration(seconds=2**60)]
)
def test_a_window_is_more_than_nothing_and_at_most_a_week(
    conversation: ConversationServiceStub, window: Duration
) -> None:
    request = pb.GetConversationStatsRequest(window=window)
    assert refused(conversation.GetConversationStats, request) == invalid("window")


@pytest.mark.slow
def test_among_a_hundred_thousand_texts_only_those_of_the_window_are_read(
    database: Database, many_texts: str
) -> None:
    for window in (DAY, WEEK):
        since = NOON - window
        plans = plans_of(database, many_texts, partial(conversation_stats, since=since))
        assert "messages_by_event" in plans
        assert "Seq Scan" not in plans
        with database.list_reader() as db:
            found = conversation_stats(db, since)
        minutes = window // timedelta(minutes=1) + 1
        assert sum(each.texts for each in found.counts) == 2 * minutes
        assert found.replies == minutes
        waited = [n % 100 for n in range(50_001 - minutes, 50_001)]
        assert found.reply_p50 == median(waited) * SECOND
