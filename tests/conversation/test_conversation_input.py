"""Bad input to conversation is refused by the name of its field."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    NOON,
    draft,
    refused,
    somebody,
    text,
)
from tests.refused import invalid

METHODS = pb.DESCRIPTOR.services_by_name["ConversationService"].methods
ANA = somebody()
ID = somebody()


def inbound(**fields: Any) -> pb.RecordInboundMessageRequest:
    request = text(ANA, "hi", "SM1", NOON)
    for name, value in fields.items():
        if value is None:
            request.ClearField(name)  # type: ignore[arg-type]
        elif isinstance(value, Timestamp):
            request.event_time.CopyFrom(value)
        elif isinstance(value, list):
            request.media.extend(value)
        else:
            setattr(request, name, value)
    return request


def outbound(**fields: Any) -> pb.PrepareOutboundMessageRequest:
    request = draft(ANA, "hello", "k")
    for name, value in fields.items():
        if isinstance(value, list):
            request.answers.extend(value)
        else:
            setattr(request, name, value)
    return request


def media(url: str = "https://example.test/1", content_type: str = "image/png") -> pb.Media:
    return pb.Media(url=url, content_type=content_type)


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("RecordInboundMessage", inbound(provider_sid=""), "provider_sid"),
        ("RecordInboundMessage", inbound(provider_sid="S" * 65), "provider_sid"),
        ("RecordInboundMessage", inbound(provider_sid="SM 1"), "provider_sid"),
        ("RecordInboundMessage", inbound(body="a\0b"), "body"),
        ("RecordInboundMessage", inbound(body="x" * 4001), "body"),
        ("RecordInboundMessage", inbound(event_time=None), "event_time"),
        ("RecordInboundMessage", inbound(event_time=Timestamp(seconds=1)), "event_time"),
        ("RecordInboundMessage", inbound(event_time=Timestamp(seconds=10**15)), "event_time"),
        ("RecordInboundMessage", inbound(disposition=0), "disposition"),
        ("RecordInboundMessage", inbound(disposition=9), "disposition"),
        ("RecordInboundMessage", inbound(media=[media()] * 11), "media"),
        ("RecordInboundMessage", inbound(media=[media(url="")]), "media"),
        ("RecordInboundMessage", inbound(media=[media(url="x" * 2001)]), "media"),
        ("RecordInboundMessage", inbound(media=[media(content_type="a\0")]), "media"),
        ("PrepareOutboundMessage", outbound(request_key=""), "request_key"),
        ("PrepareOutboundMessage", outbound(request_key="k" * 201), "request_key"),
        ("PrepareOutboundMessage", outbound(request_key="k\0"), "request_key"),
        ("PrepareOutboundMessage", outbound(body=""), "body"),
        ("PrepareOutboundMessage", outbound(body="x" * 1601), "body"),
        ("PrepareOutboundMessage", outbound(body="a\0b"), "body"),
        ("PrepareOutboundMessage", outbound(kind=0), "kind"),
        ("PrepareOutboundMessage", outbound(kind=pb.MESSAGE_KIND_TEXT), "kind"),
        ("PrepareOutboundMessage", outbound(kind=99), "kind"),
        ("PrepareOutboundMessage", outbound(answers=["1"]), "answers"),
        ("PrepareOutboundMessage", outbound(answers=[ID] * 101), "answers"),
        ("GetOutboundMessage", pb.GetOutboundMessageRequest(), "message"),
        ("GetOutboundMessage", pb.GetOutboundMessageRequest(request_key=""), "request_key"),
        ("GetOutboundMessage", pb.GetOutboundMessageRequest(message_id="1"), "message_id"),
        ("BeginSend", pb.BeginSendRequest(message_id="1", token="t"), "message_id"),
        ("BeginSend", pb.BeginSendRequest(message_id=ID), "token"),
        ("BeginSend", pb.BeginSendRequest(message_id=ID, token="t" * 201), "token"),
        (
            "BeginSend",
            pb.BeginSendRequest(message_id=ID, token="t", not_found_token="t" * 201),
            "not_found_token",
        ),
        ("AbandonSend", pb.AbandonSendRequest(message_id=ID), "token"),
        ("AbandonSend", pb.AbandonSendRequest(token="t"), "message_id"),
        ("RecordSendAccepted", pb.RecordSendAcceptedRequest(provider_sid="S"), "message_id"),
        ("RecordSendAccepted", pb.RecordSendAcceptedRequest(message_id=ID), "provider_sid"),
        ("RecordSendFailed", pb.RecordSendFailedRequest(message_id=ID), "failure"),
        (
            "RecordSendFailed",
            pb.RecordSendFailedRequest(
                message_id=ID, failure=pb.SEND_FAILURE_REFUSED, error_code="x" * 33
            ),
            "error_code",
        ),
        ("RecordDelivery", pb.RecordDeliveryRequest(status="sent"), "provider_sid"),
        (
            "RecordDelivery",
            pb.RecordDeliveryRequest(provider_sid="S", message_id="1"),
            "message_id",
        ),
        (
            "GetConversation",
            pb.GetConversationRequest(user_id=ANA, recent_limit=-1),
            "recent_limit",
        ),
        ("ListMessages", pb.ListMessagesRequest(user_id=ANA, page_size=-1), "page_size"),
        ("ListMessages", pb.ListMessagesRequest(user_id=ANA, page_token="x"), "page_token"),
        (
            "DismissMessages",
            pb.DismissMessagesRequest(user_id=ANA, message_ids=["1"]),
            "message_ids",
        ),
        ("ListAuditRecords", pb.ListAuditRecordsRequest(page_token="bm9uc2Vuc2U"), "page_token"),
    ],
)
def test_bad_input_is_refused(
    conversation: ConversationServiceStub, method: str, request_: Any, field: str
) -> None:
    assert refused(getattr(conversation, method), request_) == invalid(field)


@pytest.mark.parametrize(
    "method", [m.name for m in METHODS if "user_id" in m.input_type.fields_by_name]
)
def test_what_is_no_uuid_is_refused(conversation: ConversationServiceStub, method: str) -> None:
    base = {"RecordInboundMessage": inbound(), "PrepareOutboundMessage": outbound()}.get(method)
    request = getattr(pb, f"{method}Request")()
    if base is not None:
        request.CopyFrom(base)
    request.user_id = "ana"
    assert refused(getattr(conversation, method), request) == invalid("user_id")


def test_the_longest_texts_are_taken(conversation: ConversationServiceStub) -> None:
    longest = outbound(body="x" * 1600)
    assert conversation.PrepareOutboundMessage(longest).message.segments == 11
    assert conversation.RecordInboundMessage(inbound(body="😜" * 4000)).created


def test_nobody_has_no_conversation(conversation: ConversationServiceStub) -> None:
    request = pb.GetConversationRequest(user_id=somebody())
    assert refused(conversation.GetConversation, request) == (
        grpc.StatusCode.NOT_FOUND,
        "CONVERSATION_NOT_FOUND",
        [],
    )
