"""A text, for the wire."""

from __future__ import annotations

from typing import Final

from kit.wire import Names, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.delivery import MessageState
from services.conversation.message import (
    Direction,
    Message,
    MessageKind,
)

DIRECTIONS: Final = Names(pb.Direction.Value, "DIRECTION", Direction)
KINDS: Final = Names(pb.MessageKind.Value, "MESSAGE_KIND", MessageKind)
STATES: Final = Names(pb.MessageState.Value, "MESSAGE_STATE", MessageState)


def message_to_proto(message: Message) -> pb.Message:
    """One text for the wire."""
    return pb.Message(
        message_id=str(message.message_id),
        user_id=str(message.user_id),
        direction=DIRECTIONS.number(message.direction),
        kind=KINDS.number(message.kind),
        sequence=message.sequence,
        body=message.body,
        media=[pb.Media(url=m.url, content_type=m.content_type) for m in message.media],
        provider_sid=message.provider_sid or "",
        request_key=message.request_key or "",
        state=STATES.number(message.state),
        error_code=message.error_code,
        segments=message.segments,
        event_time=timestamp(message.event_at),
        begin_time=timestamp(message.first_begun_at),
        create_time=timestamp(message.created_at),
        update_time=timestamp(message.updated_at),
    )
