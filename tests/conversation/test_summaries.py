"""A running summary: how far it reaches, and that no writer overwrites another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import grpc

from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    NOON,
    minutes,
    refused,
    somebody,
    text,
)
from tests.refused import Refused, invalid

STALE: Refused = (grpc.StatusCode.ABORTED, "STALE_SUMMARY", [])
NOT_FOUND: Refused = (grpc.StatusCode.NOT_FOUND, "CONVERSATION_NOT_FOUND", [])


def writes(
    conversation: ConversationServiceStub, user_id: str, times: Sequence[timedelta]
) -> list[str]:
    """Texts of the person at these times after noon; their ids."""
    requests = [text(user_id, f"text {n}", time=NOON + time) for n, time in enumerate(times)]
    stored = [conversation.RecordInboundMessage(request).message for request in requests]
    return [message.message_id for message in stored]


def left(
    conversation: ConversationServiceStub, user_id: str, before: timedelta, size: int = 0
) -> list[str]:
    """Bodies of what the summary does not cover."""
    request = pb.ListUnsummarizedMessagesRequest(
        user_id=user_id, event_before=timestamp(NOON + before), page_size=size
    )
    return [each.body for each in conversation.ListUnsummarizedMessages(request).messages]


def save(
    user_id: str, through: str, expected: int = 0, summary: str = "She rests."
) -> pb.SaveSummaryRequest:
    return pb.SaveSummaryRequest(
        user_id=user_id, summary=summary, expected_version=expected, through_message_id=through
    )


def state(conversation: ConversationServiceStub, user_id: str) -> tuple[str, int, int]:
    request = pb.GetConversationRequest(user_id=user_id)
    found = conversation.GetConversation(request).conversation
    return found.summary, found.summary_version, found.summarized_count


def test_what_is_left_to_summarize_is_old_and_not_covered_oldest_first(
    conversation: ConversationServiceStub,
) -> None:
    """Two that were written in the same moment are told apart by their sequence."""
    ana, ben = somebody(), somebody()
    writes(conversation, ben, [minutes(0)])
    ids = writes(conversation, ana, [minutes(3), minutes(0), minutes(1), minutes(1), minutes(5)])
    assert left(conversation, ana, minutes(5)) == ["text 1", "text 2", "text 3", "text 0"]
    assert left(conversation, ana, minutes(9), size=2) == ["text 1", "text 2"]
    conversation.SaveSummary(save(ana, ids[2]))
    assert left(conversation, ana, minutes(9)) == ["text 3", "text 0", "text 4"]
    assert state(conversation, ana) == ("She rests.", 1, 2)
    assert left(conversation, ben, minutes(9)) == ["text 0"]


def test_of_two_writers_who_read_the_same_version_one_is_told_to_read_again(
    conversation: ConversationServiceStub,
) -> None:
    ana = somebody()
    first, second = writes(conversation, ana, [minutes(0), minutes(1)])
    request = save(ana, first)
    assert conversation.SaveSummary(request).summary_version == 1
    assert conversation.SaveSummary(request).summary_version == 1, "its answer was lost"
    assert refused(conversation.SaveSummary, save(ana, first, summary="Other words.")) == STALE
    assert refused(conversation.SaveSummary, save(ana, second)) == STALE
    assert conversation.SaveSummary(save(ana, second, 1)).summary_version == 2
    assert refused(conversation.SaveSummary, request) == STALE
    assert state(conversation, ana) == ("She rests.", 2, 2)


def test_a_summary_never_reaches_less_far_than_before(
    conversation: ConversationServiceStub,
) -> None:
    ana = somebody()
    first, second = writes(conversation, ana, [minutes(0), minutes(1)])
    conversation.SaveSummary(save(ana, second))
    earlier = save(ana, first, 1)
    assert refused(conversation.SaveSummary, earlier) == invalid("through_message_id")


def test_a_deleted_conversation_keeps_no_summary(conversation: ConversationServiceStub) -> None:
    ana = somebody()
    [only] = writes(conversation, ana, [minutes(0)])
    conversation.SaveSummary(save(ana, only))
    conversation.DeleteConversation(pb.DeleteConversationRequest(user_id=ana))
    assert refused(conversation.SaveSummary, save(ana, only, 1)) == NOT_FOUND
    writes(conversation, ana, [minutes(2)])
    assert state(conversation, ana) == ("", 0, 0)


def test_bad_input_is_refused_by_field(conversation: ConversationServiceStub) -> None:
    ana, ben = somebody(), somebody()
    [ours] = writes(conversation, ana, [minutes(0)])
    [theirs] = writes(conversation, ben, [minutes(0)])
    for request, field in (
        (save("x", ours), "user_id"),
        (save(ana, "x"), "through_message_id"),
        (save(ana, theirs), "through_message_id"),
        (save(ana, ours, -1), "expected_version"),
        (save(ana, ours, summary="a" * 4001), "summary"),
        (save(ana, ours, summary="a\0b"), "summary"),
    ):
        assert refused(conversation.SaveSummary, request) == invalid(field)
    some = pb.ListUnsummarizedMessagesRequest(user_id=ana, event_before=timestamp(NOON))
    for change, field in (
        ({"user_id": "x"}, "user_id"),
        ({"page_size": -1}, "page_size"),
    ):
        wrong = pb.ListUnsummarizedMessagesRequest()
        wrong.CopyFrom(some)
        for name, value in change.items():
            setattr(wrong, name, value)
        assert refused(conversation.ListUnsummarizedMessages, wrong) == invalid(field)
    some.ClearField("event_before")
    assert refused(conversation.ListUnsummarizedMessages, some) == invalid("event_before")
    nobody = pb.ListUnsummarizedMessagesRequest(user_id=somebody(), event_before=timestamp(NOON))
    assert refused(conversation.ListUnsummarizedMessages, nobody) == NOT_FOUND
