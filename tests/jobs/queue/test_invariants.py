"""Whatever is done to the queue in whatever order, these things hold.

Hypothesis does things at random, against a model that knows only the promises: who holds which
job, which lane has whom in which order, what must exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kit.database import Database
from kit.refusals import Refusal
from services.jobs.model.claim import LeasedJob, Slots, claim
from services.jobs.model.due import join_due
from services.jobs.model.enqueue import enqueue
from services.jobs.model.operate import cancel, retry
from services.jobs.model.settle import Result, bury_spent, settle
from services.jobs.new_job import parse_new_job
from services.jobs.settlement import Bury, Complete, Retry, Settlement, Snooze
from tests.jobs.queue.vocabulary import Queue, answer, job, probe

pytestmark = pytest.mark.slow

Token = tuple[int, int]
TYPES = ("answer_sms", "probe")
CONTENT = """
SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM (
  SELECT id, claim, attempt, run_at, blocked::text, lease_until::text FROM jobs.jobs
  UNION ALL SELECT id, claim, attempt, run_at, 's', '' FROM jobs.scheduled_jobs
  UNION ALL SELECT id, claim, attempt, run_at, 'd', '' FROM jobs.dead_jobs
  UNION ALL SELECT id, claim, attempt, run_at, 'f', state FROM jobs.finished_jobs) AS t
"""


class QueueMachine(RuleBasedStateMachine):
    """Two people's lanes, and jobs without one."""

    queue: ClassVar[Queue]
    database: ClassVar[Database]
    empty: ClassVar[Callable[[str], None]]

    @initialize()
    def start(self) -> None:
        type(self).empty("jobs")
        self.made = 0
        self.keys: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.lane_of: dict[int, str] = {}
        # By lane the jobs that are due and have not ended, in the order in which they joined.
        self.lanes: dict[str, list[int]] = {"person:ann": [], "person:bob": []}
        # Jobs that are due later, by the time at which they are; and the time.
        self.later: dict[int, float] = {}
        self.now = 0.0
        self.given: dict[int, tuple[Token, str, float]] = {}
        self.tokens: list[tuple[Token, str]] = []
        self.expected_follow_ups: dict[str, bool] = {}

    @rule(user=st.sampled_from(["", "ann", "bob"]), delay=st.sampled_from([0, 0, 50]))
    def a_job_is_enqueued(self, user: str, delay: int) -> None:
        self.made += 1
        key = f"k{self.made}"
        [made] = self._enqueue(key, user, delay)
        assert made.created
        self._know(key, made.job_id, user, delay)

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def a_known_key_comes_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        before = self._content()
        [made] = self._enqueue(key, "ann", 0)
        assert (made.job_id, made.created) == (self.keys[key], False)
        assert self._content() == before

    @rule(worker=st.sampled_from(["w1", "w2"]), count=st.integers(1, 4), lost=st.booleans())
    def a_worker_claims(self, worker: str, count: int, lost: bool) -> None:
        held = [token for token, owner, _ in self.given.values() if owner == worker]
        found = self.database.transact(lambda db: claim(db, worker, [Slots(TYPES, count)], held))
        lost_before = [
            job_id for job_id, given in self.given.items() if given[1] == f"lost by {worker}"
        ]
        for job_id in lost_before:
            del self.given[job_id]
        if found.over:
            report = self.database.transact(lambda db: bury_spent(db, found.over))
            assert len(report.results) == len(found.over)
            self._know_apologies(report.follow_ups)
            for job_id in found.over:
                self.given.pop(job_id, None)
                self._left_its_lane(job_id)
        for leased in found.jobs:
            self._was_given(leased, worker, lost)

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), how=st.sampled_from(["complete", "retry", "later", "snooze", "bury"]))
    def a_claim_is_settled(self, data: st.DataObject, how: str) -> None:
        """With any token that there ever was, the newest the most often."""
        recent = st.sampled_from(self.tokens[-4:])
        token, _ = data.draw(st.one_of(recent, st.sampled_from(self.tokens)))
        job_id = token[0]
        self.made += 1
        name = f"after{self.made}"
        outcome = {
            "complete": Complete("", (parse_new_job(job(name, answer("ann"))),)),
            "retry": Retry("X", timedelta(seconds=5)),
            "later": Retry("X", timedelta(seconds=40)),
            "snooze": Snooze(timedelta(seconds=3)),
            "bury": Bury("X"),
        }[how]
        before = self._content()
        report = self.database.transact(
            lambda db: settle(db, [Settlement(*token, outcome)], lambda: 0.5)  # type: ignore[arg-type]
        )
        [result] = report.results
        current = self.given.get(job_id)
        self.expected_follow_ups[name] = False
        if current is None or current[0] != token:
            assert result in (Result.ALREADY, Result.STALE)
            assert self._content() == before
            return
        assert result in (Result.DONE, Result.BURIED, Result.CANCELLED)
        del self.given[job_id]
        delay = {"retry": 5, "later": 40, "snooze": 3}.get(how, 0)
        if how == "complete":
            self.expected_follow_ups[name] = True
            self._left_its_lane(job_id)
            self._know(name, report.follow_ups[0][1].job_id, "ann", 0)
        elif result is not Result.DONE or how == "bury":
            self._left_its_lane(job_id)
            self._know_apologies(report.follow_ups)
        elif delay > 30:
            self._left_its_lane(job_id)
            self.later[job_id] = self.now + delay

    @precondition(lambda self: self.names)
    @rule(data=st.data())
    def an_operator_cancels(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.names)))
        try:
            after = self.database.transact(lambda db: cancel(db, job_id)).job
        except Refusal:
            return
        if after.state == "cancelled":
            self.given.pop(job_id, None)
            self.later.pop(job_id, None)
            self._left_its_lane(job_id)

    @precondition(lambda self: self.names)
    @rule(data=st.data())
    def an_operator_retries(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.names)))
        lane = self.lane_of.get(job_id)
        try:
            self.database.transact(lambda db: retry(db, job_id))
        except Refusal:
            return
        self.later.pop(job_id, None)
        if lane and job_id not in self.lanes[lane]:
            self.lanes[lane].append(job_id)

    @rule(seconds=st.sampled_from([4, 31, 46, 121]))
    def time_passes(self, seconds: int) -> None:
        self._shift(seconds)
        self.now += seconds
        moved = self.database.transact(join_due).moved
        due = sorted((at, job_id) for job_id, at in self.later.items() if at <= self.now)
        assert moved == len(due)
        for _, job_id in due:
            del self.later[job_id]
            if job_id in self.lane_of:
                self.lanes[self.lane_of[job_id]].append(job_id)

    @invariant()
    def the_ledger_is_the_sum_of_all_tables(self) -> None:
        keys = self._column("SELECT key FROM jobs.job_keys")
        parts = [
            self._column(f"SELECT key FROM jobs.{table}")
            for table in ("jobs", "scheduled_jobs", "dead_jobs", "finished_jobs")
        ]
        assert Counter(keys) == Counter(key for part in parts for key in part)
        assert not Counter(keys) - Counter(set(keys))

    @invariant()
    def followers_have_a_head_and_only_one(self) -> None:
        heads = Counter(self._column("SELECT lane FROM jobs.jobs WHERE NOT blocked"))
        followed = set(self._column("SELECT lane FROM jobs.jobs WHERE blocked"))
        del heads[None]
        assert set(heads.values()) <= {1}
        assert followed <= set(heads)

    @invariant()
    def follow_ups_exist_exactly_when_their_parent_ended_well(self) -> None:
        stored = set(self._column("SELECT key FROM jobs.job_keys WHERE key LIKE 'after%'"))
        assert stored == {key for key, expected in self.expected_follow_ups.items() if expected}

    @invariant()
    def lanes_are_what_joined_them_in_order(self) -> None:
        rows = self.queue.admin.execute(
            "SELECT lane, id FROM jobs.jobs WHERE lane IS NOT NULL ORDER BY place"
        )
        found: dict[str, list[int]] = {lane: [] for lane in self.lanes}
        for lane, job_id in rows:
            found[lane].append(job_id)
        assert found == self.lanes

    def _enqueue(self, key: str, user: str, delay: int) -> list[Any]:
        parsed = parse_new_job(job(key, answer(user) if user else probe()))
        if delay:
            now = self._column("SELECT now()")[0]
            more = {
                name: getattr(parsed, name)
                for name in ("key", "type", "lane", "payload", "body_sha")
            }
            parsed = type(parsed)(**more, run_time=now + timedelta(seconds=delay))
        return self.database.transact(lambda db: enqueue(db, [parsed]))

    def _know(self, key: str, job_id: int, user: str, delay: int) -> None:
        self.keys[key] = job_id
        self.names[job_id] = key
        if user:
            self.lane_of[job_id] = f"person:{user}"
        if delay:
            self.later[job_id] = self.now + delay
        elif user:
            self.lanes[f"person:{user}"].append(job_id)

    def _know_apologies(self, follow_ups: list[Any]) -> None:
        for new, made in follow_ups:
            if made.created:
                self._know(new.key, made.job_id, "", 0)

    def _was_given(self, leased: LeasedJob, worker: str, lost: bool) -> None:
        job_id = leased.job.job_id
        token = (job_id, leased.claim)
        before = self.given.get(job_id)
        if before is not None:
            (_, number), _, until = before
            assert leased.claim > number
            assert until <= self.now, "two workers in one lease"
        if job_id in self.lane_of:
            assert self.lanes[self.lane_of[job_id]][0] == job_id, "out of order"
        self.tokens.append((token, worker))
        # Whoever never heard of a claim does not hold it; the worker's next claim gives it back.
        owner = f"lost by {worker}" if lost else worker
        self.given[job_id] = (token, owner, self.now + leased.lease.total_seconds())

    def _left_its_lane(self, job_id: int) -> None:
        lane = self.lane_of.get(job_id)
        if lane and job_id in self.lanes[lane]:
            self.lanes[lane].remove(job_id)

    def _content(self) -> str:
        return str(self._column(CONTENT)[0])

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in self.queue.admin.execute(query.encode())]

    def _shift(self, seconds: int) -> None:
        for table, columns in {
            "jobs": ("run_at", "lease_until", "first_claimed_at"),
            "scheduled_jobs": ("run_at", "first_claimed_at"),
        }.items():
            changes = ", ".join(f"{each} = {each} - interval '{seconds} s'" for each in columns)
            self.queue.admin.execute(f"UPDATE jobs.{table} SET {changes}".encode())


@pytest.fixture
def machine(
    queue: Queue, database: Database, truncate: Callable[[str], None]
) -> type[QueueMachine]:
    QueueMachine.queue, QueueMachine.database = queue, database
    QueueMachine.empty = staticmethod(truncate)
    return QueueMachine


def test_the_promises_hold_whatever_is_done(machine: type[QueueMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
