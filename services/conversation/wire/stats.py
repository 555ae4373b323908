"""Texts, counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kit.refusals import InvalidArgument
from kit.wire import duration, timestamp
from protos.conversation.v1 import conversation_pb2 as pb
from services.conversation.message import (
    Direction,
)
from services.conversation.model.stats import ConversationStats
from services.conversation.wire.texts import DIRECTIONS, STATES

DEFAULT_WINDOW: Final = timedelta(hours=24)
LONGEST_WINDOW: Final = timedelta(days=7)


def parse_window(request: pb.GetConversationStatsRequest) -> timedelta:
    """How far back, DEFAULT_WINDOW where unset. Raises InvalidArgument naming `window`."""
    if not request.HasField("window"):
        return DEFAULT_WINDOW
    seconds = request.window.seconds + request.window.nanos / 1e9
    if not 0 < seconds <= LONGEST_WINDOW.total_seconds():
        raise InvalidArgument("window", "must be more than nothing and at most 7 days")
    return timedelta(seconds=seconds)


def stats_to_proto(stats: ConversationStats) -> pb.GetConversationStatsResponse:
    """Counts for the wire."""
    p50, p95 = stats.reply_p50, stats.reply_p95
    return pb.GetConversationStatsResponse(
        start_time=timestamp(stats.counted_since),
        counts=[
            pb.MessageCount(
                direction=DIRECTIONS.number(each.direction),
                state=STATES.number(each.state),
                error_code=each.error_code,
                messages=each.texts,
            )
            for each in stats.counts
        ],
        inbound_messages=stats.texts(Direction.INBOUND),
        outbound_messages=stats.texts(Direction.OUTBOUND),
        replies=stats.replies,
        reply_time_p50=None if p50 is None else duration(p50),
        reply_time_p95=None if p95 is None else duration(p95),
    )
