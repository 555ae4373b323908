"""A provider of texts in memory, for what a real one can hardly be brought to do on cue."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from kit.clock import Clock
from services.jobs.carrier import Accepted, SendOutcome, Unknown
from services.jobs.carrier.received import ReceivedText

Mishap = Literal["answer lost", "text lost"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text that it took."""

    sid: str
    to: str
    body: str
    at: datetime
    message_id: str
    validity: timedelta | None


@dataclass(slots=True)
class Provider:
    """next: what the next texts meet; then all are accepted. lag: how long its list lags behind.
    away: whether it can be asked. ahead: of our clock, its own. while_sending: called once, after
    the next text is taken and before that is known. incoming: texts that people sent. spans: for
    which it was asked what came in. while_listing: called whenever it is.
    """

    clock: Clock
    next: deque[SendOutcome | Mishap] = field(default_factory=deque)
    lag: timedelta = timedelta(0)
    away: bool = False
    ahead: timedelta = timedelta(0)
    while_sending: Callable[[], Awaitable[object]] | None = None
    texts: list[Text] = field(default_factory=list)
    asked: int = 0
    incoming: list[ReceivedText] = field(default_factory=list)
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    while_listing: Callable[[], object] | None = None

    async def send(
        self,
        to: str,
        body: str,
        *,
        message_id: str = "",
        validity: timedelta | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> SendOutcome:
        """See Carrier."""
        fate = self.next.popleft() if self.next else "accepted"
        if not isinstance(fate, str):
            return fate
        if fate == "text lost":
            return Unknown("TIMEOUT")
        at = (self.clock.now() + self.ahead).replace(microsecond=0)
        text = Text(f"SM{len(self.texts) + 1}", to, body, at, message_id, validity)
        self.texts.append(text)
        if self.while_sending is not None:
            meanwhile, self.while_sending = self.while_sending, None
            await meanwhile()
        return Unknown("TIMEOUT") if fate == "answer lost" else Accepted(text.sid)

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """See Carrier."""
        self.asked += 1
        if self.away:
            return None
        listed = self.clock.now() + self.ahead - self.lag
        return [
            text.sid
            for text in self.texts
            if (text.to, text.body) == (to, body)
            and since.replace(microsecond=0) <= text.at <= listed
        ]

    async def list_received(self, since: datetime, until: datetime) -> list[ReceivedText] | None:
        """See Carrier."""
        self.spans.append((since, until))
        if self.while_listing is not None:
            self.while_listing()
        if self.away:
            return None
        found = [text for text in self.incoming if since <= text.sent_time <= until]
        return sorted(found, key=lambda text: text.sent_time)

    def received(self, number: str) -> list[str]:
        """What reached a phone."""
        return [text.body for text in self.texts if text.to == number]
