"""What callers can rely on of texts that people sent, and of the transcript."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    EARLIER_UNANSWERED,
    NOON,
    SID_TAKEN,
    a_sid,
    accepted,
    begin,
    draft,
    minutes,
    prepared,
    refused,
    somebody,
    text,
    texts,
    unanswered,
)
from tests.refused import invalid

FAMILY = "👩‍👩‍👧‍👦"
HARD_BODIES = [
    FAMILY + " we are tired 😜",
    "🏳️‍🌈 flag with joiner and selector",
    "שלום، مرحبا \u202eright to left\u202c",
    "e\u0301 and é stay apart; \u0e01\u0e33; Z\u0351\u0364a\u0313lgo",
    "line\r\nbreak\tand\x07bell \u2028 \ufeff",
    "\U0010ffff\ufdd0 noncharacters",
    "  blanks  ",
    "%s %(x)s {x} \\ ' \" -- ;",
]


def recorded(
    conversation: ConversationServiceStub, request: pb.RecordInboundMessageRequest
) -> tuple[pb.Message, bool, bool]:
    response = conversation.RecordInboundMessage(request)
    return response.message, response.created, response.first_contact


def conversation_of(
    conversation: ConversationServiceStub, user_id: str, recent_limit: int = 0
) -> pb.Conversation:
    request = pb.GetConversationRequest(user_id=user_id, recent_limit=recent_limit)
    return conversation.GetConversation(request).conversation


def test_a_text_is_stored_as_it_came(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    user_id = somebody()
    photo = pb.Media(url="https://example.test/1", content_type="image/png")
    message, created, first = recorded(conversation, text(user_id, "", "SM1", NOON, media=[photo]))
    assert (created, first) == (True, True)
    assert message == pb.Message(
        message_id=message.message_id,
        user_id=user_id,
        direction=pb.DIRECTION_INBOUND,
        kind=pb.MESSAGE_KIND_TEXT,
        sequence=1,
        body="",
        media=[photo],
        provider_sid="SM1",
        state=pb.MESSAGE_STATE_RECEIVED,
        event_time=timestamp(NOON),
        create_time=timestamp(clock.now()),
        update_time=timestamp(clock.now()),
    )


@pytest.mark.parametrize("body", HARD_BODIES, ids=range(len(HARD_BODIES)))
def test_bodies_are_kept_code_point_for_code_point(
    conversation: ConversationServiceStub, body: str
) -> None:
    user_id = somebody()
    assert texts(conversation, user_id, body).body == body
    conversation.PrepareOutboundMessage(draft(user_id, body))
    found = conversation_of(conversation, user_id).recent_messages
    assert [each.body for each in found] == [body, body]


def test_the_same_text_is_stored_once(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    first = recorded(conversation, text(user_id, "hi", "SM1"))
    recorded(conversation, text(user_id, "and more", "SM2"))
    again = recorded(conversation, text(user_id, "changed", "SM1", NOON + minutes(9)))
    assert again == (first[0], False, True)
    assert recorded(conversation, text(user_id, "", "SM2"))[1:] == (False, False)
    assert conversation_of(conversation, user_id).message_count == 2


def test_a_repeat_says_what_the_text_was_taken_for_first(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    keyword, to_answer = pb.DISPOSITION_KEYWORD, pb.DISPOSITION_TO_ANSWER
    for meant in (keyword, to_answer):
        request = text(user_id, "yes", "SM1", disposition=meant)
        assert conversation.RecordInboundMessage(request).disposition == keyword


def test_twenty_deliveries_at_once_store_one_text(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: recorded(conversation, text(user_id, "hi", "SM1")), range(20))
        )
    assert sum(created for _, created, _ in answers) == 1
    assert all(first for _, _, first in answers)
    assert len({message.message_id for message, _, _ in answers}) == 1
    assert conversation_of(conversation, user_id).message_count == 1


def test_texts_at_once_get_a_sequence_without_gaps(conversation: ConversationServiceStub) -> None:
    user_id = somebody()

    def write(n: int) -> tuple[int, bool]:
        if n % 3 == 0:
            return prepared(conversation, user_id).sequence, False
        message, _, first = recorded(conversation, text(user_id, str(n)))
        return message.sequence, first

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(30)))
    assert sorted(sequence for sequence, _ in written) == list(range(1, 31))
    assert sum(first for _, first in written) == 1
    found = conversation_of(conversation, user_id)
    assert (found.message_count, found.answer_count) == (30, 10)


def test_one_id_of_the_provider_is_one_text(conversation: ConversationServiceStub) -> None:
    ana, ben = somebody(), somebody()
    recorded(conversation, text(ana, "hi", "SM1"))
    assert refused(conversation.RecordInboundMessage, text(ben, "hi", "SM1")) == SID_TAKEN
    ours = prepared(conversation, ana)
    accepted(conversation, ours.message_id, "SM2")
    assert refused(conversation.RecordInboundMessage, text(ana, "hi", "SM2")) == SID_TAKEN
    missing = pb.GetConversationRequest(user_id=ben)
    assert refused(conversation.GetConversation, missing)[1] == "CONVERSATION_NOT_FOUND"


def test_one_id_raced_for_by_many_people_is_one_text(
    conversation: ConversationServiceStub,
) -> None:
    people = [somebody() for _ in range(8)]

    def write(user_id: str) -> str:
        try:
            conversation.RecordInboundMessage(text(user_id, "hi", "SM-raced"))
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(write, people))
    assert answers == ["ALREADY_EXISTS"] * 7 + ["OK"]


def test_a_first_contact_is_the_persons_not_ours(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    prepared(conversation, user_id)
    assert recorded(conversation, text(user_id))[1:] == (True, True)
    assert recorded(conversation, text(user_id))[1:] == (True, False)


def test_unanswered_texts_come_in_the_order_in_which_they_were_written(
    conversation: ConversationServiceStub,
) -> None:
    user_id, other = somebody(), somebody()
    late = texts(conversation, user_id, "third", NOON + minutes(3))
    early = texts(conversation, user_id, "first", NOON + minutes(1))
    tied = texts(conversation, user_id, "second", NOON + minutes(1))
    texts(conversation, other)
    for disposition in (pb.DISPOSITION_KEYWORD, pb.DISPOSITION_CRISIS):
        conversation.RecordInboundMessage(text(user_id, "STOP", disposition=disposition))
    assert unanswered(conversation, user_id) == [
        early.message_id,
        tied.message_id,
        late.message_id,
    ]
    prepared(conversation, user_id, answers=[early.message_id, tied.message_id])
    assert unanswered(conversation, user_id) == [late.message_id]
    assert unanswered(conversation, somebody()) == []


def test_at_most_a_hundred_unanswered_texts_are_one_turn(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    ids = [texts(conversation, user_id, time=NOON + minutes(n)).message_id for n in range(103)]
    assert unanswered(conversation, user_id) == ids[:100]
    prepared(conversation, user_id, answers=ids[:100])
    assert unanswered(conversation, user_id) == ids[100:]


def test_a_dismissed_text_wants_no_answer(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    one, two = texts(conversation, user_id), texts(conversation, user_id)
    request = pb.DismissMessagesRequest(
        user_id=user_id, message_ids=[one.message_id, one.message_id]
    )
    for _ in range(2):
        conversation.DismissMessages(request)
        assert unanswered(conversation, user_id) == [two.message_id]
    conversation.DismissMessages(pb.DismissMessagesRequest(user_id=user_id))
    assert unanswered(conversation, user_id) == [two.message_id]


def test_only_a_persons_own_texts_are_dismissed(conversation: ConversationServiceStub) -> None:
    ana, ben = somebody(), somebody()
    own, foreign = texts(conversation, ana), texts(conversation, ben)
    ours = prepared(conversation, ana)
    for bad in (foreign.message_id, ours.message_id, somebody()):
        request = pb.DismissMessagesRequest(user_id=ana, message_ids=[own.message_id, bad])
        assert refused(conversation.DismissMessages, request) == invalid("message_ids")
    assert unanswered(conversation, ana) == [own.message_id]
    nobody = pb.DismissMessagesRequest(user_id=somebody(), message_ids=[own.message_id])
    assert refused(conversation.DismissMessages, nobody) == invalid("message_ids")


def test_a_conversation_shows_its_newest_messages_oldest_first(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    user_id = somebody()
    start = clock.now()
    for n in range(25):
        texts(conversation, user_id, str(n), start + minutes(n))
    reconciled = texts(conversation, user_id, "lost", start + minutes(22.5))
    found = conversation_of(conversation, user_id)
    assert len(found.recent_messages) == 20
    assert [each.body for each in found.recent_messages[-4:]] == ["22", "lost", "23", "24"]
    assert found.start_time == timestamp(start)
    assert (found.message_count, found.answer_count) == (26, 0)
    assert (found.summary, found.summary_version) == ("", 0)
    assert reconciled.sequence == 26
    three = conversation_of(conversation, user_id, 3)
    assert [each.body for each in three.recent_messages] == ["lost", "23", "24"]
    assert len(conversation_of(conversation, user_id, 1000).recent_messages) == 26


def test_an_answer_stands_after_its_question_though_our_clock_lags(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    user_id = somebody()
    ahead = clock.now() + minutes(2)
    question = texts(conversation, user_id, "question", ahead)
    answer = prepared(conversation, user_id, answers=[question.message_id])
    assert answer.event_time == timestamp(ahead)
    found = conversation_of(conversation, user_id).recent_messages
    assert [each.message_id for each in found] == [question.message_id, answer.message_id]


def test_messages_are_listed_newest_first_page_by_page(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    for n in range(7):
        texts(conversation, user_id, str(n), NOON + minutes(n // 2))
    found, token = [], ""
    while True:
        page = conversation.ListMessages(
            pb.ListMessagesRequest(user_id=user_id, page_size=3, page_token=token)
        )
        assert len(page.messages) <= 3
        found += [each.body for each in page.messages]
        if not (token := page.next_page_token):
            break
    assert found == ["6", "5", "4", "3", "2", "1", "0"]
    assert not conversation.ListMessages(pb.ListMessagesRequest(user_id=somebody())).messages


def test_a_page_of_long_texts_fits_into_one_answer(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    bodies = [str(n % 10) + "😜" * 3999 for n in range(140)]
    for n, body in enumerate(bodies):
        texts(conversation, user_id, body, NOON + minutes(n))
    found, token, sizes = [], "", []
    while True:
        page = conversation.ListMessages(
            pb.ListMessagesRequest(user_id=user_id, page_size=1000, page_token=token)
        )
        sizes.append(page.ByteSize())
        found += [each.body for each in page.messages]
        if not (token := page.next_page_token):
            break
    assert found == bodies[::-1]
    assert len(sizes) == 2
    assert max(sizes) < 4 * 1024 * 1024


def test_somebody_who_is_answered_is_not_asked_again(
    conversation: ConversationServiceStub,
) -> None:
    """What unanswered texts, begun sends and receipts do together, once through."""
    user_id = somebody()
    question = texts(conversation, user_id)
    answer = prepared(conversation, user_id, answers=[question.message_id])
    begin(conversation, answer.message_id, "job:1")
    accepted(conversation, answer.message_id, a_sid())
    assert unanswered(conversation, user_id) == []


def test_an_answer_never_overtakes_a_text_that_waits(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    second = texts(conversation, user_id, "second", NOON + minutes(2))
    first = texts(conversation, user_id, "first", NOON + minutes(1))  # recorded late
    third = texts(conversation, user_id, "third", NOON + minutes(3))
    early = draft(user_id, answers=[second.message_id])
    assert refused(conversation.PrepareOutboundMessage, early) == EARLIER_UNANSWERED
    assert len(unanswered(conversation, user_id)) == 3
    prepared(conversation, user_id)  # a notice answers nothing, and is not held up
    prepared(conversation, user_id, answers=[first.message_id, second.message_id])
    prepared(conversation, user_id, answers=[third.message_id])


def test_what_wants_no_answer_holds_no_answer_up(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    for disposition in (pb.DISPOSITION_KEYWORD, pb.DISPOSITION_CRISIS):
        conversation.RecordInboundMessage(text(user_id, "STOP", disposition=disposition))
    dismissed = texts(conversation, user_id)
    conversation.DismissMessages(
        pb.DismissMessagesRequest(user_id=user_id, message_ids=[dismissed.message_id])
    )
    texts(conversation, somebody())
    question = texts(conversation, user_id, time=NOON + minutes(1))
    prepared(conversation, user_id, answers=[question.message_id])
    assert unanswered(conversation, user_id) == []
