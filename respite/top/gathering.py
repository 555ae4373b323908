"""Asking the services for the picture: side by side, each as often as it is worth."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration

from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from respite.processes import BadPort
from respite.services import NO_ROLES, CallFailed, Services
from respite.top.acknowledgements import Acknowledgements
from respite.top.picture import (
    Crises,
    DeadLetter,
    LaneRow,
    Latency,
    Lease,
    Passes,
    Payments,
    People,
    Picture,
    Queue,
    QueueRow,
    Replies,
    Seen,
    Tried,
    WorkerRow,
)
from services.jobs.types import JOB_TYPES
from services.jobs.workflows.follow_ups import ASKS_STRIPE_AGAIN

_DEADLINE: Final = 3.0
"""Seconds: a picture without a part is better than none."""
_MOST_DEAD_LETTERS: Final = 200
_MOST_LATER: Final = 1_000
_ANSWER: Final = "answer_sms"
_REPLY_WINDOW: Final = timedelta(hours=1)
_PROVIDER_AWAY: Final = "provider away"
"""How a pass ends that could not ask its provider, see services/jobs/workflows/reconciling.py."""


@dataclass(frozen=True, slots=True)
class _Part:
    """service: who is asked. every: how long the answer is good enough, where counting costs."""

    service: str
    ask: Callable[[], Any]
    every: timedelta = timedelta(0)


class Gatherer:
    """Makes pictures, each from what is new and what is still known."""

    def __init__(self, services: Services, environment: Mapping[str, str]) -> None:
        self._services = services
        self._acknowledgements = Acknowledgements(environment)
        self._threads = ThreadPoolExecutor(7, "top")
        self._known: dict[str, Seen[Any]] = {}
        self._parts = {
            "queue": _Part("jobs", self._queue),
            "passes": _Part("jobs", self._passes, timedelta(seconds=10)),
            "people": _Part("identity", self._people, timedelta(seconds=10)),
            "crises": _Part("profile", self._crises, timedelta(seconds=5)),
            "replies": _Part("conversation", self._replies, timedelta(seconds=15)),
            "payments": _Part("billing", self._payments, timedelta(seconds=30)),
            "ack": _Part("gateway", self._ack),
        }

    def look(self) -> Picture:
        """Everything as far as it is known now. Never raises for a service that is away."""
        now = datetime.now(UTC)
        due = [name for name in self._parts if self._is_due(name, now)]
        away = self._ask(due)
        # What the others lack is identity's word: it may know why, though it was asked just before.
        if "people" not in due and any(each.refusal.reason == NO_ROLES for each in away.values()):
            away |= self._ask(["people"])
        if "ack" in self._known and self._known["ack"].part is None:
            del self._known["ack"]
        return Picture(at=datetime.now(UTC), away=away, **self._known)

    def _ask(self, names: Iterable[str]) -> dict[str, CallFailed]:
        """Asks for these parts; what services said that do not tell, by service."""
        away: dict[str, CallFailed] = {}
        asked = {name: self._threads.submit(self._parts[name].ask) for name in names}
        for name, future in asked.items():
            try:
                self._known[name] = Seen(future.result(), datetime.now(UTC))
            except CallFailed as failed:
                away[self._parts[name].service] = failed
            except BadPort:
                raise
            except (OSError, ValueError, http.client.HTTPException):
                # the gateway is elsewhere, or away, or another's port was asked: nothing is known
                self._known.pop(name, None)
        return away

    def close(self) -> None:
        """Waits for what is being asked."""
        self._threads.shutdown(cancel_futures=True)

    def _is_due(self, name: str, now: datetime) -> bool:
        known = self._known.get(name)
        return known is None or now - known.at >= self._parts[name].every

    def _queue(self) -> Queue:
        stub = self._services.jobs
        stats = stub.GetQueueStats(jobs.GetQueueStatsRequest(), timeout=_DEADLINE)
        activity = stub.GetQueueActivity(jobs.GetQueueActivityRequest(), timeout=_DEADLINE)
        dead = stub.ListJobs(
            jobs.ListJobsRequest(state=jobs.JOB_STATE_DEAD, page_size=_MOST_DEAD_LETTERS),
            timeout=_DEADLINE,
        )
        rows = _rows(stats, activity)
        later = any(row.scheduled for row in rows if row.type == _ANSWER)
        return Queue(
            rows=rows,
            dead_letters=[_dead_letter(job) for job in dead.jobs],
            workers=_workers(activity),
            waiting_lanes=activity.waiting_lanes,
            lanes=[_lane(lane) for lane in activity.longest_lanes],
            tried=[_tried(tried) for tried in activity.tried],
            asking_stripe_later=self._asking_stripe_later() if later else 0,
        )

    def _asking_stripe_later(self) -> int:
        answer = self._services.jobs.ListJobs(
            jobs.ListJobsRequest(
                type=_ANSWER, state=jobs.JOB_STATE_SCHEDULED, page_size=_MOST_LATER
            ),
            timeout=_DEADLINE,
        )
        return sum(job.key.startswith(ASKS_STRIPE_AGAIN) for job in answer.jobs)

    def _passes(self) -> Passes:
        return Passes(
            twilio_away=self._is_away("reconcile_twilio"),
            stripe_away=self._is_away("reconcile_stripe"),
        )

    def _is_away(self, reconciler: str) -> bool:
        request = jobs.GetLastResultRequest(type=reconciler)
        answer = self._services.jobs.GetLastResult(request, timeout=_DEADLINE)
        return str(answer.result).endswith(_PROVIDER_AWAY)

    def _people(self) -> People:
        stats = self._services.identity.GetIdentityStats(
            identity.GetIdentityStatsRequest(), timeout=_DEADLINE
        )
        return People(unreachable=stats.unreachable_users)

    def _crises(self) -> Crises:
        stats = self._services.profile.GetProfileStats(
            profile.GetProfileStatsRequest(), timeout=_DEADLINE
        )
        age = _span(stats, "oldest_open_crisis_age")
        return Crises(open=stats.open_crises, oldest=age)

    def _replies(self) -> Replies:
        window = Duration()
        window.FromTimedelta(_REPLY_WINDOW)
        stats = self._services.conversation.GetConversationStats(
            conversation.GetConversationStatsRequest(window=window), timeout=_DEADLINE
        )
        failed = sum(
            each.messages
            for each in stats.counts
            if each.state == conversation.MESSAGE_STATE_FAILED
        )
        return Replies(_latency(stats, "reply_time_p50", "reply_time_p95"), failed)

    def _payments(self) -> Payments:
        stats = self._services.billing.GetBillingStats(
            billing.GetBillingStatsRequest(), timeout=_DEADLINE
        )
        return Payments(parked=stats.parked_accounts)

    def _ack(self) -> Latency | None:
        return self._acknowledgements.look()


def _rows(
    stats: jobs.GetQueueStatsResponse, activity: jobs.GetQueueActivityResponse
) -> list[QueueRow]:
    counts = {each.type: each for each in stats.types}
    rates = {each.type: each for each in activity.types}
    names = dict.fromkeys((*JOB_TYPES, *counts, *rates))
    return [
        _row(name, counts.get(name, jobs.TypeStats()), rates.get(name, jobs.TypeActivity()))
        for name in names
    ]


def _row(name: str, count: jobs.TypeStats, rate: jobs.TypeActivity) -> QueueRow:
    known = JOB_TYPES.get(name)
    return QueueRow(
        type=name,
        priority=known.priority if known else 3,
        crisis_path=known is not None and known.crisis_path,
        ready=count.ready,
        running=count.running,
        blocked=count.blocked,
        scheduled=count.scheduled,
        dead=count.dead,
        oldest=_span(count, "oldest_ready_age"),
        stored=rate.stored_per_second,
        ended=rate.ended_per_second,
        taken=_latency(rate, "done_p50", "done_p95"),
        pause=count.pause.reason if count.HasField("pause") else None,
    )


def _dead_letter(job: jobs.Job) -> DeadLetter:
    return DeadLetter(
        job_id=job.job_id,
        type=job.type,
        reason=job.last_error,
        attempt=job.attempt,
        lane=job.lane,
        key=job.key,
        died=job.finish_time.ToDatetime(UTC),
    )


def _workers(activity: jobs.GetQueueActivityResponse) -> list[WorkerRow]:
    """One row a process: its classes of places together."""
    classes: dict[str, list[jobs.Worker]] = {}
    for worker in activity.workers:
        classes.setdefault(worker.worker_id.rpartition("/")[0] or worker.worker_id, []).append(
            worker
        )
    return [
        WorkerRow(
            name=name,
            running=sum(each.running for each in group),
            idle=min((idle for each in group if (idle := _span(each, "idle"))), default=None),
            leases=sorted(
                (_lease(lease) for each in group for lease in each.leases),
                key=lambda lease: lease.age,
                reverse=True,
            ),
        )
        for name, group in classes.items()
    ]


def _lease(lease: jobs.Lease) -> Lease:
    return Lease(
        job_id=lease.job_id,
        type=lease.type,
        lane=lease.lane,
        attempt=lease.attempt,
        remaining=lease.remaining.ToTimedelta(),
        age=lease.age.ToTimedelta(),
    )


def _lane(lane: jobs.WaitingLane) -> LaneRow:
    return LaneRow(
        lane=lane.lane,
        waiting=lane.waiting,
        job_id=lane.job_id,
        type=lane.type,
        attempt=lane.attempt,
        last_error=lane.last_error,
        running=lane.running,
        age=_span(lane, "age"),
    )


def _tried(tried: jobs.TriedJobs) -> Tried:
    return Tried(tried.type, tried.last_error, tried.jobs, tried.age.ToTimedelta())


def _span(message: Any, field: str) -> timedelta | None:
    return getattr(message, field).ToTimedelta() if message.HasField(field) else None


def _latency(message: Any, p50: str, p95: str) -> Latency | None:
    half, most = _span(message, p50), _span(message, p95)
    return None if half is None or most is None else Latency(half, most)
