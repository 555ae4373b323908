"""Counts of texts and the time that people wait for answers, for operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kit.database import DbReader
from services.conversation.delivery import MessageState
from services.conversation.message import Direction
from services.conversation.sql import statement

# Counting must stay cheap however much was said: the newest of the window.
MOST_COUNTED: Final = 500_000


@dataclass(frozen=True, slots=True)
class TextCount:
    """How many texts came to one state. error_code: the provider's, or the gate that
    withheld them, "" for none."""

    direction: Direction
    state: MessageState
    error_code: str
    texts: int


@dataclass(frozen=True, slots=True)
class ConversationStats:
    """What was said and sent since `counted_since`, which is later than was asked for where there
    is more than MOST_COUNTED.

    replies: texts whose answer the provider took. reply_p50, reply_p95: from the text to the moment
    when we learnt that; None where there are none.
    """

    counted_since: datetime
    counts: Sequence[TextCount]
    replies: int
    reply_p50: timedelta | None
    reply_p95: timedelta | None

    def texts(self, direction: Direction) -> int:
        """All that went one way."""
        return sum(each.texts for each in self.counts if each.direction is direction)


def conversation_stats(db: DbReader, since: datetime) -> ConversationStats:
    """The texts written at `since` or later."""
    params = {"since": since, "most": MOST_COUNTED}
    rows = db.rows(statement("count_messages"), params)
    counts = [
        TextCount(Direction(row.direction), MessageState(row.state), row.error_code, row.texts)
        for row in rows
    ]
    full = sum(each.texts for each in counts) >= MOST_COUNTED
    [replied] = db.rows(statement("reply_times"), params)
    return ConversationStats(
        counted_since=min(row.oldest_at for row in rows) if full else since,
        counts=counts,
        replies=replied.replies,
        reply_p50=replied.p50,
        reply_p95=replied.p95,
    )
