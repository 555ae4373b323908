"""Between protos and domain values, for what only the provider knew after a restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import Names, parse_time
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.delivery import MessageState, state_of_word
from services.conversation.model.restoring import Became, SentText
from services.conversation.wire.fields import (
    LONGEST_INBOUND,
    parse_body,
    parse_error_code,
    parse_sid,
)

MOST_TEXTS: Final = 1000

_BECAME: Final = Names(pb.RestoredText.Value, "RESTORED_TEXT", Became)


def parse_sent(request: pb.RestoreSentTextsRequest) -> tuple[UUID, Sequence[SentText]]:
    """Whom it was sent to, and what. Raises InvalidArgument naming the field that is refused."""
    user_id = parse_uuid(request.user_id, "user_id")
    if not 1 <= len(request.texts) <= MOST_TEXTS:
        raise InvalidArgument("texts", f"must be 1 to {MOST_TEXTS}")
    return user_id, [_parse_text(place, text) for place, text in enumerate(request.texts)]


def became_to_proto(became: Sequence[Became]) -> pb.RestoreSentTextsResponse:
    """What became of each, in their order."""
    return pb.RestoreSentTextsResponse(became=map(_BECAME.number, became))


def _parse_text(place: int, text: pb.SentText) -> SentText:
    try:
        return SentText(
            provider_sid=parse_sid(text.provider_sid),
            body=parse_body("body", text.body, 0, LONGEST_INBOUND),
            sent_at=parse_time(text, "sent_time"),
            state=state_of_word(text.status) or MessageState.ACCEPTED,
            error_code=parse_error_code(text.error_code),
            fixed=text.fixed,
        )
    except InvalidArgument as refused:
        [(field, what)] = refused.violations
        raise InvalidArgument(f"texts[{place}].{field}", what) from refused
