"""The way of a text to the provider and back."""

from __future__ import annotations

from typing import Final

from kit.ids import parse_uuid
from kit.wire import Names, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.delivery import SendFailure
from services.conversation.message import (
    Message,
)
from services.conversation.model.giving_up import Failure, GivenUp
from services.conversation.model.reports import Receipt, Status
from services.conversation.model.sending import Abandon, Begin, Begun, SendPermission
from services.conversation.wire.fields import parse_error_code, parse_key, parse_sid
from services.conversation.wire.texts import message_to_proto

FAILURES: Final = Names(pb.SendFailure.Value, "SEND_FAILURE", SendFailure)
PERMISSIONS: Final = Names(pb.SendPermission.Value, "SEND_PERMISSION", SendPermission)


def parse_begin(request: pb.BeginSendRequest) -> Begin:
    """Raises InvalidArgument naming the field that is refused."""
    not_found = request.not_found_token
    return Begin(
        message_id=parse_uuid(request.message_id, "message_id"),
        token=parse_key(request.token, "token"),
        not_found_token=not_found and parse_key(not_found, "not_found_token"),
    )


def parse_abandon(request: pb.AbandonSendRequest) -> Abandon:
    """Raises InvalidArgument naming the field that is refused."""
    return Abandon(parse_uuid(request.message_id, "message_id"), parse_key(request.token, "token"))


def parse_receipt(request: pb.RecordSendAcceptedRequest) -> Receipt:
    """Raises InvalidArgument naming the field that is refused."""
    return Receipt(parse_uuid(request.message_id, "message_id"), parse_sid(request.provider_sid))


def parse_failure(request: pb.RecordSendFailedRequest) -> Failure:
    """Raises InvalidArgument naming the field that is refused."""
    return Failure(
        message_id=parse_uuid(request.message_id, "message_id"),
        why=FAILURES.parse(request.failure, "failure"),
        error_code=parse_error_code(request.error_code),
    )


def parse_status(request: pb.RecordDeliveryRequest) -> Status:
    """Raises InvalidArgument naming the field that is refused."""
    return Status(
        message_id=parse_uuid(request.message_id, "message_id") if request.message_id else None,
        provider_sid=parse_sid(request.provider_sid),
        word=request.status,
        error_code=parse_error_code(request.error_code),
    )


def begun_to_proto(begun: Begun) -> pb.BeginSendResponse:
    """The answer to BeginSend."""
    attempt = begun.message.attempt
    return pb.BeginSendResponse(
        permission=PERMISSIONS.number(begun.permission),
        message=message_to_proto(begun.message),
        begin_token=attempt.token if attempt else "",
        begin_time=timestamp(attempt.begun_at if attempt else None),
    )


def abandoned_to_proto(message: Message) -> pb.AbandonSendResponse:
    """The answer to AbandonSend."""
    return pb.AbandonSendResponse(message=message_to_proto(message))


def accepted_to_proto(message: Message) -> pb.RecordSendAcceptedResponse:
    """The answer to RecordSendAccepted."""
    return pb.RecordSendAcceptedResponse(message=message_to_proto(message))


def given_up_to_proto(given_up: GivenUp) -> pb.RecordSendFailedResponse:
    """The answer to RecordSendFailed."""
    return pb.RecordSendFailedResponse(
        message=message_to_proto(given_up.message), recorded=given_up.recorded
    )


def delivery_to_proto(message: Message | None) -> pb.RecordDeliveryResponse:
    """The answer to RecordDelivery."""
    if message is None:
        return pb.RecordDeliveryResponse(known=False)
    return pb.RecordDeliveryResponse(known=True, message=message_to_proto(message))
