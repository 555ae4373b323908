"""What senders can rely on: prepare, begin, accepted, failed, delivered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from structlog.testing import capture_logs

from kit.clock import FixedClock
from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    ALREADY_ANSWERED,
    MESSAGE_NOT_FOUND,
    SID_TAKEN,
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
    texts,
    unanswered,
)
from tests.refused import invalid

GRANTED = pb.SEND_PERMISSION_GRANTED
UNKNOWN = pb.SEND_PERMISSION_UNKNOWN_OUTCOME
SETTLED = pb.SEND_PERMISSION_SETTLED
REFUSED, WITHHELD, EXPIRED = (
    pb.SEND_FAILURE_REFUSED,
    pb.SEND_FAILURE_WITHHELD,
    pb.SEND_FAILURE_EXPIRED,
)


def sending(conversation: ConversationServiceStub, user_id: str = "") -> str:
    """The id of a text whose right to be sent is taken."""
    message = prepared(conversation, user_id or somebody())
    begin(conversation, message.message_id, "job:1")
    return message.message_id


# Preparing


def test_a_text_is_stored_before_it_is_sent(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)
    request = draft(user_id, "hello 😜", "answer:1", [question.message_id])
    made = conversation.PrepareOutboundMessage(request)
    assert made.created
    assert made.message == pb.Message(
        message_id=made.message.message_id,
        user_id=user_id,
        direction=pb.DIRECTION_OUTBOUND,
        kind=pb.MESSAGE_KIND_ANSWER,
        sequence=2,
        body="hello 😜",
        state=pb.MESSAGE_STATE_PREPARED,
        request_key="answer:1",
        segments=1,
        event_time=made.message.event_time,
        create_time=timestamp(clock.now()),
        update_time=timestamp(clock.now()),
    )
    assert got(conversation, made.message.message_id) == made.message
    by_key = pb.GetOutboundMessageRequest(request_key="answer:1")
    assert conversation.GetOutboundMessage(by_key).message == made.message


def test_a_known_key_returns_the_first_text_before_anything_is_checked(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)
    first = draft(user_id, "hello", "answer:1", [question.message_id])
    made = conversation.PrepareOutboundMessage(first).message
    # answered by that very text, other words, other kind, answers that do not exist
    other = draft(
        user_id, "other words", "answer:1", [question.message_id, somebody()],
        pb.MESSAGE_KIND_NOTICE,
    )  # fmt: skip
    again = conversation.PrepareOutboundMessage(other)
    assert (again.created, again.message) == (False, made)


def test_racing_repeats_of_a_key_store_one_text(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)

    def prepare(n: int) -> tuple[str, bool]:
        request = draft(user_id, f"answer {n}", "answer:1", [question.message_id])
        response = conversation.PrepareOutboundMessage(request)
        return response.message.message_id, response.created

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(prepare, range(20)))
    assert len({message_id for message_id, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1


def test_a_text_is_answered_by_one_of_many_who_try(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)

    def prepare(n: int) -> str:
        try:
            prepared(conversation, user_id, answers=[question.message_id])
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(prepare, range(10))) == ["ABORTED"] * 9 + ["OK"]
    found = conversation.ListMessages(pb.ListMessagesRequest(user_id=user_id)).messages
    assert len(found) == 2


def test_an_answer_to_what_is_answered_stores_nothing(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    one, two = texts(conversation, user_id), texts(conversation, user_id)
    prepared(conversation, user_id, answers=[one.message_id])
    request = draft(user_id, key="late", answers=[one.message_id, two.message_id])
    assert refused(conversation.PrepareOutboundMessage, request) == ALREADY_ANSWERED
    assert unanswered(conversation, user_id) == [two.message_id]
    by_key = pb.GetOutboundMessageRequest(request_key="late")
    assert refused(conversation.GetOutboundMessage, by_key) == MESSAGE_NOT_FOUND
    found = conversation.GetConversation(pb.GetConversationRequest(user_id=user_id)).conversation
    assert (found.message_count, found.answer_count) == (3, 1)


def test_only_a_persons_own_texts_are_answered(conversation: ConversationServiceStub) -> None:
    ana, ben = somebody(), somebody()
    foreign = texts(conversation, ben)
    ours = prepared(conversation, ana)
    for bad in (foreign.message_id, ours.message_id, somebody()):
        request = draft(ana, answers=[bad])
        assert refused(conversation.PrepareOutboundMessage, request) == invalid("answers")


def test_a_key_belongs_to_one_person(conversation: ConversationServiceStub) -> None:
    conversation.PrepareOutboundMessage(draft(somebody(), key="welcome:1"))
    request = draft(somebody(), key="welcome:1")
    assert refused(conversation.PrepareOutboundMessage, request) == invalid("request_key")


def test_only_answers_are_counted_as_answers(conversation: ConversationServiceStub) -> None:
    user_id = somebody()
    for kind in (
        pb.MESSAGE_KIND_ANSWER,
        pb.MESSAGE_KIND_NOTICE,
        pb.MESSAGE_KIND_CRISIS_REPLY,
        pb.MESSAGE_KIND_PROACTIVE,
    ):
        conversation.PrepareOutboundMessage(draft(user_id, kind=kind))
    found = conversation.GetConversation(pb.GetConversationRequest(user_id=user_id)).conversation
    assert (found.message_count, found.answer_count) == (4, 1)


# Beginning


def test_one_token_at_a_time_holds_the_right(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    message_id = prepared(conversation, somebody()).message_id
    began = clock.now()
    first = begin(conversation, message_id, "job:1")
    assert (first.permission, first.begin_token) == (GRANTED, "job:1")
    assert (first.begin_time, first.message.begin_time) == (timestamp(began), timestamp(began))
    assert state(first.message) == "SENDING"
    clock.advance(minutes(1))
    assert begin(conversation, message_id, "job:1") == first
    other = begin(conversation, message_id, "job:2")
    assert (other.permission, other.begin_token) == (UNKNOWN, "job:1")
    assert other.begin_time == timestamp(began)


def test_of_racing_tokens_one_gets_the_right(conversation: ConversationServiceStub) -> None:
    message_id = prepared(conversation, somebody()).message_id
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: begin(conversation, message_id, f"job:{n}"), range(20)))
    granted = [each for each in answers if each.permission == GRANTED]
    assert len(granted) == 1
    assert {each.begin_token for each in answers} == {granted[0].begin_token}


def test_the_right_passes_when_the_provider_does_not_have_the_text(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    message_id = sending(conversation)
    began = clock.now()
    clock.advance(minutes(1))
    assert begin(conversation, message_id, "job:2", "job:0").permission == UNKNOWN
    passed = begin(conversation, message_id, "job:2", "job:1")
    assert (passed.permission, passed.begin_token) == (GRANTED, "job:2")
    assert passed.begin_time == timestamp(clock.now())
    assert passed.message.begin_time == timestamp(began)
    # somebody was faster, and the first holder has lost it
    slower = begin(conversation, message_id, "job:3", "job:1")
    assert (slower.permission, slower.begin_token) == (UNKNOWN, "job:2")
    assert begin(conversation, message_id, "job:1").permission == UNKNOWN
    assert begin(conversation, message_id, "job:2", "job:1").permission == GRANTED


def test_of_racing_look_ups_one_gets_the_right(conversation: ConversationServiceStub) -> None:
    message_id = sending(conversation)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: begin(conversation, message_id, f"late:{n}", "job:1"), range(20))
        )
    assert sum(each.permission == GRANTED for each in answers) == 1


def abandoned(conversation: ConversationServiceStub, message_id: str, token: str) -> pb.Message:
    request = pb.AbandonSendRequest(message_id=message_id, token=token)
    return conversation.AbandonSend(request).message


def test_a_right_that_was_given_back_is_free_for_anybody(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    message_id = sending(conversation)
    began = clock.now()
    clock.advance(minutes(1))
    for _ in range(2):
        after = abandoned(conversation, message_id, "job:1")
        assert (state(after), after.begin_time) == ("PREPARED", timestamp(began))
    again = begin(conversation, message_id, "job:2")
    assert (again.permission, again.begin_token) == (GRANTED, "job:2")
    assert again.begin_time == timestamp(clock.now())
    assert again.message.begin_time == timestamp(began)


def test_only_who_holds_the_right_gives_it_back(conversation: ConversationServiceStub) -> None:
    untried, held, taken = (
        prepared(conversation, somebody()).message_id,
        sending(conversation),
        sending(conversation),
    )
    accepted(conversation, taken, a_sid())
    assert state(abandoned(conversation, untried, "job:1")) == "PREPARED"
    assert state(abandoned(conversation, held, "job:2")) == "SENDING"
    assert state(abandoned(conversation, taken, "job:1")) == "ACCEPTED"
    assert begin(conversation, held, "job:2").permission == UNKNOWN


def test_nothing_is_left_to_do_for_a_text_that_is_settled(
    conversation: ConversationServiceStub,
) -> None:
    taken = sending(conversation)
    accepted(conversation, taken, a_sid())
    gone = prepared(conversation, somebody()).message_id
    failed(conversation, gone, WITHHELD)
    for message_id in (taken, gone):
        for token in ("job:1", "job:2"):
            assert begin(conversation, message_id, token).permission == SETTLED


def test_only_texts_of_ours_are_sent(conversation: ConversationServiceStub) -> None:
    theirs = texts(conversation, somebody()).message_id
    for message_id in (theirs, somebody()):
        for method, request in (
            (conversation.BeginSend, pb.BeginSendRequest(message_id=message_id, token="t")),
            (conversation.AbandonSend, pb.AbandonSendRequest(message_id=message_id, token="t")),
            (
                conversation.RecordSendAccepted,
                pb.RecordSendAcceptedRequest(message_id=message_id, provider_sid="SM1"),
            ),
            (
                conversation.RecordSendFailed,
                pb.RecordSendFailedRequest(message_id=message_id, failure=REFUSED),
            ),
            (
                conversation.GetOutboundMessage,
                pb.GetOutboundMessageRequest(message_id=message_id),
            ),
        ):
            assert refused(method, request) == MESSAGE_NOT_FOUND


# Accepted


def test_a_receipt_may_be_repeated(conversation: ConversationServiceStub) -> None:
    message_id, sid = sending(conversation), a_sid()
    first = accepted(conversation, message_id, sid)
    assert (state(first), first.provider_sid) == ("ACCEPTED", sid)
    assert accepted(conversation, message_id, sid) == first


def test_a_receipt_without_a_begin_is_stored(conversation: ConversationServiceStub) -> None:
    """A crisis reply goes out first and is written down after."""
    message_id = prepared(conversation, somebody()).message_id
    assert state(accepted(conversation, message_id, a_sid())) == "ACCEPTED"


def test_a_receipt_of_another_text_is_refused(conversation: ConversationServiceStub) -> None:
    user_id, sid = somebody(), a_sid()
    one, two = sending(conversation, user_id), sending(conversation, user_id)
    accepted(conversation, one, sid)
    request = pb.RecordSendAcceptedRequest(message_id=two, provider_sid=sid)
    assert refused(conversation.RecordSendAccepted, request) == SID_TAKEN
    assert state(got(conversation, two)) == "SENDING"


def test_an_id_raced_for_by_texts_of_many_people_goes_to_one(
    conversation: ConversationServiceStub,
) -> None:
    sid = a_sid()
    ids = [sending(conversation) for _ in range(8)]

    def accept(message_id: str) -> str:
        try:
            accepted(conversation, message_id, sid)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(accept, ids)) == ["ALREADY_EXISTS"] * 7 + ["OK"]


def test_a_second_id_never_overwrites_the_first(conversation: ConversationServiceStub) -> None:
    message_id, sid = sending(conversation), a_sid()
    first = accepted(conversation, message_id, sid)
    with capture_logs() as logs:
        assert accepted(conversation, message_id, "SM-second") == first
        answer = status(conversation, "SM-third", "undelivered", message_id, "30003")
    assert (answer.known, answer.message) == (True, first)
    told = [(each["message_id"], each["second_sid"]) for each in logs]
    assert told == [(message_id, "SM-second"), (message_id, "SM-third")]


def test_a_receipt_after_a_status_leaves_the_state(conversation: ConversationServiceStub) -> None:
    message_id, sid = sending(conversation), a_sid()
    status(conversation, sid, "delivered", message_id)
    after = accepted(conversation, message_id, sid)
    assert (state(after), after.provider_sid) == ("DELIVERED", sid)


# Failed


@pytest.mark.parametrize(
    ("failure", "name"), [(REFUSED, "FAILED"), (WITHHELD, "WITHHELD"), (EXPIRED, "EXPIRED")]
)
def test_a_text_that_will_not_be_sent_says_why(
    conversation: ConversationServiceStub, failure: pb.SendFailure.ValueType, name: str
) -> None:
    untried, tried = prepared(conversation, somebody()).message_id, sending(conversation)
    for message_id in (untried, tried):
        for _ in range(2):
            assert failed(conversation, message_id, failure, "21610") == (name, True)
        assert got(conversation, message_id).error_code == "21610"
        for other in (REFUSED, WITHHELD, EXPIRED):
            assert failed(conversation, message_id, other, "1") == (name, True)
        assert got(conversation, message_id).error_code == "21610"


@pytest.mark.parametrize(("word", "code"), [("delivered", ""), ("undelivered", "30006")])
def test_a_gate_is_no_reason_any_more_once_the_provider_turns_out_to_have_the_text(
    conversation: ConversationServiceStub, word: str, code: str
) -> None:
    message_id = sending(conversation)
    failed(conversation, message_id, WITHHELD, "QUIET_HOURS")
    told = status(conversation, a_sid(), word, message_id, code).message
    assert (state(told), told.error_code) == (word.upper(), code)


@pytest.mark.parametrize("word", ["queued", "sent", "delivered", "failed"])
@pytest.mark.parametrize("failure", [REFUSED, WITHHELD, EXPIRED])
def test_a_text_that_the_provider_took_stays_taken(
    conversation: ConversationServiceStub, word: str, failure: pb.SendFailure.ValueType
) -> None:
    user_id, sid = somebody(), a_sid()
    question = texts(conversation, user_id)
    message_id = prepared(conversation, user_id, [question.message_id]).message_id
    begin(conversation, message_id, "job:1")
    accepted(conversation, message_id, sid)
    before = status(conversation, sid, word).message
    assert failed(conversation, message_id, failure, "9") == (state(before), False)
    assert got(conversation, message_id) == before
    assert unanswered(conversation, user_id) == []


def test_what_an_expired_text_answered_is_unanswered_again(
    conversation: ConversationServiceStub,
) -> None:
    user_id = somebody()
    one, two, dismissed = (texts(conversation, user_id).message_id for _ in range(3))
    message_id = prepared(conversation, user_id, [one, two, dismissed]).message_id
    conversation.DismissMessages(
        pb.DismissMessagesRequest(user_id=user_id, message_ids=[dismissed])
    )
    begin(conversation, message_id, "job:1")
    failed(conversation, message_id, EXPIRED)
    assert unanswered(conversation, user_id) == [one, two]
    sorry = prepared(conversation, user_id, [one, two])
    # a repeat of the failure does not take them from the text that answers them now
    failed(conversation, message_id, EXPIRED)
    assert unanswered(conversation, user_id) == []
    assert state(sorry) == "PREPARED"


@pytest.mark.parametrize("failure", [REFUSED, WITHHELD])
def test_what_a_refused_or_withheld_text_answered_stays_answered(
    conversation: ConversationServiceStub, failure: pb.SendFailure.ValueType
) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)
    message_id = prepared(conversation, user_id, [question.message_id]).message_id
    failed(conversation, message_id, failure)
    failed(conversation, message_id, EXPIRED)
    assert unanswered(conversation, user_id) == []


@pytest.mark.parametrize("failure", [EXPIRED, WITHHELD])
def test_a_text_given_up_that_went_out_after_all_says_so(
    conversation: ConversationServiceStub, failure: pb.SendFailure.ValueType
) -> None:
    user_id = somebody()
    question = texts(conversation, user_id)
    message_id = prepared(conversation, user_id, [question.message_id]).message_id
    begin(conversation, message_id, "job:1")
    failed(conversation, message_id, failure)
    waiting = unanswered(conversation, user_id)
    sid = a_sid()
    assert state(accepted(conversation, message_id, sid)) == "ACCEPTED"
    assert state(status(conversation, sid, "delivered").message) == "DELIVERED"
    assert failed(conversation, message_id, failure) == ("DELIVERED", False)
    assert unanswered(conversation, user_id) == waiting


# Delivered


def test_a_status_may_come_before_the_receipt(conversation: ConversationServiceStub) -> None:
    message_id, sid = sending(conversation), a_sid()
    assert not status(conversation, sid, "sent").known
    answer = status(conversation, sid, "sent", message_id)
    assert answer.known
    assert (state(answer.message), answer.message.provider_sid) == ("SENT", sid)
    assert status(conversation, sid, "delivered").known


def test_an_unknown_text_is_an_answer_not_an_error(conversation: ConversationServiceStub) -> None:
    theirs = conversation.RecordInboundMessage(
        pb.RecordInboundMessageRequest(
            user_id=somebody(),
            provider_sid="SM-theirs",
            body="hi",
            event_time=prepared(conversation, somebody()).create_time,
            disposition=pb.DISPOSITION_TO_ANSWER,
        )
    ).message
    for sid, message_id in (
        (a_sid(), ""),
        (a_sid(), somebody()),
        (a_sid(), theirs.message_id),
        ("SM-theirs", ""),
    ):
        answer = status(conversation, sid, "delivered", message_id)
        assert not answer.known
        assert not answer.HasField("message")


@pytest.mark.parametrize("word", ["receiving", "partially_delivered", "", "DELIVERD"])
def test_a_word_that_we_do_not_know_changes_nothing(
    conversation: ConversationServiceStub, word: str
) -> None:
    message_id = sending(conversation)
    before = got(conversation, message_id)
    answer = status(conversation, a_sid(), word, message_id, "1")
    assert (answer.known, answer.message) == (True, before)


def test_an_error_code_is_kept_with_its_state(conversation: ConversationServiceStub) -> None:
    message_id, sid = sending(conversation), a_sid()
    accepted(conversation, message_id, sid)
    status(conversation, sid, "sent")
    after = status(conversation, sid, "undelivered", error_code="30003").message
    assert (state(after), after.error_code) == ("UNDELIVERED", "30003")
    assert status(conversation, sid, "failed", error_code="30008").message == after
    assert status(conversation, sid, "sent", error_code="30008").message == after


def test_an_error_code_of_a_state_that_is_past_is_not_kept(
    conversation: ConversationServiceStub,
) -> None:
    message_id, sid = sending(conversation), a_sid()
    accepted(conversation, message_id, sid)
    delivered = status(conversation, sid, "delivered").message
    assert status(conversation, sid, "undelivered", error_code="30003").message == delivered


def test_the_providers_id_says_which_text_a_status_is_about(
    conversation: ConversationServiceStub,
) -> None:
    """Two sends of one body; the look-up gave the id to the other text."""
    user_id, sid = somebody(), a_sid()
    one, two = sending(conversation, user_id), sending(conversation, user_id)
    accepted(conversation, two, sid)
    answer = status(conversation, sid, "delivered", one)
    assert answer.message.message_id == two
    assert state(got(conversation, one)) == "SENDING"


def test_statuses_and_receipt_at_once_end_where_they_would_in_order(
    conversation: ConversationServiceStub,
) -> None:
    for _ in range(5):
        message_id, sid = sending(conversation), a_sid()

        def call(n: int, message_id: str = message_id, sid: str = sid) -> None:
            if n == 0:
                accepted(conversation, message_id, sid)
            else:
                word = ("queued", "sent", "delivered", "read")[n % 4]
                status(conversation, sid, word, message_id)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(call, range(9)))
        after = got(conversation, message_id)
        assert (state(after), after.provider_sid) == ("READ", sid)
