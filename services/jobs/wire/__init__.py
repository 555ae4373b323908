"""Between the contract and the domain: proto in, proto out."""

from __future__ import annotations

from services.jobs.wire.activity import activity_to_proto
from services.jobs.wire.claims import (
    extended_to_proto,
    leased_to_proto,
    parse_poll,
    parse_slots,
    parse_tokens,
    parse_wait,
    parse_worker,
)
from services.jobs.wire.fields import check_count, parse_code, parse_text
from services.jobs.wire.jobs import enqueued_to_proto, fill_enqueued, job_to_proto, parse_state
from services.jobs.wire.operating import (
    parse_move,
    parse_person,
    parse_unless_resumed_since,
    pause_to_proto,
    pruned_to_proto,
    schedule_to_proto,
    stats_to_proto,
)
from services.jobs.wire.settlements import settled_to_proto

__all__ = [
    "activity_to_proto",
    "check_count",
    "enqueued_to_proto",
    "extended_to_proto",
    "fill_enqueued",
    "job_to_proto",
    "leased_to_proto",
    "parse_code",
    "parse_move",
    "parse_person",
    "parse_poll",
    "parse_slots",
    "parse_state",
    "parse_text",
    "parse_tokens",
    "parse_unless_resumed_since",
    "parse_wait",
    "parse_worker",
    "pause_to_proto",
    "pruned_to_proto",
    "schedule_to_proto",
    "settled_to_proto",
    "stats_to_proto",
]
