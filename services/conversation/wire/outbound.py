"""Texts of ours: prepared, and found again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.message import (
    Message,
    MessageKind,
)
from services.conversation.model.outbound import Draft, Prepared
from services.conversation.wire.fields import parse_body, parse_ids, parse_key
from services.conversation.wire.texts import KINDS, message_to_proto

LONGEST_OUTBOUND: Final = 1600


def parse_draft(request: pb.PrepareOutboundMessageRequest) -> Draft:
    """Raises InvalidArgument naming the field that is refused."""
    kind = KINDS.parse(request.kind, "kind")
    if kind is MessageKind.TEXT:
        raise InvalidArgument("kind", "TEXT is what people write")
    if kind in (MessageKind.RESTORED, MessageKind.RESTORED_NOTICE):
        raise InvalidArgument("kind", "of RESTORED texts only the provider knew")
    return Draft(
        user_id=parse_uuid(request.user_id, "user_id"),
        request_key=parse_key(request.request_key, "request_key"),
        body=parse_body("body", request.body, 1, LONGEST_OUTBOUND),
        answers=parse_ids(request.answers, "answers"),
        kind=kind,
    )


def parse_name(request: pb.GetOutboundMessageRequest) -> str | UUID:
    """The request key or the id of a text. Raises InvalidArgument naming the field."""
    match request.WhichOneof("message"):
        case "request_key":
            return parse_key(request.request_key, "request_key")
        case "message_id":
            return parse_uuid(request.message_id, "message_id")
        case _:
            raise InvalidArgument("message", "must be a request_key or a message_id")


def prepared_to_proto(prepared: Prepared) -> pb.PrepareOutboundMessageResponse:
    """The answer to PrepareOutboundMessage."""
    return pb.PrepareOutboundMessageResponse(
        message=message_to_proto(prepared.message), created=prepared.created
    )


def outbound_to_proto(message: Message) -> pb.GetOutboundMessageResponse:
    """The answer to GetOutboundMessage."""
    return pb.GetOutboundMessageResponse(message=message_to_proto(message))
