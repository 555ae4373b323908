"""Operators look at schedules, put them and end them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from kit.database import Database
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.payloads_pb2 import AnswerSms, JobPayload, Probe, SweepCheckIns
from services.jobs.model.schedule import seed_schedules
from services.jobs.schedules import SCHEDULES
from tests.jobs.queue.running import RunningQueue
from tests.jobs.queue.vocabulary import Queue, probe

NEW_YORK = "America/New_York"


@pytest.fixture(autouse=True)
def without_those_it_begins_with(queue: Queue) -> None:
    queue.tick()
    queue.admin.execute("TRUNCATE jobs.schedules")


def schedule(name: str = "canary", cron: str = "0 9 * * *", zone: str = NEW_YORK) -> pb.Schedule:
    return pb.Schedule(name=name, cron=cron, time_zone=zone, payload=probe("tweet"))


def put(queue: Queue, wanted: pb.Schedule) -> pb.Schedule:
    return queue.stub.PutSchedule(pb.PutScheduleRequest(schedule=wanted)).schedule


def delete(queue: Queue, name: str) -> bool:
    return queue.stub.DeleteSchedule(pb.DeleteScheduleRequest(name=name)).deleted


def names(queue: Queue) -> list[str]:
    listed = queue.stub.ListSchedules(pb.ListSchedulesRequest()).schedules
    return [each.name for each in listed]


def is_due(queue: Queue, name: str, ago: float = 1) -> None:
    """The tick of a schedule came so many seconds ago."""
    queue.admin.execute(
        "UPDATE jobs.schedules SET next_run_at = now() - %s * interval '1 s' WHERE name = %s",
        [ago, name],
    )


def test_a_schedule_that_was_put_is_listed_and_ticks_in_its_zone(queue: Queue) -> None:
    stored = put(queue, schedule(cron=" 0  9 * * 1-5 "))
    assert (stored.name, stored.cron, stored.time_zone) == ("canary", "0 9 * * 1-5", NEW_YORK)
    assert stored.payload == probe("tweet")
    tick = stored.next_run_time.ToDatetime(UTC)
    assert tick > datetime.now(UTC)
    assert tick.hour in (13, 14)
    [listed] = queue.stub.ListSchedules(pb.ListSchedulesRequest()).schedules
    assert listed == stored
    is_due(queue, "canary")
    queue.tick()
    assert queue.claim_one().job.payload == probe("tweet")


def test_schedules_are_listed_page_by_page(queue: Queue) -> None:
    for n in range(5):
        put(queue, schedule(f"s{n}"))
    seen: list[str] = []
    page = pb.ListSchedulesResponse(next_page_token="")
    for _ in range(3):
        request = pb.ListSchedulesRequest(page_size=2, page_token=page.next_page_token)
        page = queue.stub.ListSchedules(request)
        seen += [each.name for each in page.schedules]
    assert seen == [f"s{n}" for n in range(5)]
    assert not page.next_page_token


def test_putting_it_again_skips_no_tick_and_changing_it_moves_the_next(queue: Queue) -> None:
    put(queue, schedule())
    is_due(queue, "canary", 5)
    again = put(queue, schedule())
    assert again.next_run_time.ToDatetime(UTC) < datetime.now(UTC)
    queue.tick()
    assert len(queue.keys()) == 1
    changed = put(queue, schedule(cron="*/5 * * * *"))
    assert (changed.next_run_time.ToDatetime(UTC) - datetime.now(UTC)).total_seconds() <= 300
    assert changed.create_time == again.create_time
    assert names(queue) == ["canary"]


def test_a_schedule_that_was_deleted_ticks_no_more(queue: Queue) -> None:
    put(queue, schedule())
    is_due(queue, "canary")
    assert [delete(queue, "canary") for _ in range(2)] == [True, False]
    assert not delete(queue, "never-there")
    pause = queue.running.run(queue.running.ticker.tick())
    assert pause.total_seconds() == 1  # its tick keeps nobody busy
    assert queue.keys() == names(queue) == []
    back = put(queue, schedule())
    assert back.next_run_time.ToDatetime(UTC) > datetime.now(UTC)


def test_what_every_installation_begins_with_stays_deleted_after_a_restart(
    queue: Queue, database: Database
) -> None:
    def starts() -> None:
        database.transact(lambda db: seed_schedules(db, SCHEDULES, datetime.now(UTC)))

    starts()
    assert set(names(queue)) == {each.name for each in SCHEDULES}
    for each in SCHEDULES:
        assert delete(queue, each.name)
    starts()
    assert names(queue) == []
    sweep = pb.Schedule(
        name="sweep_check_ins",
        cron="0 * * * *",
        time_zone="UTC",
        payload=JobPayload(sweep_check_ins=SweepCheckIns()),
    )
    put(queue, sweep)
    starts()
    [kept] = queue.stub.ListSchedules(pb.ListSchedulesRequest()).schedules
    assert kept.cron == "0 * * * *"


@pytest.fixture
def replicas(queue: Queue, database: Database, tmp_path: Path) -> Iterator[list[RunningQueue]]:
    more = [RunningQueue(database, f"unix:{tmp_path}/{n}") for n in range(2)]
    yield [queue.running, *more]
    for each in more:
        each.close()


def test_a_tick_is_one_job_however_many_replicas_look(
    queue: Queue, replicas: list[RunningQueue]
) -> None:
    put(queue, schedule(cron="* * * * *"))
    for replica in replicas:
        replica.run(replica.ticker.tick())
    before = len(queue.keys(type="probe"))
    for n in range(1, 11):
        is_due(queue, "canary", 3600 * n)  # whose key no other tick has
        with ThreadPoolExecutor(len(replicas)) as pool:
            for done in [pool.submit(r.run, r.ticker.tick()) for r in replicas]:
                done.result(60)
    assert len(queue.keys(type="probe")) - before == 10


def without(**changes: object) -> pb.Schedule:
    changed = schedule()
    for name, value in changes.items():
        if value is None:
            changed.ClearField(name)  # type: ignore[arg-type]
        elif isinstance(value, JobPayload):
            changed.payload.CopyFrom(value)
        else:
            setattr(changed, name, value)
    return changed


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (without(name=""), "schedule.name"),
        (without(name="Canary"), "schedule.name"),
        (without(name="a" * 101), "schedule.name"),
        (without(cron=""), "schedule.cron"),
        (without(cron="61 * * * *"), "schedule.cron"),
        (without(cron="* * * * * *"), "schedule.cron"),
        (without(cron="@daily"), "schedule.cron"),
        (without(cron="0 0 30 2 *"), "schedule.cron"),
        (without(cron="0 0 29 2 1#5\0"), "schedule.cron"),
        (without(cron="0 0 */5 2 MON#5"), "schedule.cron"),
        (without(time_zone=""), "schedule.time_zone"),
        (without(time_zone="Mars/Phobos"), "schedule.time_zone"),
        (without(time_zone="America"), "schedule.time_zone"),
        (without(time_zone="../../etc/passwd"), "schedule.time_zone"),
        (without(payload=None), "schedule.payload"),
        (without(payload=JobPayload(answer_sms=AnswerSms(user_id="ann"))), "schedule.payload"),
        (without(payload=JobPayload(probe=Probe(note="x" * 70_000))), "schedule.payload"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_by_name(
    queue: Queue, wanted: pb.Schedule, field: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        put(queue, wanted)
    [violation] = refusal_of(refused.value).violations
    assert violation[0] == field
    assert names(queue) == []


def test_only_a_name_can_be_deleted(queue: Queue) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        delete(queue, "no name")
    assert refusal_of(refused.value).violations[0][0] == "name"
