"""Where the clock of a development stack is moved, the queue lets the same time pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import pytest

from kit.database import Database
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.bring_forward import WAIT_OF_THE_LAST, bring_forward
from services.jobs.model.read import database_now
from services.jobs.model.schedule import seed_schedules
from services.jobs.schedules import SCHEDULES
from tests.jobs.queue.running import SWEEP
from tests.jobs.queue.vocabulary import Queue, in_seconds, until

DAY = timedelta(days=1)


def let_pass(database: Database, span: timedelta) -> tuple[int, int]:
    return database.transact(lambda db: bring_forward(db, span))


def ticks(queue: Queue) -> int:
    queue.tick()
    return len(queue.keys(type=SWEEP.name))


def test_what_is_due_within_the_span_runs_and_the_rest_is_nearer(
    queue: Queue, database: Database
) -> None:
    queue.enqueue("running")
    running = queue.claim_one()
    queue.enqueue("within", run_time=in_seconds(86_000))
    queue.enqueue("beyond", run_time=in_seconds(2 * 86_400))
    before = queue.job("beyond").run_time.ToDatetime(UTC)
    assert let_pass(database, DAY) == (2, 0)
    queue.tick()
    within = queue.claim_one(held=[running])
    assert within.job.key == "within"
    assert not queue.claim(held=[running, within])
    assert queue.job("beyond").run_time.ToDatetime(UTC) == before - DAY
    assert queue.complete(running) == "DONE"


def test_a_schedule_ticks_once_for_each_span_that_holds_a_tick_of_it(
    queue: Queue, database: Database
) -> None:
    with database.writer() as db:
        seed_schedules(db, [SWEEP], datetime.now(UTC))
    assert let_pass(database, DAY) == (0, 1)
    until(lambda: ticks(queue) == 1)
    assert let_pass(database, DAY) == (0, 1)
    until(lambda: ticks(queue) == 2)


def test_what_was_stored_since_the_clock_was_moved_goes_by_its_new_time_and_stays(
    queue: Queue, database: Database
) -> None:
    queue.enqueue("before", run_time=in_seconds(2 * 86_400))
    with database.reader() as db:
        moved_at = database_now(db)
    queue.enqueue("after", run_time=in_seconds(2 * 86_400))
    due = {key: queue.job(key).run_time.ToDatetime(UTC) for key in ("before", "after")}
    assert database.transact(lambda db: bring_forward(db, DAY, moved_at)) == (1, 0)
    assert queue.job("before").run_time.ToDatetime(UTC) == due["before"] - DAY
    assert queue.job("after").run_time.ToDatetime(UTC) == due["after"]


def test_a_sweep_over_what_another_one_plans_ticks_after_it(
    queue: Queue, database: Database
) -> None:
    names = ("advance_journeys", "sweep_reactivations")
    with database.writer() as db:
        seed_schedules(db, [one for one in SCHEDULES if one.name in names], datetime.now(UTC))
    assert let_pass(database, DAY) == (0, 2)
    listed = queue.stub.ListSchedules(pb.ListSchedulesRequest()).schedules
    planned, swept = (each.next_run_time.ToDatetime(UTC) for each in listed)
    assert swept - planned == WAIT_OF_THE_LAST


def test_a_line_that_goes_by_the_machines_clock_refuses(queue: Queue) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        queue.stub.BringForward(pb.BringForwardRequest())
    assert refusal_of(refused.value).reason == "CLOCK_FIXED"
