"""The words in which these tests speak to conversation."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import grpc

from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.refused import Refused, refused_by

refused = partial(refused_by, "conversation")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

_numbers = itertools.count(1)


def somebody() -> str:
    """A new user id."""
    return str(uuid4())


def a_sid() -> str:
    """An id of the provider that no text has."""
    return f"SM{next(_numbers)}"


def a_key() -> str:
    """A request key that nobody has used."""
    return f"key-{next(_numbers)}"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


MESSAGE_NOT_FOUND: Refused = (grpc.StatusCode.NOT_FOUND, "MESSAGE_NOT_FOUND", [])
SID_TAKEN: Refused = (grpc.StatusCode.ALREADY_EXISTS, "PROVIDER_SID_TAKEN", [])
ALREADY_ANSWERED: Refused = (grpc.StatusCode.ABORTED, "ALREADY_ANSWERED", [])
EARLIER_UNANSWERED: Refused = (grpc.StatusCode.ABORTED, "EARLIER_UNANSWERED", [])


def text(
    user_id: str,
    body: str = "hi",
    sid: str = "",
    time: datetime = NOON,
    disposition: pb.Disposition.ValueType = pb.DISPOSITION_TO_ANSWER,
    media: Sequence[pb.Media] = (),
) -> pb.RecordInboundMessageRequest:
    return pb.RecordInboundMessageRequest(
        user_id=user_id,
        provider_sid=sid or a_sid(),
        body=body,
        event_time=timestamp(time),
        disposition=disposition,
        media=media,
    )


def texts(
    conversation: ConversationServiceStub, user_id: str, body: str = "hi", time: datetime = NOON
) -> pb.Message:
    """The person texts."""
    return conversation.RecordInboundMessage(text(user_id, body, time=time)).message


def draft(
    user_id: str,
    body: str = "hello",
    key: str = "",
    answers: Sequence[str] = (),
    kind: pb.MessageKind.ValueType = pb.MESSAGE_KIND_ANSWER,
) -> pb.PrepareOutboundMessageRequest:
    return pb.PrepareOutboundMessageRequest(
        user_id=user_id, request_key=key or a_key(), body=body, answers=answers, kind=kind
    )


def prepared(
    conversation: ConversationServiceStub,
    user_id: str,
    answers: Sequence[str] = (),
    kind: pb.MessageKind.ValueType = pb.MESSAGE_KIND_ANSWER,
) -> pb.Message:
    """A text of ours that waits to be sent."""
    request = draft(user_id, answers=answers, kind=kind)
    return conversation.PrepareOutboundMessage(request).message


def unanswered(conversation: ConversationServiceStub, user_id: str) -> list[str]:
    request = pb.ListUnansweredMessagesRequest(user_id=user_id)
    return [each.message_id for each in conversation.ListUnansweredMessages(request).messages]


def begin(
    conversation: ConversationServiceStub, message_id: str, token: str, not_found: str = ""
) -> pb.BeginSendResponse:
    return conversation.BeginSend(
        pb.BeginSendRequest(message_id=message_id, token=token, not_found_token=not_found)
    )


def accepted(conversation: ConversationServiceStub, message_id: str, sid: str) -> pb.Message:
    request = pb.RecordSendAcceptedRequest(message_id=message_id, provider_sid=sid)
    return conversation.RecordSendAccepted(request).message


def failed(
    conversation: ConversationServiceStub,
    message_id: str,
    failure: pb.SendFailure.ValueType,
    error_code: str = "",
) -> tuple[str, bool]:
    """The state after it, and whether it was recorded."""
    response = conversation.RecordSendFailed(
        pb.RecordSendFailedRequest(message_id=message_id, failure=failure, error_code=error_code)
    )
    return state(response.message), response.recorded


def status(
    conversation: ConversationServiceStub,
    sid: str,
    word: str,
    message_id: str = "",
    error_code: str = "",
) -> pb.RecordDeliveryResponse:
    return conversation.RecordDelivery(
        pb.RecordDeliveryRequest(
            message_id=message_id, provider_sid=sid, status=word, error_code=error_code
        )
    )


def got(conversation: ConversationServiceStub, message_id: str) -> pb.Message:
    request = pb.GetOutboundMessageRequest(message_id=message_id)
    return conversation.GetOutboundMessage(request).message


def state(message: pb.Message) -> str:
    return pb.MessageState.Name(message.state).removeprefix("MESSAGE_STATE_")
