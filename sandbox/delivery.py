"""Webhooks on their way out: kept, signed, posted, tried again, given up.

A webhook is a row before it is a request, so stopping the sandbox loses none; one that was in
flight when it stopped is posted again. Within a lane one post is in flight at a time, which keeps
the natural order until a fault or a retry breaks it.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Final
from uuid import uuid4

from sandbox.faults import Fault, Faults
from sandbox.posting import NOBODY_LISTENS, Carriage, Poster
from sandbox.settings import SandboxSettings
from sandbox.store import Store
from sandbox.trail import Trail

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 128
_HOLD_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 2.0
_KEPT: Final = 10_000
_LOOK_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook to deliver: `content` is the form (as JSON pairs) or the payload."""

    source: str
    reference: str
    lane: str
    url: str
    content: str
    facts: Mapping[str, Any]


class Courier:
    """Delivers what is in the deliveries table. `chores` run at their time and return the next."""

    def __init__(
        self, settings: SandboxSettings, store: Store, faults: Faults, trail: Trail
    ) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._trail = trail
        self._poster = Poster(settings, faults)
        self._carriages: dict[str, Carriage] = {}
        self._chores: list[Callable[[float], float | None]] = []
        self._wake = asyncio.Event()
        self._flights: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self.stopping = asyncio.Event()
        self.gateway_answers = True
        """Whether anything listened at the gateway's address at the last post."""

    def carry(self, source: str, carriage: Carriage) -> None:
        """Register how webhooks of one source are posted."""
        self._carriages[source] = carriage

    def also(self, chore: Callable[[float], float | None]) -> None:
        """Run `chore(now)` whenever it is due; it returns when it is due next, or None."""
        self._chores.append(chore)

    def wake(self) -> None:
        """Look at the table now."""
        self._wake.set()

    def enqueue(self, webhook: Webhook) -> int:
        """Keep a webhook for delivery, with the faults that strike on the way; return its id."""
        provider = self._carriages[webhook.source].provider
        facts = {**webhook.facts, "source": webhook.source, "webhook": provider}
        faults = self._faults.take("enqueue", provider, facts)
        first = self._insert(webhook, facts, faults)
        for copy in range(sum(fault.copies for fault in faults if fault.kind == "duplicate")):
            self._insert(webhook, facts, (), lane=f"{webhook.lane}#{first}.{copy}")
        self._wake.set()
        return first

    def _insert(
        self,
        webhook: Webhook,
        facts: Mapping[str, Any],
        faults: Sequence[Fault],
        lane: str | None = None,
    ) -> int:
        lost = any(fault.kind == "lose" for fault in faults)
        held = [fault.seconds or _HOLD_SECONDS for fault in faults if fault.kind == "reorder"]
        late = [fault.seconds or 0.0 for fault in faults if fault.kind == "delay"]
        delivery = self._store.execute(
            "INSERT INTO deliveries (source, reference, lane, url, content, facts, token, state,"
            " held, due_at, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                webhook.source,
                webhook.reference,
                lane or webhook.lane,
                webhook.url,
                webhook.content,
                json.dumps(facts),
                str(uuid4()),
                "gave_up" if lost else "pending",
                int(bool(held)),
                time.time() + sum(held) + sum(late),
                "lost on the way" if lost else None,
            ),
        )
        about = facts.get("type") or facts.get("MessageStatus")
        self._trail.note(
            webhook.reference, "kept", delivery=delivery, source=webhook.source, about=about
        )
        return delivery

    async def start(self) -> None:
        """Begin delivering; what was in flight at the last stop goes first."""
        self._store.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'flying'")
        await self._poster.open(_AT_ONCE)
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop within two seconds; what did not get through stays in the table."""
        self.stopping.set()
        self._wake.set()
        if self._loop is not None:
            await self._loop
        if self._flights:
            _, late = await asyncio.wait(self._flights, timeout=_STOP_SECONDS)
            for flight in late:
                flight.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._poster.close()

    async def settled(self, delivery: int, timeout_seconds: float) -> Row | None:
        """Wait until a webhook got through or was given up; return its row as it then is."""
        known = self._row(delivery)
        if known is not None and known["state"] in ("pending", "flying"):
            future = self._waiting.setdefault(delivery, asyncio.get_running_loop().create_future())
            await asyncio.wait({future}, timeout=timeout_seconds)
        return self._row(delivery)

    def _row(self, delivery: int) -> Row | None:
        return self._store.row("SELECT * FROM deliveries WHERE id = ?", (delivery,))

    async def _run(self) -> None:
        while not self.stopping.is_set():
            self._wake.clear()
            try:
                pause = self._work()
            except Exception:
                _log.exception("sandbox courier stumbled")
                pause = 1.0
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    def _work(self) -> float | None:
        now = time.time()
        dues = [due for chore in self._chores if (due := chore(now)) is not None]
        for row in self._claim(now):
            flight = asyncio.create_task(self._fly(row))
            self._flights.add(flight)
            flight.add_done_callback(self._landed)
        waiting = self._store.row(
            "SELECT min(due_at) AS due FROM deliveries WHERE state = 'pending' AND due_at > ?",
            (now,),
        )
        if waiting is not None and waiting["due"] is not None:
            dues.append(waiting["due"])
        return max(0.0, min(dues) - time.time()) if dues else None

    def _claim(self, now: float) -> list[Row]:
        room = _AT_ONCE - len(self._flights)
        due = self._store.rows(
            "SELECT * FROM deliveries AS d WHERE state = 'pending' AND due_at <= ? AND NOT EXISTS"
            " (SELECT 1 FROM deliveries AS f WHERE f.state = 'flying' AND f.lane = d.lane)"
            " ORDER BY due_at, id LIMIT ?",
            (now, max(0, room) * 2),
        )
        claimed = list({row["lane"]: row for row in reversed(due)}.values())[::-1][:room]
        for row in claimed:
            self._store.execute(
                "UPDATE deliveries SET state = 'flying', attempt = attempt + 1 WHERE id = ?",
                (row["id"],),
            )
        return claimed

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._wake.set()
        if not flight.cancelled() and (error := flight.exception()) is not None:
            _log.error("sandbox webhook crashed", exc_info=error)

    async def _fly(self, row: Row) -> None:
        carriage = self._carriages[row["source"]]
        posted = time.time()
        status, error = await self._poster.post(carriage, row)
        self.gateway_answers = error != NOBODY_LISTENS
        if not self.gateway_answers and self._settings.waits_for_gateway:
            self._wait(row["id"])
            return
        verdict = carriage.judge(status)
        attempt = int(row["attempt"])
        if verdict == "retry" and attempt < len(carriage.retry_seconds):
            due = time.time() + carriage.retry_seconds[attempt]
            self._note(row, "pending", due, status, error, posted)
            return
        delivered = verdict == "delivered"
        with self._store.transaction():
            state = "delivered" if delivered else "gave_up"
            self._note(row, state, row["due_at"], status, error, posted)
            carriage.settled(row["reference"], delivered)
            self._store.execute(
                "UPDATE deliveries SET held = 0, due_at = 0 WHERE held = 1 AND id <> ?"
                " AND source = ? AND state = 'pending'",
                (row["id"], row["source"]),
            )
            if row["id"] % 1000 == 0:
                self._store.execute(
                    "DELETE FROM deliveries WHERE state = 'delivered' AND id <= ?",
                    (row["id"] - _KEPT,),
                )
        if (future := self._waiting.pop(row["id"], None)) is not None and not future.done():
            future.set_result(None)

    def _wait(self, delivery: int) -> None:
        """Nobody was there to take it: that was no attempt."""
        self._store.execute(
            "UPDATE deliveries SET state = 'pending', attempt = attempt - 1, due_at = ?,"
            " last_error = ? WHERE id = ?",
            (time.time() + _LOOK_AGAIN_SECONDS, NOBODY_LISTENS, delivery),
        )

    def _note(
        self,
        row: Row,
        state: str,
        due: float,
        status: int | None,
        error: str | None,
        posted: float,
    ) -> None:
        self._store.execute(
            "UPDATE deliveries SET state = ?, due_at = ?, last_status = ?, last_error = ?"
            " WHERE id = ?",
            (state, due, status, error, row["id"]),
        )
        facts = {"delivery": row["id"], "status": status, "error": error, "state": state}
        self._trail.note(row["reference"], "answered", posted=posted, **facts)
