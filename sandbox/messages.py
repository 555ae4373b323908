"""Twilio's ledger of messages: what was sent, what came in, and how far each has got."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final
from urllib.parse import urldefrag
from uuid import uuid4

from sandbox.clock import SandboxClock
from sandbox.delivery import Courier, Webhook
from sandbox.segments import segmentation
from sandbox.settings import SandboxSettings
from sandbox.store import Store
from sandbox.trail import Trail

API_VERSION: Final = "2010-04-01"
# Carrier verdicts after which Twilio says undelivered; every other code means that it failed.
_UNDELIVERED: Final = frozenset({30003, 30004, 30005, 30006, 30007, 30008, 30017, 30022, 30410})


@dataclass(frozen=True, slots=True)
class Outbound:
    """A text to send: `service_sid` and `callback` as asked for, `listed_in` the lag in seconds."""

    sender: str
    recipient: str
    body: str
    service_sid: str | None = None
    callback: str | None = None
    error_code: int | None = None
    listed_in: float = 0.0
    num_media: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages to list. Times are epoch seconds, inclusive; `before` is an exclusive seq."""

    recipient: str | None = None
    sender: str | None = None
    sent_from: int | None = None
    sent_to: int | None = None
    before: int | None = None
    limit: int = 50


class Messages:
    """Keeps messages and moves them on; every move is told to the message's StatusCallback."""

    def __init__(
        self,
        settings: SandboxSettings,
        store: Store,
        trail: Trail,
        clock: SandboxClock,
        courier: Courier,
    ) -> None:
        self._settings = settings
        self._store = store
        self._trail = trail
        self._clock = clock
        self._courier = courier

    def send(self, text: Outbound) -> Row:
        """Accept a text for sending and plan its way to the phone; return its row."""
        sid = f"SM{uuid4().hex}"
        pace = self._settings.pace_seconds
        status = "accepted" if text.service_sid else "queued"
        end = "delivered"
        if text.error_code is not None:
            end = "undelivered" if text.error_code in _UNDELIVERED else "failed"
        plan = ["queued", "sent", end] if end != "failed" else ["queued", end]
        with self._store.transaction():
            self._insert(sid, "outbound-api", text, status)
            for position, step in enumerate(plan):
                self._store.execute(
                    "INSERT INTO message_steps (sid, status, error_code, due_at)"
                    " VALUES (?, ?, ?, ?)",
                    (
                        sid,
                        step,
                        text.error_code if step == end else None,
                        time.time() + position * pace,
                    ),
                )
        self._courier.wake()
        return self.one(sid)

    def receive(self, sid: str, text: Outbound) -> Row:
        """Record a text from a phone; one that is already recorded stays as it is."""
        if self.find(sid) is None:
            self._insert(sid, "inbound", text, "received")
        return self.one(sid)

    def reply(self, text: Outbound) -> Row:
        """Record a text that Twilio itself sent back, as its opt-out management does."""
        sid = f"SM{uuid4().hex}"
        self._insert(sid, "outbound-reply", text, "delivered")
        return self.one(sid)

    def _insert(self, sid: str, direction: str, text: Outbound, status: str) -> None:
        now = self._clock.now()
        self._store.execute(
            "INSERT INTO messages (sid, direction, sender, recipient, body, status, segments,"
            " num_media, service_sid, callback, created, sent, updated, listed_from)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sid,
                direction,
                text.sender,
                text.recipient,
                text.body,
                status,
                segmentation(text.body).segments,
                text.num_media,
                text.service_sid,
                text.callback,
                now,
                None if status in ("queued", "accepted") else now,
                now,
                time.time() + text.listed_in,
            ),
        )

    def advance(self, now: float) -> float | None:
        """Take every step that is due at `now` (real time); return when the next one is."""
        for step in self._store.rows(
            "SELECT * FROM message_steps WHERE due_at <= ? ORDER BY due_at, id LIMIT 500", (now,)
        ):
            with self._store.transaction():
                self._store.execute("DELETE FROM message_steps WHERE id = ?", (step["id"],))
                self._take(step)
        row = self._store.row("SELECT min(due_at) AS due FROM message_steps")
        return None if row is None else row["due"]

    def _take(self, step: Row) -> None:
        moment = self._clock.now()
        self._store.execute(
            "UPDATE messages SET status = ?, error_code = ?, updated = ?,"
            " sent = CASE WHEN ? = 'queued' THEN sent ELSE coalesce(sent, ?) END WHERE sid = ?",
            (step["status"], step["error_code"], moment, step["status"], moment, step["sid"]),
        )
        self._trail.note(step["sid"], step["status"])
        message = self.one(step["sid"])
        if message["callback"] is None:
            return
        fields = self._status_fields(message, step["status"], step["error_code"])
        self._courier.enqueue(
            Webhook(
                source="status",
                reference=message["sid"],
                lane=message["sid"],
                url=urldefrag(message["callback"]).url,
                content=json.dumps(fields),
                facts=dict(fields),
            )
        )

    def _status_fields(
        self, message: Row, status: str, error_code: int | None
    ) -> list[tuple[str, str]]:
        fields = [
            ("ApiVersion", API_VERSION),
            ("SmsSid", message["sid"]),
            ("SmsStatus", status),
            ("MessageSid", message["sid"]),
            ("MessageStatus", status),
            ("AccountSid", self._settings.account_sid),
            ("From", message["sender"]),
            ("To", message["recipient"]),
        ]
        if message["service_sid"] is not None:
            fields.append(("MessagingServiceSid", message["service_sid"]))
        if error_code is not None:
            fields.append(("ErrorCode", str(error_code)))
        return fields

    def find(self, sid: str) -> Row | None:
        """Return a message's row, or None."""
        return self._store.row("SELECT * FROM messages WHERE sid = ?", (sid,))

    def one(self, sid: str) -> Row:
        """Return a message's row; raises LookupError if there is none."""
        if (row := self.find(sid)) is None:
            raise LookupError(sid)
        return row

    def search(self, wanted: Search) -> Sequence[Row]:
        """Return messages newest first; one that is not sent yet counts by its creation."""
        return self._store.rows(
            "SELECT * FROM messages WHERE listed_from <= ?1"
            " AND (?2 IS NULL OR recipient = ?2) AND (?3 IS NULL OR sender = ?3)"
            " AND (?4 IS NULL OR coalesce(sent, created) >= ?4)"
            " AND (?5 IS NULL OR coalesce(sent, created) <= ?5)"
            " AND (?6 IS NULL OR seq < ?6) ORDER BY seq DESC LIMIT ?7",
            (
                time.time(),
                wanted.recipient,
                wanted.sender,
                wanted.sent_from,
                wanted.sent_to,
                wanted.before,
                wanted.limit,
            ),
        )

    def of_phone(self, number: str, most: int = -1) -> list[Row]:
        """Return what a phone sent and received, oldest first: all, or the newest so many."""
        return self._store.rows(
            "SELECT * FROM (SELECT * FROM messages WHERE sender = ?1 OR recipient = ?1"
            " ORDER BY seq DESC LIMIT ?2) ORDER BY seq",
            (number, most),
        )
