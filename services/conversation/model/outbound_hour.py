"""How many texts leave in an hour, all people together (domain.md section 8).

Counted by the minute. The running minute and the sixty before it hold any hour that ends now, so no
hour ever holds more than the limit. Whoever looks and counts does so under one lock, held until
the commit; a transaction counts all its texts at once.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from kit.database import DbWriter
from services.conversation.message import Message, MessageKind
from services.conversation.sql import statement
from services.conversation.tables import outbound_minutes

WINDOW: Final = timedelta(minutes=61)
KEPT: Final = timedelta(days=1)
# Of the advisory locks of this schema's database; the jobs service has others.
_LOCK_CLASS: Final = 0x6F75  # "ou"

# Never limited, and so not counted either: no lock stands before a crisis reply.
EXEMPT: Final = frozenset({MessageKind.CRISIS_REPLY, MessageKind.KEYWORD_REPLY})


def is_limited(message: Message) -> bool:
    """Whether a text counts and may have to wait."""
    return message.kind not in EXEMPT


class OutboundHour:
    """What of the hour's texts a transaction takes, and what it gives back.

    Looks when the first text wants to leave, writes at the end. most: of any hour; of no matter to
    those who only give back.
    """

    def __init__(self, db: DbWriter, at: datetime, most: int = 0) -> None:
        self._db = db
        self._most = most
        self._at = at
        self._minute = at.replace(second=0, microsecond=0)
        self._left: int | None = None
        self._oldest_at = self._minute
        self._has_row = True
        self._taken = 0
        self._given_back: Counter[datetime] = Counter()

    @property
    def is_full(self) -> bool:
        """Whether no more texts may leave now. Whoever has asked holds the lock."""
        return self._room() <= 0

    def take(self) -> None:
        """Counts one text, for which there is room."""
        self._left = self._room() - 1
        self._taken += 1

    def give_back(self, begun_at: datetime) -> None:
        """The text that was counted then has surely not left."""
        self._given_back[begun_at.replace(second=0, microsecond=0)] += 1

    @property
    def retry_after(self) -> timedelta:
        """When the first of the counted texts leave the window, in which nothing is left."""
        return max(self._oldest_at + WINDOW - self._at, timedelta(seconds=1))

    def write(self) -> None:
        """Stores what was counted."""
        if self._taken:
            params = {"minute": self._minute, "texts": self._taken, "at": self._at}
            self._db.execute(statement("count_outbound"), params)
            if not self._has_row:
                old = outbound_minutes.c.minute < self._at - KEPT
                self._db.execute(sa.delete(outbound_minutes).where(old))
        minute, texts = outbound_minutes.c.minute, outbound_minutes.c.texts
        for begun_at, count in sorted(self._given_back.items()):
            less = {"texts": sa.func.greatest(texts - count, 0), "updated_at": self._at}
            self._db.execute(sa.update(outbound_minutes).where(minute == begun_at).values(less))

    def _room(self) -> int:
        if self._left is None:
            self._left = self._look()
        return self._left

    def _look(self) -> int:
        # In a statement of its own: the next one must see what was committed before the lock.
        self._db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, 0)))
        params = {"minute": self._minute, "since": self._minute - WINDOW}
        [row] = self._db.rows(statement("outbound_texts"), params)
        self._oldest_at = row.oldest_at or self._minute
        self._has_row = row.has_row
        return self._most - int(row.texts)
