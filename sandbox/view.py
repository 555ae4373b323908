"""All that the phone page shows of one person, in one answer, so that it is of one moment."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any, Final

from sandbox.path import Paths
from sandbox.segments import segmentation
from sandbox.system import Sandbox

_MESSAGES: Final = 200
_PEOPLE: Final = 30
# How far a text from a phone is, by its webhook.
_ARRIVED: Final = {
    "pending": "queued",
    "flying": "sending",
    "delivered": "delivered",
    "gave_up": "failed",
}


class View:
    """What happens now, for the page to draw."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._paths = Paths(sandbox.store, sandbox.trail, sandbox.ledger, sandbox.list_jobs)

    async def of(self, number: str) -> Mapping[str, Any]:
        """One person's messages, subscription and newest way; the faults; who else texted."""
        sandbox = self._sandbox
        # First, for while the queue is asked everything else goes on.
        path = await self._paths.of(number)
        rows = sandbox.messages.of_phone(number, _MESSAGES)
        return {
            "number": number,
            "messages": self._messages(number, rows),
            "subscription": self.subscription(number),
            "path": path,
            "people": self._people(),
            "faults": [fault.as_json() for fault in sandbox.faults.all() if fault.times != 0],
            "gateway": {
                "url": sandbox.settings.gateway_url,
                "answers": sandbox.courier.gateway_answers,
            },
        }

    def subscription(self, number: str) -> Mapping[str, Any] | None:
        """The subscription that counts for this phone, None where there never was one."""
        subscriptions = self._sandbox.ledger.subscriptions_of(number)
        best = next((s for s in subscriptions if s["status"] != "canceled"), None)
        shown = best or (subscriptions[0] if subscriptions else None)
        names = ("id", "status", "customer", "cancel_at_period_end", "trial_end")
        return shown and {name: shown[name] for name in names}

    def _messages(self, number: str, rows: list[Row]) -> list[Mapping[str, Any]]:
        received = [row["sid"] for row in rows if row["sender"] == number]
        posts = self._posts(received)
        return [{**message(number, row), **posts.get(row["sid"], {})} for row in rows]

    def _posts(self, sids: list[str]) -> Mapping[str, Mapping[str, Any]]:
        """How far the webhooks of these texts are: the first that got through, else the last."""
        rows = self._sandbox.store.rows(
            "SELECT * FROM deliveries WHERE reference IN (SELECT value FROM json_each(?))"
            " ORDER BY state = 'delivered', id",
            (json.dumps(sids),),
        )
        copies: dict[str, int] = {}
        for row in rows:
            copies[row["reference"]] = copies.get(row["reference"], 0) + 1
        return {
            row["reference"]: {
                "status": _ARRIVED[row["state"]],
                "error": row["last_error"] or row["last_status"],
                "attempt": row["attempt"],
                "copies": copies[row["reference"]],
            }
            for row in rows
        }

    def _people(self) -> list[Mapping[str, Any]]:
        """Whoever texted or was texted last, with how many texts they have and the newest."""
        line = self._sandbox.settings.from_number
        rows = self._sandbox.store.rows(
            "SELECT phone, count(*) AS texts, max(seq) AS newest FROM"
            " (SELECT sender AS phone, seq FROM messages WHERE sender <> ?1 UNION ALL"
            " SELECT recipient, seq FROM messages WHERE recipient <> ?1)"
            " GROUP BY phone ORDER BY newest DESC LIMIT ?2",
            (line, _PEOPLE),
        )
        newest = {
            row["seq"]: row["body"]
            for row in self._sandbox.store.rows(
                "SELECT seq, body FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
                (json.dumps([row["newest"] for row in rows]),),
            )
        }
        return [
            {"number": row["phone"], "texts": row["texts"], "newest": newest[row["newest"]][:80]}
            for row in rows
        ]


def message(number: str, row: Row) -> dict[str, Any]:
    """A message as the phone with this number has it."""
    return {
        "sid": row["sid"],
        "direction": "in" if row["sender"] == number else "out",
        "body": row["body"],
        "status": row["status"],
        "error_code": row["error_code"],
        "segments": row["segments"],
        "encoding": segmentation(row["body"]).encoding,
        "at": datetime.fromtimestamp(row["created"], UTC).isoformat(),
    }
