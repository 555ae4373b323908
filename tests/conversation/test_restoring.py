"""After a restore: what the provider has is known again, and stands for what would be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.conversation.model.restoring import STANDS_FOR
from tests.conversation.requests import (
    a_sid,
    accepted,
    begin,
    draft,
    failed,
    got,
    minutes,
    prepared,
    refused,
    somebody,
    state,
    status,
    text,
    texts,
)
from tests.refused import invalid

KNOWN, MATCHED = pb.RESTORED_TEXT_KNOWN, pb.RESTORED_TEXT_MATCHED
STORED = pb.RESTORED_TEXT_STORED
GRANTED, SETTLED = pb.SEND_PERMISSION_GRANTED, pb.SEND_PERMISSION_SETTLED
CRISIS_REPLY, KEYWORD_REPLY = pb.MESSAGE_KIND_CRISIS_REPLY, pb.MESSAGE_KIND_KEYWORD_REPLY
SECOND = timedelta(seconds=1)


def sent(at: datetime, body: str = "hello", sid: str = "", **details: Any) -> pb.SentText:
    fields: dict[str, Any] = {"status": "sent", **details}
    return pb.SentText(provider_sid=sid or a_sid(), body=body, sent_time=timestamp(at), **fields)


def tells(
    conversation: ConversationServiceStub, user_id: str, *told: pb.SentText
) -> list[pb.RestoredText.ValueType]:
    request = pb.RestoreSentTextsRequest(user_id=user_id, texts=told)
    return list(conversation.RestoreSentTexts(request).became)


def answers(
    conversation: ConversationServiceStub, user_id: str, body: str, *asked: pb.Message
) -> pb.Message:
    """The assistant's answer to these texts, prepared."""
    request = draft(user_id, body, answers=[each.message_id for each in asked])
    return conversation.PrepareOutboundMessage(request).message


def reply(
    conversation: ConversationServiceStub, user_id: str, kind: pb.MessageKind.ValueType
) -> pb.Message:
    """A reply in fixed words, prepared."""
    return conversation.PrepareOutboundMessage(draft(user_id, kind=kind)).message


def writes_a_word(conversation: ConversationServiceStub, user_id: str, at: datetime) -> None:
    """The person texts HELP."""
    request = text(user_id, "HELP", time=at, disposition=pb.DISPOSITION_KEYWORD)
    conversation.RecordInboundMessage(request)


def may(conversation: ConversationServiceStub, message: pb.Message) -> int:
    """What somebody who wants to send it is told."""
    return begin(conversation, message.message_id, "new").permission


def transcript(conversation: ConversationServiceStub, user_id: str) -> list[pb.Message]:
    request = pb.ListMessagesRequest(user_id=user_id)
    return list(reversed(conversation.ListMessages(request).messages))


def test_what_the_ledger_has_forgotten_is_in_the_transcript_again_once(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, at = somebody(), clock.now() - minutes(5)
    known = prepared(conversation, ana)
    begin(conversation, known.message_id, "one")
    accepted(conversation, known.message_id, "SMknown")
    told = [
        sent(at, sid="SMknown"),
        sent(at, "earlier", status="delivered"),
        sent(clock.now(), status="a new word"),
    ]
    assert tells(conversation, ana, *told) == [KNOWN, STORED, STORED]
    assert tells(conversation, ana, *told) == [KNOWN, KNOWN, KNOWN]
    found = {m.body: m for m in transcript(conversation, ana) if m.kind == pb.MESSAGE_KIND_RESTORED}
    assert {body: state(message) for body, message in found.items()} == {
        "earlier": "DELIVERED",
        "hello": "ACCEPTED",
    }
    earlier = found["earlier"]
    assert (earlier.provider_sid, earlier.event_time) == (told[1].provider_sid, timestamp(at))
    answer = status(conversation, told[2].provider_sid, "delivered")
    assert answer.message.message_id == found["hello"].message_id


@pytest.mark.parametrize("before", [True, False], ids=["waits already", "comes later"])
def test_a_text_that_was_sent_is_not_sent_again_and_each_stands_for_one(
    conversation: ConversationServiceStub, clock: FixedClock, before: bool
) -> None:
    """Also one whose attempt was under way when the backup was made."""
    ana, ben, told = somebody(), somebody(), sent(clock.now())
    if before:
        first = prepared(conversation, ana)
        begin(conversation, first.message_id, "lost with the backup")
        assert tells(conversation, ana, told) == [MATCHED]
    else:
        assert tells(conversation, ana, told) == [STORED]
        first = prepared(conversation, ana)
    second, other = prepared(conversation, ana), prepared(conversation, ben)
    assert may(conversation, first) == SETTLED
    after = got(conversation, first.message_id)
    assert (state(after), after.provider_sid) == ("SENT", told.provider_sid)
    assert may(conversation, second) == may(conversation, other) == GRANTED
    assert [m.provider_sid for m in transcript(conversation, ana)].count(told.provider_sid) == 1
    assert tells(conversation, ana, told) == [KNOWN]


def test_of_the_same_words_each_text_is_the_one_that_followed_its_question(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    """The second goes to the second, or nothing would be left that can be it."""
    ana, at = somebody(), clock.now() - minutes(20)
    first, second = (texts(conversation, ana, "hm", at + minutes(n)) for n in (0, 5))
    one, two = (answers(conversation, ana, "hello", each) for each in (first, second))
    told = [sent(at + minutes(1)), sent(at + minutes(6))]
    assert tells(conversation, ana, *told) == [MATCHED, MATCHED]
    sids = [got(conversation, each.message_id).provider_sid for each in (one, two)]
    assert sids == [each.provider_sid for each in told]


def test_an_answer_that_is_worded_otherwise_this_time_is_the_one_that_was_sent(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, at = somebody(), clock.now() - minutes(20)
    question = texts(conversation, ana, "how?", at)
    told = sent(at + timedelta(seconds=9), "As it was said.")
    assert tells(conversation, ana, told) == [STORED]
    again = answers(conversation, ana, "As it is said now.", question)
    assert may(conversation, again) == SETTLED
    after = got(conversation, again.message_id)
    assert (after.body, after.provider_sid) == ("As it was said.", told.provider_sid)
    assert [m.body for m in transcript(conversation, ana)] == ["how?", "As it was said."]


@pytest.mark.parametrize(
    ("after", "told", "held"),
    [
        (minutes(-1), {"body": "hello"}, False),
        (-SECOND, {"body": "To it."}, True),  # the provider tells whole seconds
        (minutes(10), {"body": "To it."}, True),
        (minutes(10) + SECOND, {"body": "To what?"}, False),
        (minutes(30), {"body": "hello"}, True),
        (minutes(1), {"body": "Help.", "fixed": True}, False),
        (minutes(1), {"body": "hello", "error_code": "30003"}, False),
        (minutes(1), {"body": "To it.", "error_code": "30003"}, False),
        (minutes(1), {"body": "To it.", "error_code": "30007"}, True),
    ],
    ids=[
        "before",
        "same second",
        "in time",
        "later",
        "same words later",
        "help",
        "handset away",
        "handset away in other words",
        "filtered",
    ],
)
def test_what_may_be_the_answer_was_sent_within_ten_minutes_after_the_text(
    conversation: ConversationServiceStub,
    clock: FixedClock,
    after: timedelta,
    told: dict[str, Any],
    held: bool,
) -> None:
    """Or later, in the same words; never before it, nor in words that answer no text, nor where the
    handset was away, to which a text is sent once more."""
    ana, at = somebody(), clock.now() - minutes(60)
    tells(conversation, ana, sent(at + after, **told))
    answer = answers(conversation, ana, "hello", texts(conversation, ana, "and now?", at))
    assert may(conversation, answer) == (SETTLED if held else GRANTED)


def test_a_turn_is_answered_if_its_last_text_was(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    """Texts that come back together get one answer, where each may have had its own."""
    ana, at = somebody(), clock.now() - minutes(20)
    asked = [texts(conversation, ana, "hm", at + minutes(n)) for n in (0, 2)]
    tells(conversation, ana, sent(at + minutes(1), "To the first."))
    answer = answers(conversation, ana, "To both.", *asked)
    assert may(conversation, answer) == GRANTED
    failed(conversation, answer.message_id, pb.SEND_FAILURE_EXPIRED)
    tells(conversation, ana, sent(at + minutes(3), "To the second."))
    assert may(conversation, answers(conversation, ana, "Anew.", *asked)) == SETTLED


def test_the_reply_to_a_word_is_held_as_sent_only_where_no_word_came_after_it(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, at = somebody(), clock.now() - minutes(20)
    writes_a_word(conversation, ana, at)
    tells(conversation, ana, *(sent(at + each, fixed=True) for each in (SECOND, 2 * SECOND)))
    assert may(conversation, reply(conversation, ana, KEYWORD_REPLY)) == SETTLED
    writes_a_word(conversation, ana, at + minutes(5))
    assert may(conversation, reply(conversation, ana, KEYWORD_REPLY)) == GRANTED


def test_no_crisis_reply_is_held_back_by_one_that_was_sent_before(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    """But where the provider shows that it is the one, it takes its id and goes out no more."""
    ana, told = somebody(), sent(clock.now() - minutes(5), fixed=True, status="delivered")
    tells(conversation, ana, told)
    urgent = reply(conversation, ana, CRISIS_REPLY)
    assert may(conversation, urgent) == GRANTED
    assert state(accepted(conversation, urgent.message_id, told.provider_sid)) == "DELIVERED"
    assert [m.kind for m in transcript(conversation, ana)] == [CRISIS_REPLY]
    later = reply(conversation, ana, CRISIS_REPLY)
    assert tells(conversation, ana, sent(clock.now())) == [MATCHED]
    assert state(got(conversation, later.message_id)) == "SENT"


def test_after_a_day_the_same_words_are_said_anew(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana = somebody()
    tells(conversation, ana, sent(clock.now() - minutes(600)))
    clock.advance(STANDS_FOR)
    first = prepared(conversation, ana)
    assert may(conversation, first) == SETTLED
    tells(conversation, ana, sent(clock.now()))
    clock.advance(STANDS_FOR + SECOND)
    assert may(conversation, prepared(conversation, ana)) == GRANTED


def test_what_makes_no_sense_is_refused(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    call, one = conversation.RestoreSentTexts, sent(clock.now())
    for request, field in (
        (pb.RestoreSentTextsRequest(user_id="x", texts=[one]), "user_id"),
        (pb.RestoreSentTextsRequest(user_id=somebody()), "texts"),
        (pb.RestoreSentTextsRequest(user_id=somebody(), texts=[one] * 1001), "texts"),
        (
            pb.RestoreSentTextsRequest(user_id=somebody(), texts=[one, pb.SentText()]),
            "texts[1].provider_sid",
        ),
        (
            pb.RestoreSentTextsRequest(user_id=somebody(), texts=[pb.SentText(provider_sid="SM1")]),
            "texts[0].sent_time",
        ),
    ):
        assert refused(call, request) == invalid(field)
    for kind in (pb.MESSAGE_KIND_RESTORED, pb.MESSAGE_KIND_RESTORED_NOTICE):
        restored = draft(somebody(), kind=kind)
        assert refused(conversation.PrepareOutboundMessage, restored) == invalid("kind")
