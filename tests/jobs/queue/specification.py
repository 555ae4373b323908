"""What the queue promises, as a small program: who holds which job, which lane has whom in which
order, what must exist. It knows the table of types and nothing else of the code.

Its time is a number of seconds, and stands still between two steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.job_type import JobType, SpentJob
from services.jobs.types import JOB_TYPES

LONGEST_STAY = 30.0
"""A job that is due again so soon keeps its place in its lane."""

Token = tuple[int, int]
State = Literal["due", "later", "completed", "cancelled", "dead"]


@dataclass(slots=True)
class KnownJob:
    """at: when it is due. holder: the worker whose claim was not settled, until: its lease's end.
    first: when it was first claimed. stop: whether an operator asked it to."""

    job_id: int
    message: pb.NewJob
    type: JobType
    lane: str | None
    at: float
    state: State = "due"
    claim: int = 0
    settled: int = 0
    attempt: int = 0
    first: float | None = None
    holder: str = ""
    until: float = 0
    stop: bool = False

    @property
    def body(self) -> bytes:
        return self.message.payload.SerializeToString(deterministic=True)


@dataclass(frozen=True, slots=True)
class Found:
    """A job as its row shows it."""

    job_id: int
    key: str
    lane: str | None
    state: State
    claim: int
    settled: int
    attempt: int
    leased: bool
    running: bool
    due: bool
    blocked: bool
    stop: bool
    place: int


@dataclass(slots=True)
class Specification:
    """lanes: who has joined each lane and not left it, in order. owed: by transaction the jobs that
    it must have stored, and that nobody has been told the ids of. paused: types not claimed."""

    now: float = 0
    jobs: dict[int, KnownJob] = field(default_factory=dict)
    keys: dict[str, KnownJob] = field(default_factory=dict)
    lanes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    owed: list[list[pb.NewJob]] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)
    # By lane who joined it in this step, in groups; within a group in the order of their ranks.
    joined: dict[str, list[list[tuple[float, int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    # -- what is so ---------------------------------------------------------------------------

    def is_running(self, job: KnownJob) -> bool:
        return bool(job.holder) and job.until > self.now

    def is_head(self, job: KnownJob) -> bool:
        return job.lane is None or self.lanes[job.lane][0] == job.job_id

    def is_free(self, job: KnownJob) -> bool:
        """Whether a claim looks at it."""
        due = job.state == "due" and job.at <= self.now and not self.is_running(job)
        return due and self.is_head(job) and job.type.name not in self.paused

    def is_over(self, job: KnownJob) -> bool:
        """Whether whoever looks at it ends it."""
        return self.is_free(job) and (job.stop or self.is_spent(job))

    def is_spent(self, job: KnownJob, refund: int = 0, ahead: float = 0) -> bool:
        if job.first is None:
            return False
        limit = job.type.give_up
        too_often = limit.attempts is not None and job.attempt - refund >= limit.attempts
        return too_often or self.now - job.first + ahead >= limit.age / timedelta(seconds=1)

    def free(self, types: Iterable[str]) -> list[KnownJob]:
        chosen = set(types)
        return [job for job in self.jobs.values() if job.type.name in chosen and self.is_free(job)]

    def over(self, types: Iterable[str]) -> set[int]:
        return {job.job_id for job in self.free(types) if self.is_over(job)}

    def has(self, token: Token) -> bool:
        """Whether the claim is the newest and was not settled; its lease may have run out."""
        job = self.jobs[token[0]]
        return job.state == "due" and bool(job.holder) and job.claim == token[1]

    def is_overtaken(self, token: Token) -> bool:
        """Whether somebody else has claimed the job since, and has it."""
        job = self.jobs[token[0]]
        return bool(job.holder) and job.claim != token[1]

    # -- what happens -------------------------------------------------------------------------

    def store(self, messages: Sequence[tuple[pb.NewJob, int]]) -> None:
        """Jobs with new keys are stored together, with these ids."""
        together = [self._known(message, job_id) for message, job_id in messages]
        self._join((n, job) for n, job in enumerate(together) if job.state == "due")

    def lease(self, job: KnownJob, worker: str, number: int) -> None:
        assert self.is_free(job), f"{job} was not to be had"
        assert not self.is_over(job), f"{job} was to be ended"
        assert number == job.claim + 1
        job.claim = number
        job.attempt += 1
        job.holder = worker
        job.until = self.now + job.type.lease.total_seconds()
        job.first = self.now if job.first is None else job.first

    def give_back(self, worker: str, held: Iterable[Token]) -> None:
        """The worker shows what it holds: the rest it never heard of."""
        kept = set(held)
        for job in self.jobs.values():
            claimed = job.state == "due" and job.holder == worker
            if claimed and (job.job_id, job.claim) not in kept:
                job.holder = ""
                job.attempt -= 1

    def settle(self, settlements: Sequence[pb.Settlement]) -> list[str]:
        """Ends claims together; what the answers must be."""
        self.owed.append([])
        return [self._settle(each) for each in settlements]

    def _settle(self, outcome: pb.Settlement) -> str:
        token = (outcome.claim.job_id, outcome.claim.claim)
        job = self.jobs[token[0]]
        if not self.has(token):
            return "ALREADY" if job.settled == token[1] else "STALE_CLAIM"
        job.settled = job.claim
        job.holder = ""
        kind = outcome.WhichOneof("outcome")
        if kind == "complete":
            self._end(job, "completed")
            self.owed[-1] += outcome.complete.follow_ups
            return "DONE"
        if job.stop:
            self._end(job, "cancelled")
            return "CANCELLED"
        if kind == "bury":
            self._die(job)
            return "DONE"
        waiting = outcome.retry if kind == "retry" else outcome.snooze
        delay = waiting.delay.ToTimedelta().total_seconds()
        refund = 1 if kind == "snooze" else 0
        if self.is_spent(job, refund, delay):
            return self._is_spent(job)
        job.attempt -= refund
        job.at = self.now + delay
        if delay > LONGEST_STAY:
            self._leave(job)
            job.state = "later"
        return "DONE"

    def cancel(self, job: KnownJob) -> str:
        """An operator cancels it; the reason of a refusal, or ""."""
        if job.state in ("completed", "dead"):
            return "JOB_ENDED"
        if job.state == "due" and self.is_running(job):
            job.stop = True
        elif job.state != "cancelled":
            self._end(job, "cancelled")
        return ""

    def retry(self, job: KnownJob) -> str:
        """An operator retries it; the reason of a refusal, or ""."""
        if job.state in ("completed", "cancelled") or self.is_running(job):
            return "JOB_NOT_RETRYABLE"
        if job.state == "dead":
            job.attempt, job.first, job.stop = 0, None, False
        if job.state != "due":
            job.state = "due"
            self._join([(0, job)])
        job.at = min(job.at, self.now)
        return ""

    def time_passes(self, seconds: float) -> None:
        """What becomes due joins its lane in the order of its time."""
        self.now += seconds
        due = [job for job in self.jobs.values() if job.state == "later" and job.at <= self.now]
        for job in due:
            job.state = "due"
        self._join((job.at, job) for job in sorted(due, key=lambda job: job.at))

    # -- what is seen afterwards --------------------------------------------------------------

    def learns(self, rows: Sequence[Found]) -> None:
        """Takes over what is the queue's own to choose: ids of follow-ups, and whether what nobody
        may run any more was ended already."""
        ended = {row.job_id for row in rows if row.state in ("dead", "cancelled", "completed")}
        # One that is given up makes the next of its lane the head, which may be over as well.
        while over := [
            job for job in self.jobs.values() if self.is_over(job) and job.job_id in ended
        ]:
            for job in over:
                self._was_given_up(job)
        self._learn_what_was_owed({row.key: row.job_id for row in rows})

    def agrees_with(self, rows: Sequence[Found]) -> None:
        """Raises AssertionError where anything else is not as said here."""
        self.learns(rows)
        found = {row.job_id: row for row in rows}
        assert found.keys() == self.jobs.keys(), "jobs were lost, or made from nothing"
        places = {row.job_id: row.place for row in rows}
        for lane in self.lanes:
            self._agrees_with_order(lane, places)
        self.joined.clear()
        for job_id, job in self.jobs.items():
            assert self._row_of(job, places[job_id]) == found[job_id]

    def _was_given_up(self, job: KnownJob) -> None:
        self.owed.append([])
        job.holder = ""
        if job.stop:
            self._end(job, "cancelled")
        else:
            self._is_spent(job)

    def _row_of(self, job: KnownJob, place: int) -> Found:
        live = job.state == "due"
        return Found(
            job_id=job.job_id,
            key=job.message.key,
            lane=job.lane,
            state=job.state,
            claim=job.claim,
            settled=job.settled,
            attempt=job.attempt,
            leased=live and bool(job.holder),
            running=live and self.is_running(job),
            due=live and job.at <= self.now,
            blocked=live and not self.is_head(job),
            stop=live and job.stop,
            place=place,
        )

    def _agrees_with_order(self, lane: str, places: Mapping[int, int]) -> None:
        members = self.lanes[lane]
        order = sorted(members, key=places.__getitem__)
        ranks = [{job_id: rank for rank, job_id in group} for group in self.joined[lane]]
        before = [job_id for job_id in members if not any(job_id in group for group in ranks)]
        assert order[: len(before)] == before, f"{lane}: {order} instead of {members}"
        for group in ranks:
            found = [group[job_id] for job_id in order if job_id in group]
            assert found == sorted(found), f"{lane}: {order} instead of {members}"
        self.lanes[lane] = order

    def _learn_what_was_owed(self, ids: Mapping[str, int]) -> None:
        for together in self.owed:
            new = {each.key: each for each in reversed(together) if each.key not in self.keys}
            missing = new.keys() - ids.keys()
            assert not missing, f"follow-ups are missing: {missing}"
            firsts = [each for each in together if new.get(each.key) is each]
            self.store([(each, ids[each.key]) for each in firsts])
        self.owed.clear()

    def _known(self, message: pb.NewJob, job_id: int) -> KnownJob:
        kind = JOB_TYPES[message.payload.WhichOneof("type") or ""]
        delay = float(message.headers.get("delay", "0"))
        job = KnownJob(job_id, message, kind, kind.lane(message.payload), self.now + delay)
        job.state = "later" if delay else "due"
        self.jobs[job_id] = self.keys[message.key] = job
        return job

    def _join(self, together: Iterable[tuple[float, KnownJob]]) -> None:
        groups: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for rank, job in together:
            if job.lane is not None:
                groups[job.lane].append((rank, job.job_id))
                self.lanes[job.lane].append(job.job_id)
        for lane, group in groups.items():
            self.joined[lane].append(group)

    def _leave(self, job: KnownJob) -> None:
        if job.lane is not None and job.job_id in self.lanes[job.lane]:
            self.lanes[job.lane].remove(job.job_id)

    def _end(self, job: KnownJob, state: State) -> None:
        self._leave(job)
        job.state = state
        job.stop = False

    def _is_spent(self, job: KnownJob) -> str:
        self._die(job, "completed" if job.type.expires else "dead")
        return "EXPIRED" if job.type.expires else "BURIED"

    def _die(self, job: KnownJob, state: State = "dead") -> None:
        self._end(job, state)
        dying = SpentJob(job.job_id, job.message.key, job.type.name, job.message.payload)
        self.owed[-1] += job.type.when_spent(dying)
