"""The way of a person's newest text or payment, from what was recorded of it: webhooks as they were
posted and answered, jobs as the queue lists them, requests to the providers, states of messages."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sandbox.chain import chain, people_of
from sandbox.jobs import JobRecord, JobsUnreachable, ListJobs
from sandbox.store import Store
from sandbox.stripe_ledger import Ledger
from sandbox.trail import Moment, Trail

# Stripe posts several events about one deed.
_ONE_DEED_SECONDS: Final = 1.0
_LATER_SECONDS: Final = 60.0
_NOT_ASKED_SECONDS: Final = 2.0
_REQUESTS: Final = 200
_FINAL: Final = frozenset({"delivered", "undelivered", "failed", "canceled"})

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """What a person did last. `at` is real time, in seconds since the epoch; `seq` is that of the
    newest message before it. `references` are what its webhooks are about."""

    kind: str
    at: float
    seq: int
    references: tuple[str, ...]


class Paths:
    """Tells ways. `list_jobs` is None where the queue cannot be asked at all."""

    def __init__(
        self, store: Store, trail: Trail, ledger: Ledger, list_jobs: ListJobs | None
    ) -> None:
        self._store = store
        self._trail = trail
        self._ledger = ledger
        self._list_jobs = list_jobs
        self._people: dict[str, set[str]] = {}
        self._ask_again_at = 0.0

    async def of(self, number: str) -> Mapping[str, Any] | None:
        """The way of what this person did last, None where they did nothing yet. Times are
        milliseconds since the epoch."""
        cause = self._cause(number)
        if cause is None:
            return None
        jobs, known = await self._jobs()
        ours = chain(jobs, _keys(cause), self._people.get(number, ()))
        self._people.setdefault(number, set()).update(people_of(ours))
        messages = self._messages(number, cause, jobs, ours)
        told = [job for job in jobs for row in messages if _tells_of(job, row["sid"])]
        webhooks = self._webhooks([*cause.references, *(row["sid"] for row in messages)])
        states = self._states(messages)
        steps = [
            *webhooks,
            *map(_job_step, [*ours, *told]),
            *self._requests(number, cause),
            *states,
        ]
        return {
            "kind": cause.kind,
            "at": _millis(cause.at),
            "now": _millis(time.time()),
            "reference": cause.references[0],
            "jobs": known if ours or known != "known" else "past",
            "complete": _is_complete(cause, known, [*ours, *told], [*webhooks, *states]),
            "steps": sorted(steps, key=lambda step: step["at"]),
        }

    async def _jobs(self) -> tuple[Sequence[JobRecord], str]:
        if self._list_jobs is None:
            return (), "unknown"
        # A page asks several times a second.
        if time.monotonic() < self._ask_again_at:
            return (), "unreachable"
        try:
            return await self._list_jobs(), "known"
        except JobsUnreachable:
            self._ask_again_at = time.monotonic() + _NOT_ASKED_SECONDS
            return (), "unreachable"

    def _cause(self, number: str) -> Cause | None:
        causes = [cause for cause in (self._text(number), self._deed(number)) if cause]
        return max(causes, key=lambda cause: cause.at, default=None)

    def _text(self, number: str) -> Cause | None:
        row = self._store.row(
            "SELECT sid, seq FROM messages WHERE sender = ? ORDER BY seq DESC LIMIT 1", (number,)
        )
        moments = self._trail.of([row["sid"]]) if row else []
        return Cause("text", moments[0].at, row["seq"], (row["sid"],)) if row and moments else None

    def _deed(self, number: str) -> Cause | None:
        """What they last did at Stripe."""
        rows = self._store.rows(
            "SELECT reference FROM deliveries WHERE source = 'stripe' AND lane IN"
            " (SELECT value FROM json_each(?)) GROUP BY reference ORDER BY max(id) DESC LIMIT 20",
            (json.dumps(self._ledger.customers_of(number)),),
        )
        begun: dict[str, float] = {}
        for moment in self._trail.of([row["reference"] for row in rows]):
            begun.setdefault(moment.reference, moment.at)
        if not begun:
            return None
        newest = max(begun.values())
        one = sorted((at, event) for event, at in begun.items() if at > newest - _ONE_DEED_SECONDS)
        began = one[0][0]
        before = self._store.row(
            "SELECT max(m.seq) AS seq FROM messages m JOIN trail t ON t.reference = m.sid"
            " WHERE (m.sender = ?1 OR m.recipient = ?1) AND t.at < ?2",
            (number, began),
        )
        seq = before["seq"] if before and before["seq"] else 0
        return Cause("payment", began, seq, tuple(event for _, event in one))

    def _messages(
        self, number: str, cause: Cause, jobs: Sequence[JobRecord], ours: Sequence[JobRecord]
    ) -> list[Row]:
        """What was sent to them since, but what is known to have another cause."""
        rows = self._store.rows(
            "SELECT * FROM messages WHERE recipient = ? AND seq > ? ORDER BY seq LIMIT 50",
            (number, cause.seq),
        )
        others = {job.key for job in jobs} - {job.key for job in ours}
        return [row for row in rows if f"send:{_message_id(row)}" not in others]

    def _webhooks(self, references: Collection[str]) -> list[Step]:
        steps: dict[int, Step] = {}
        for moment in self._trail.of(references):
            delivery = moment.facts.get("delivery")
            if delivery is None:
                continue
            step = steps.setdefault(delivery, _webhook_step(delivery, moment))
            if moment.what == "answered":
                if not step["attempts"]:
                    step["at"] = _millis(moment.facts["posted"])
                step["attempts"] += 1
                step["end"] = _millis(moment.at)
                step |= {name: moment.facts[name] for name in ("status", "error", "state")}
        return list(steps.values())

    def _requests(self, number: str, cause: Cause) -> list[Step]:
        rows = self._store.rows(
            "SELECT * FROM (SELECT * FROM requests ORDER BY seq DESC LIMIT ?) WHERE at >= ?"
            " ORDER BY seq",
            (_REQUESTS, cause.at),
        )
        subjects = (number, *self._ledger.customers_of(number))
        asked = [row for row in rows if _concerns(row, subjects)]
        ends = {moment.reference: moment for moment in self._trail.of([_name(r) for r in asked])}
        return [_request_step(row, ends.get(_name(row))) for row in asked]

    def _states(self, messages: Sequence[Row]) -> list[Step]:
        moments = self._trail.of([row["sid"] for row in messages])
        steps: list[Step] = []
        for row in messages:
            reached = [
                {"state": moment.what, "at": _millis(moment.at)}
                for moment in moments
                if moment.reference == row["sid"] and "delivery" not in moment.facts
            ]
            if reached:
                steps.append(
                    {
                        "kind": "message",
                        "id": row["sid"],
                        "at": reached[0]["at"],
                        "end": reached[-1]["at"] if row["status"] in _FINAL else None,
                        "states": reached,
                        "error_code": row["error_code"],
                    }
                )
        return steps


def _keys(cause: Cause) -> set[str]:
    prefix = "twilio" if cause.kind == "text" else "stripe"
    return {f"{prefix}:{reference}" for reference in cause.references}


def _tells_of(job: JobRecord, sid: str) -> bool:
    return job.key.startswith(f"twilio-status:{sid}:")


def _message_id(row: Row) -> str:
    """The id that the sender gave a message, in the address that its states are posted to."""
    [found] = parse_qs(urlsplit(row["callback"] or "").query).get("message_id", [""])[:1]
    return found


def _concerns(request: Row, subjects: Collection[str]) -> bool:
    if request["provider"] == "twilio" and request["method"] != "POST":
        return False
    return any(subject in request["path"] or subject in request["params"] for subject in subjects)


def _name(request: Row) -> str:
    return f"request:{request['seq']}"


def _webhook_step(delivery: int, first: Moment) -> Step:
    return {
        "kind": "webhook",
        "id": f"w{delivery}",
        "source": first.facts.get("source"),
        "about": first.facts.get("about"),
        "at": _millis(first.at),
        "end": None,
        "attempts": 0,
        "state": "pending",
        "status": None,
        "error": None,
    }


def _request_step(row: Row, end: Moment | None) -> Step:
    return {
        "kind": "request",
        "id": f"r{row['seq']}",
        "provider": row["provider"],
        "method": row["method"],
        "route": row["route"],
        "at": _millis(row["at"]),
        "end": None if end is None else _millis(end.at),
        "status": row["status"],
    }


def _job_step(job: JobRecord) -> Step:
    return {
        "kind": "job",
        "id": f"j{job.job_id}",
        "job_id": job.job_id,
        "type": job.type,
        "state": job.state,
        "attempt": job.attempt,
        "at": job.stored / 1000,
        "due": job.due / 1000,
        "claimed": None if job.claimed is None else job.claimed / 1000,
        "end": None if job.ended is None else job.ended / 1000,
        "result": job.result,
        "error": job.last_error,
    }


def _is_complete(
    cause: Cause, known: str, jobs: Sequence[JobRecord], others: Sequence[Step]
) -> bool:
    """Whether nothing more is going to happen soon."""
    now = time.time()
    if known == "known" and not jobs and now - cause.at < _LATER_SECONDS:
        return False
    late = (now + _LATER_SECONDS) * 1_000_000
    resting = all(job.is_over or job.due > late for job in jobs)
    settled = all(step["end"] is not None and step.get("state") != "pending" for step in others)
    return resting and settled


def _millis(seconds: float) -> float:
    return round(seconds * 1000, 3)
