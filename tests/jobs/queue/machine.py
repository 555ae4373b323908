"""A machine that does things to the queue at random: at two replicas on one database, through the
contract and with the certificates of those who may, comparing every answer and every row with the
specification."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import grpc
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.payloads_pb2 import JobPayload
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.specification import Found, KnownJob, Specification, Token
from tests.jobs.queue.vocabulary import (
    ALL,
    Caller,
    Queue,
    answer,
    bury,
    complete,
    job,
    probe,
    retry,
    send,
    snooze,
    stripe,
    text,
    until,
)

# Time passes in steps of 18 s; whatever the queue does by time, it does 3 s or more before or after
# a step, so that the moments that a step takes change nothing.
STEPS = (18, 36, 54, 126)
SHORT_RETRY, LONG_RETRY, SHORT_SNOOZE, LONG_SNOOZE = 9, 45, 27, 99
PAYLOADS: dict[str, Callable[[str], JobPayload]] = {
    "ann": lambda key: answer("ann"),
    "bob": lambda key: answer("bob"),
    "send": lambda key: send("ann", key),
    "customer": lambda key: stripe("cus_1"),
    "inbound": lambda key: text("SM1", "hi"),
    "another inbound": lambda key: text("SM1", "ho"),
    "probe": lambda key: probe(),
}
# With those that follow from giving up.
TYPES = (
    "answer_sms", "send_answer", "process_stripe_event", "process_inbound_sms", "probe",
    "send_notice", "alert_operators",
)  # fmt: skip
ROWS = """
SELECT id, key, lane, 'due', claim, settled_claim, attempt, lease_until IS NOT NULL,
       coalesce(lease_until > now(), false), run_at <= now(), blocked, cancel_requested, place
  FROM jobs.jobs
UNION ALL SELECT id, key, lane, 'later', claim, settled_claim, attempt, false, false, false, false,
       false, 0
  FROM jobs.scheduled_jobs
UNION ALL SELECT id, key, lane, 'dead', claim, settled_claim, attempt, false, false, false, false,
       false, 0
  FROM jobs.dead_jobs
UNION ALL SELECT id, key, lane, state, claim, settled_claim, attempt, false, false, false, false,
       false, 0
  FROM jobs.finished_jobs
ORDER BY 1
"""

MOMENTS = {
    "jobs": ("run_at", "lease_until", "first_claimed_at"),
    "scheduled_jobs": ("run_at", "first_claimed_at"),
}

T = TypeVar("T")

some_replica = st.sampled_from([0, 1])
# By weight. What holds for one claim is seldom of interest before some have run out.
ACTIONS = (
    *["enqueue"] * 4, *["claim"] * 6, *["settle"] * 6, *["pass_time"] * 3, *["cancel"] * 2,
    *["retry"] * 2, "extend", "pause",
)  # fmt: skip

some_types = st.one_of(
    st.just(TYPES), st.just(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=4)
)
some_worker = st.sampled_from(["w1", "w2"])
NewJobWish = tuple[str, int, int | None]
a_new_job = st.tuples(
    st.sampled_from(["ann", "ann", *PAYLOADS]),
    st.sampled_from([0, 0, 0, 0, 81, 63, 45]),
    # Which of the known keys it has; None for a new one.
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 50)),
)
an_outcome = st.sampled_from(
    ["complete", "complete", "short retry", "long retry", "short snooze", "long snooze", "bury"]
)


@dataclass(frozen=True, slots=True)
class Wish:
    """All that an action may ask for, chosen before anybody knows which action it will be.

    What exists at the moment depends on the clock, and Hypothesis wants the same choices whenever
    it draws again: so numbers stand for what exists, and each action reads what it needs.
    picks: kind of claim and number, for one job each.
    """

    jobs: list[NewJobWish]
    same_body: bool
    worker: str
    types: Sequence[str]
    count: int
    heard: bool
    late: bool
    picks: list[tuple[int, int]]
    outcomes: list[str]
    follow_ups: list[list[NewJobWish]]
    paused: set[str]
    seconds: int


a_wish = st.builds(
    Wish,
    jobs=st.lists(a_new_job, min_size=1, max_size=4),
    same_body=st.booleans(),
    worker=some_worker,
    types=some_types,
    count=st.integers(1, 5),
    heard=st.integers(0, 4).map(bool),
    late=st.integers(0, 4).map(lambda number: not number),
    picks=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 999)), min_size=1, max_size=3),
    outcomes=st.lists(an_outcome, min_size=3, max_size=3),
    follow_ups=st.lists(st.lists(a_new_job, max_size=3), min_size=3, max_size=3),
    paused=st.sets(st.sampled_from(["answer_sms", "probe"]), max_size=1),
    seconds=st.sampled_from(STEPS),
)


class QueueMachine(RuleBasedStateMachine):
    """Two people's lanes, a lane of sends, one of a customer, and jobs without one."""

    queue: ClassVar[Queue]
    callers: ClassVar[Sequence[Caller]]
    empty: ClassVar[Callable[[str], None]]

    @initialize()
    def start(self) -> None:
        type(self).empty("jobs")
        self.known = Specification()
        self.made = 0
        self.tokens: list[Token] = []
        self.held: dict[str, list[pb.ClaimedJob]] = {"w1": [], "w2": []}
        self.polls = {"w1": 0, "w2": 0}
        # Jobs that a claim may be ending at this moment, after its answer.
        self.doubtful: set[int] = set()
        self.begun = self.ended = self._clock()

    @rule(wish=a_wish, at=some_replica, action=st.sampled_from(ACTIONS))
    def something_happens(self, wish: Wish, at: int, action: str) -> None:
        """One rule for all: of many rules Hypothesis leaves some out, and gets nowhere."""
        self._time_stands_still()
        if not self._certain_jobs():
            action = "enqueue"
        elif not self._certain_tokens() and action in ("settle", "extend"):
            action = "claim"
        getattr(self, f"_{action}")(wish, self.callers[at])

    # -- what is done -------------------------------------------------------------------------

    def _enqueue(self, wish: Wish, caller: Caller) -> None:
        jobs = [self._new_job(*item) for item in wish.jobs]
        for each in jobs:
            each.require_same_body = wish.same_body
        if len(jobs) == 1:
            results = [self._enqueue_one(caller, jobs[0])]
        else:
            results = list(caller.enqueue_all(*jobs))
        stored: dict[str, tuple[pb.NewJob, int]] = {}
        for each, result in zip(jobs, results, strict=True):
            known = self.known.keys.get(each.key)
            first = known.message if known else stored.get(each.key, (None, 0))[0]
            if first is None:
                assert result.job.created
                assert not result.job.body_differs
                stored[each.key] = (each, result.job.job_id)
                continue
            differs = first.payload != each.payload
            if wish.same_body and differs:
                assert result.error.reason == "BODY_DIFFERS"
                continue
            its_id = known.job_id if known else stored[each.key][1]
            assert result.job == pb.EnqueuedJob(job_id=its_id, body_differs=differs)
        self.known.store(list(stored.values()))

    def _claim(self, wish: Wish, caller: Caller) -> None:
        worker, types, count = wish.worker, wish.types, wish.count
        held = self.held[worker]
        if wish.late and self.polls[worker] > 1:
            # A call of before, on a connection that the worker has lost.
            before = self._rows()
            assert caller.claim(*types, count=count, worker=worker, poll=1) == []
            assert self._rows() == before
        self.polls[worker] += 1
        self.known.give_back(worker, [_token(each) for each in held])
        free = self.known.free(types)
        over = self.known.over(types)
        if over:
            count = len(free)  # so that it sees all of them
        claimed = caller.claim(
            *types, count=count, worker=worker, held=held, poll=self.polls[worker]
        )
        until(lambda: not over & set(self._column("SELECT id FROM jobs.jobs")))
        self.known.learns(self._rows())
        for each in claimed:
            self.known.lease(self.known.jobs[each.job.job_id], worker, each.claim)
            self._is_as_known(each)
        assert len(claimed) <= count
        assert [each.job.priority for each in claimed] == sorted(
            each.job.priority for each in claimed
        )
        if over:
            assert claimed or len(over) == len(free)
        else:
            assert len(claimed) == min(count, len(free))
        if claimed:
            self.doubtful |= self.known.over(types)
        self.tokens += [_token(each) for each in claimed]
        # Whoever never hears of a claim does not hold it; the worker's next claim gives it back.
        if wish.heard:
            held += claimed

    def _settle(self, wish: Wish, caller: Caller) -> None:
        tokens = self._some_tokens(wish)
        settlements = [
            self._settlement(token, how, then)
            for token, how, then in zip(tokens, wish.outcomes, wish.follow_ups, strict=False)
        ]
        before = self._rows()
        answers = caller.settle(*settlements)
        assert answers == self.known.settle(settlements)
        if not set(answers) - {"ALREADY", "STALE_CLAIM"}:
            assert self._rows() == before
        for held in self.held.values():
            held[:] = [each for each in held if _token(each) not in tokens]

    def _extend(self, wish: Wish, caller: Caller) -> None:
        tokens = self._some_tokens(wish)
        claims = [pb.ClaimToken(job_id=job_id, claim=number) for job_id, number in tokens]
        request = pb.ExtendLeasesRequest(worker_id="w1", claims=claims)
        for token, result in zip(tokens, caller.stub.ExtendLeases(request).results, strict=True):
            assert result.extended == self.known.has(token)
            if result.extended:
                extended = self.known.jobs[token[0]]
                assert result.cancel_requested == extended.stop
                assert result.lease.ToTimedelta() == extended.type.lease
                extended.until = self.known.now + extended.type.lease.total_seconds()

    def _cancel(self, wish: Wish, caller: Caller) -> None:
        chosen = self._some_job(wish, "due", "later", "any")
        request = pb.CancelJobRequest(job_id=chosen.job_id)
        refusal = _refusal(lambda: caller.operator.CancelJob(request))
        assert refusal == self.known.cancel(chosen)

    def _retry(self, wish: Wish, caller: Caller) -> None:
        chosen = self._some_job(wish, "dead", "dead", "due", "later", "any")
        request = pb.RetryJobRequest(job_id=chosen.job_id)
        refusal = _refusal(lambda: caller.operator.RetryJob(request))
        assert refusal == self.known.retry(chosen)

    def _pause(self, wish: Wish, caller: Caller) -> None:
        paused = wish.paused
        for name in self.known.paused - paused:
            assert caller.operator.ResumeType(pb.ResumeTypeRequest(type=name)).resumed
        for name in paused - self.known.paused:
            caller.operator.PauseType(pb.PauseTypeRequest(type=name))
        self.known.paused = paused

    def _pass_time(self, wish: Wish, caller: Caller) -> None:
        seconds = wish.seconds
        self._time_stands_still(seconds)
        self.known.time_passes(seconds)
        self.queue.tick()
        # A replica's own clock may be at it, too.
        until(lambda: not self._column("SELECT 1 FROM jobs.scheduled_jobs WHERE run_at <= now()"))

    # -- what must be so ----------------------------------------------------------------------

    @invariant()
    def every_row_is_as_specified_and_every_promise_is_kept(self) -> None:
        self.known.agrees_with(self._rows())
        assert breaches(self.queue.admin) == []
        self.doubtful &= self.known.over(ALL)
        self.ended = self._clock()

    def teardown(self) -> None:
        """Whatever was done, workers that go on working come to an end."""
        for name in self.known.paused:
            self.callers[0].operator.ResumeType(pb.ResumeTypeRequest(type=name))
        for _ in range(30):
            self._time_stands_still(600)
            self.queue.tick()
            while claimed := self.callers[0].claim(count=1000, worker="last"):
                assert set(self.callers[0].settle(*map(complete, claimed))) == {"DONE"}
            if not self.queue.count("jobs") + self.queue.count("scheduled_jobs"):
                break
        assert self.queue.count("jobs") + self.queue.count("scheduled_jobs") == 0
        assert breaches(self.queue.admin) == []

    # -- how ----------------------------------------------------------------------------------

    def _new_job(self, kind: str, delay: int, known: int | None) -> pb.NewJob:
        if known is None or not self.known.keys:
            self.made += 1
            key = f"k{self.made}"
        else:
            keys = sorted(self.known.keys)
            key = keys[known % len(keys)]
        made = job(key, PAYLOADS[kind](key), headers={"delay": str(delay)})
        if delay:
            made.run_time.FromDatetime(self._clock() + timedelta(seconds=delay))
        return made

    def _settlement(self, token: Token, how: str, then: list[NewJobWish]) -> pb.Settlement:
        claimed = pb.ClaimedJob(job=pb.Job(job_id=token[0]), claim=token[1])
        match how:
            case "complete":
                return complete(claimed, *(self._new_job(*each) for each in then))
            case "bury":
                return bury(claimed)
            case "short retry" | "long retry":
                return retry(claimed, SHORT_RETRY if how == "short retry" else LONG_RETRY)
            case _:
                return snooze(claimed, SHORT_SNOOZE if how == "short snooze" else LONG_SNOOZE)

    @staticmethod
    def _enqueue_one(caller: Caller, new: pb.NewJob) -> pb.EnqueueResult:
        try:
            return pb.EnqueueResult(job=caller.stub.EnqueueJob(pb.EnqueueJobRequest(job=new)).job)
        except grpc.RpcError as error:
            return pb.EnqueueResult(error=pb.ItemStatus(reason=refusal_of(error).reason))

    def _some_job(self, wish: Wish, *states: str) -> KnownJob:
        [(kind, number), *_] = wish.picks
        state = states[kind % len(states)]
        certain = self._certain_jobs()
        wanted = [each for each in certain if self.known.jobs[each].state == state]
        return self.known.jobs[_numbered(number, wanted or certain)]

    def _certain_jobs(self) -> list[int]:
        return sorted(self.known.jobs.keys() - self.doubtful)

    def _certain_tokens(self) -> list[Token]:
        return [token for token in self.tokens if token[0] not in self.doubtful]

    def _some_tokens(self, wish: Wish) -> list[Token]:
        """Of different jobs: claims that hold, claims of jobs that somebody else has claimed
        since, and any claim that there ever was."""
        every = self._certain_tokens()
        holding = [token for token in every if self.known.has(token)]
        overtaken = [token for token in every if self.known.is_overtaken(token)]
        pools = [pool for pool in (holding, holding, overtaken, every) if pool]
        chosen: dict[int, Token] = {}
        for kind, number in wish.picks:
            token = _numbered(number, _numbered(kind, pools))
            chosen.setdefault(token[0], token)
        return list(chosen.values())

    def _is_as_known(self, claimed: pb.ClaimedJob) -> None:
        known = self.known.jobs[claimed.job.job_id]
        shown = claimed.job
        assert (shown.key, shown.type, shown.lane) == (
            known.message.key,
            known.type.name,
            known.lane or "",
        )
        assert shown.payload == known.message.payload
        assert shown.attempt == known.attempt
        assert claimed.lease.ToTimedelta() >= known.type.lease

    def _time_stands_still(self, seconds: int = 0) -> None:
        """Undoes in the tables what has passed since the last step began, in rows that it changed
        since it ended, and lets `seconds` pass."""
        now = self._clock()
        arguments = {
            "begun": self.begun,
            "old": now - self.begun - timedelta(seconds=seconds),
            "new": now - self.ended - timedelta(seconds=seconds),
        }
        with self.queue.admin.transaction():
            for table, columns in MOMENTS.items():
                shift = "CASE WHEN updated_at < %(begun)s THEN %(old)s ELSE %(new)s END"
                changes = ", ".join(f"{each} = {each} + {shift}" for each in columns)
                self.queue.admin.execute(f"UPDATE jobs.{table} SET {changes}".encode(), arguments)
        self.begun = now

    def _clock(self) -> datetime:
        [now] = self._column("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    def _rows(self) -> list[Found]:
        return [Found(*row) for row in self.queue.admin.execute(ROWS)]

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in self.queue.admin.execute(query.encode())]


def _numbered(number: int, some: Sequence[T]) -> T:
    return some[number % len(some)]


def _token(claimed: pb.ClaimedJob) -> Token:
    return claimed.job.job_id, claimed.claim


def _refusal(call: Callable[[], object]) -> str:
    """The reason why the call was refused, "" where it was not."""
    try:
        call()
    except grpc.RpcError as error:
        return refusal_of(error).reason
    return ""
