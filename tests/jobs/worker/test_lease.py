"""A worker never believes in a lease longer than the database does."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from protos.jobs.v1.jobs_pb2 import ClaimToken, LeaseResult
from services.jobs.worker.lease import Lease, moment
from tests.jobs.worker.scripted import a_job


def seconds_left(lease: Lease) -> float:
    return lease.left().total_seconds()


def test_it_runs_from_before_the_worker_asked() -> None:
    lease = Lease(a_job(1, lease=30), moment() - 20)
    assert 5 < seconds_left(lease) <= 10


def test_one_that_is_over_has_nothing_left() -> None:
    assert Lease(a_job(1, lease=30), moment() - 31).left() == timedelta(0)


def test_it_wants_an_extension_once_a_third_is_used_up() -> None:
    assert not Lease(a_job(1, lease=30), moment() - 9).wants_extension()
    assert Lease(a_job(1, lease=30), moment() - 10.1).wants_extension()


def test_an_extension_lasts_as_long_as_the_queue_says() -> None:
    """The first length includes what the claim waited: taken again, it would be too long."""
    lease = Lease(a_job(1, lease=15 + 9.5), moment() - 20)
    lease.extended(LeaseResult(extended=True, lease=Duration(seconds=15)), moment() - 1)
    assert 10 < seconds_left(lease) <= 14


def test_its_token_names_the_job_and_the_claim() -> None:
    assert Lease(a_job(7, claim=3), 0.0).token == ClaimToken(job_id=7, claim=3)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="macOS has no such clock")
def test_it_runs_on_while_the_machine_is_suspended() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    now = moment()
    assert before <= now <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_it_was_claimed_when_the_wait_was_over() -> None:
    """The service adds to the lease of the type what the call had waited."""
    assert Lease(a_job(1, type_="probe", lease=30 + 9.5), 100.0).claimed_at == 109.5
    assert Lease(a_job(1, type_="of-a-newer-version", lease=20), 100.0).claimed_at == 100.0
