"""Between protos and domain values: what comes in is parsed once, here."""

from __future__ import annotations

from services.conversation.wire.conversations import (
    DEFAULT_RECENT,
    look_to_proto,
    parse_look,
    parse_model_use,
    parse_opening,
    parse_summary,
    turn_to_proto,
)
from services.conversation.wire.fields import parse_ids
from services.conversation.wire.inbound import (
    admission_to_proto,
    parse_inbound,
    parse_text,
    parse_user,
    recorded_to_proto,
    unanswered_to_proto,
)
from services.conversation.wire.outbound import (
    outbound_to_proto,
    parse_draft,
    parse_name,
    prepared_to_proto,
)
from services.conversation.wire.restored import became_to_proto, parse_sent
from services.conversation.wire.sending import (
    abandoned_to_proto,
    accepted_to_proto,
    begun_to_proto,
    delivery_to_proto,
    given_up_to_proto,
    parse_abandon,
    parse_begin,
    parse_failure,
    parse_receipt,
    parse_status,
)
from services.conversation.wire.stats import parse_window, stats_to_proto
from services.conversation.wire.texts import message_to_proto

__all__ = [
    "DEFAULT_RECENT",
    "abandoned_to_proto",
    "accepted_to_proto",
    "admission_to_proto",
    "became_to_proto",
    "begun_to_proto",
    "delivery_to_proto",
    "given_up_to_proto",
    "look_to_proto",
    "message_to_proto",
    "outbound_to_proto",
    "parse_abandon",
    "parse_begin",
    "parse_draft",
    "parse_failure",
    "parse_ids",
    "parse_inbound",
    "parse_look",
    "parse_model_use",
    "parse_name",
    "parse_opening",
    "parse_receipt",
    "parse_sent",
    "parse_status",
    "parse_summary",
    "parse_text",
    "parse_user",
    "parse_window",
    "prepared_to_proto",
    "recorded_to_proto",
    "stats_to_proto",
    "turn_to_proto",
    "unanswered_to_proto",
]
