"""The transcript as the assistant reads it."""

from __future__ import annotations

from collections.abc import Sequence

from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.agent.turn import Line

_NEVER_HEARD = frozenset(
    {
        conversation.MessageState.MESSAGE_STATE_EXPIRED,
        conversation.MessageState.MESSAGE_STATE_WITHHELD,
        conversation.MessageState.MESSAGE_STATE_UNDELIVERED,
        conversation.MessageState.MESSAGE_STATE_FAILED,
        conversation.MessageState.MESSAGE_STATE_CANCELED,
    }
)


def lines_of(messages: Sequence[conversation.Message]) -> Sequence[Line]:
    """What was said: without pictures, and without texts of ours that never arrived."""
    return [
        Line(message.direction == conversation.Direction.DIRECTION_OUTBOUND, message.body)
        for message in messages
        if message.body and message.state not in _NEVER_HEARD
    ]
