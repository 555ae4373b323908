"""Texts of people: recorded, unanswered, admitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import Names, parse_time
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.message import (
    Admission,
    Disposition,
    Media,
    Message,
)
from services.conversation.model.inbound import InboundText, Recorded
from services.conversation.wire.fields import LONGEST_INBOUND, parse_body, parse_sid
from services.conversation.wire.texts import message_to_proto

MOST_MEDIA: Final = 10  # https://www.twilio.com/docs/messaging/guides/accepted-mime-types
LONGEST_URL: Final = 2000
LONGEST_CONTENT_TYPE: Final = 255
DISPOSITIONS: Final = Names(pb.Disposition.Value, "DISPOSITION", Disposition)
ADMISSIONS: Final = {
    Admission.ADMITTED: pb.ADMISSION_ADMITTED,
    Admission.TOLD_OF_MINUTE: pb.ADMISSION_LIMITED_FIRST,
    Admission.TOLD_OF_DAY: pb.ADMISSION_LIMITED_FIRST,
    Admission.LIMITED: pb.ADMISSION_LIMITED,
}


def parse_inbound(request: pb.RecordInboundMessageRequest) -> InboundText:
    """Raises InvalidArgument naming the field that is refused.

    A text may be empty even without media: people do send blanks, and they were received.
    """
    return InboundText(
        user_id=parse_uuid(request.user_id, "user_id"),
        provider_sid=parse_sid(request.provider_sid),
        body=parse_body("body", request.body, 0, LONGEST_INBOUND),
        media=_media(request.media),
        event_at=parse_time(request, "event_time"),
        disposition=DISPOSITIONS.parse(request.disposition, "disposition"),
    )


def parse_user(request: pb.ListUnansweredMessagesRequest) -> UUID:
    """Raises InvalidArgument naming `user_id`."""
    return parse_uuid(request.user_id, "user_id")


def parse_text(request: pb.AdmitTextRequest) -> UUID:
    """Raises InvalidArgument naming `message_id`."""
    return parse_uuid(request.message_id, "message_id")


def _media(items: Sequence[pb.Media]) -> tuple[Media, ...]:
    if len(items) > MOST_MEDIA:
        raise InvalidArgument("media", f"must hold at most {MOST_MEDIA} items")
    for item in items:
        if not 1 <= len(item.url) <= LONGEST_URL or "\0" in item.url:
            raise InvalidArgument("media", f"each url must have 1 to {LONGEST_URL} characters")
        if len(item.content_type) > LONGEST_CONTENT_TYPE or "\0" in item.content_type:
            raise InvalidArgument(
                "media", f"each content_type must have at most {LONGEST_CONTENT_TYPE} characters"
            )
    return tuple(Media(item.url, item.content_type) for item in items)


def recorded_to_proto(recorded: Recorded) -> pb.RecordInboundMessageResponse:
    """The answer to RecordInboundMessage."""
    return pb.RecordInboundMessageResponse(
        message=message_to_proto(recorded.message),
        created=recorded.created,
        first_contact=recorded.first_contact,
        disposition=DISPOSITIONS.number(recorded.disposition),
    )


def unanswered_to_proto(found: Sequence[Message]) -> pb.ListUnansweredMessagesResponse:
    """The answer to ListUnansweredMessages."""
    return pb.ListUnansweredMessagesResponse(messages=[message_to_proto(each) for each in found])


def admission_to_proto(admission: Admission) -> pb.AdmitTextResponse:
    """The answer to AdmitText."""
    return pb.AdmitTextResponse(admission=ADMISSIONS[admission])
