"""Acceptance, Door 11: nothing is acknowledged that is not stored."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from structlog.testing import capture_logs

from kit.tls import TlsFiles
from tests.gateway.door import (
    NUMBER,
    WORDS,
    Answer,
    Door,
    open_door,
    settings,
    sms,
    wait_until,
)
from tests.gateway.fake_jobs import FakeJobs

pytestmark = pytest.mark.slow

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "invoice.paid",
    "livemode": False,
    "data": {"object": {"customer": "cus_1"}},
}


@pytest.fixture
def lone_jobs(certificates: Path) -> Iterator[FakeJobs]:
    """A jobs service that a test may stop and start."""
    jobs = FakeJobs(TlsFiles.of(certificates, "jobs"))
    jobs.start()
    yield jobs
    jobs.stop()


@pytest.fixture
def lone_door(lone_jobs: FakeJobs, certificates: Path) -> Iterator[Door]:
    """With the time-outs of production."""
    with open_door(settings(lone_jobs.port, certificates)) as door:
        yield door


def answered_inside_5_s(send: Callable[[], Answer]) -> list[Answer]:
    """What is answered until an answer comes inside 5 s, three at most: what delays one of them may
    be this machine."""
    answers = []
    for _ in range(3):
        began = time.monotonic()
        answers.append(send())
        if time.monotonic() - began < 5:
            return answers
    return pytest.fail("no answer inside 5 s")


def test_a_known_key_is_a_200_and_one_job(door: Door, jobs: FakeJobs) -> None:
    for _ in range(3):
        assert door.twilio("/twilio/sms", sms("SM1")).status == 200
        assert door.stripe(EVENT).status == 200
    assert (list(jobs.jobs), jobs.calls) == (["twilio:SM1", "stripe:evt_1"], 6)


def test_one_message_sid_posted_50_times_at_once_is_50_times_200_and_one_job(
    door: Door, jobs: FakeJobs
) -> None:
    with ThreadPoolExecutor(16) as pool:
        posts = [pool.submit(door.twilio, "/twilio/sms", sms("SM1")) for _ in range(50)]
    assert [post.result().status for post in posts] == [200] * 50
    assert len(jobs.jobs) == 1


def test_jobs_service_down_is_503_inside_5_s_and_one_job_after_recovery(
    lone_door: Door, lone_jobs: FakeJobs
) -> None:
    assert lone_door.twilio("/twilio/sms", sms("SM0")).status == 200
    lone_jobs.stop()
    for _ in range(3):
        for send in (
            lambda: lone_door.twilio("/twilio/sms", sms("SM1")),
            lambda: lone_door.stripe(EVENT),
        ):
            for answer in answered_inside_5_s(send):
                assert (answer.status, answer.body) == (503, b"Service Unavailable")

    lone_jobs.start()
    wait_until(lambda: lone_door.twilio("/twilio/sms", sms("SM1")).status == 200)
    assert lone_door.stripe(EVENT).status == 200
    assert list(lone_jobs.jobs) == ["twilio:SM0", "twilio:SM1", "stripe:evt_1"]


def test_jobs_service_that_says_nothing_at_all_is_503_inside_5_s(certificates: Path) -> None:
    # It takes connections and is silent, like a host behind a broken firewall.
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        open_door(settings(silent.getsockname()[1], certificates)) as door,
    ):
        answers = answered_inside_5_s(lambda: door.twilio("/twilio/sms", sms()))
    assert {answer.status for answer in answers} == {503}


def test_jobs_service_hanging_is_503_inside_5_s_and_one_job_after_all(
    lone_door: Door, lone_jobs: FakeJobs
) -> None:
    lone_jobs.answers.clear()
    answers = answered_inside_5_s(lambda: lone_door.twilio("/twilio/sms", sms("SM1")))
    assert {answer.status for answer in answers} == {503}

    lone_jobs.answers.set()
    # It had been stored although nobody was told: what the provider sends again is known by then.
    assert lone_door.twilio("/twilio/sms", sms("SM1")).status == 200
    assert list(lone_jobs.jobs) == ["twilio:SM1"]
    assert lone_door.metric("respite_gateway_webhooks_total", outcome="not_stored") == len(answers)
    assert lone_door.metric("respite_gateway_webhooks_total", outcome="known") == 1


def test_a_slow_jobs_service_is_waited_for(lone_door: Door, lone_jobs: FakeJobs) -> None:
    lone_jobs.answers.clear()
    threading.Timer(1.0, lone_jobs.answers.set).start()
    assert lone_door.twilio("/twilio/sms", sms("SM1")).status == 200


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 503),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.INTERNAL, 503),
        (grpc.StatusCode.PERMISSION_DENIED, 503),
        (grpc.StatusCode.UNIMPLEMENTED, 503),
        (grpc.StatusCode.ABORTED, 503),
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
    ],
)
def test_a_refusal_of_the_jobs_service_is_never_acknowledged(
    door: Door, jobs: FakeJobs, code: grpc.StatusCode, status: int
) -> None:
    jobs.refuse_with = code
    with capture_logs() as lines:
        answers = answered_inside_5_s(lambda: door.twilio("/twilio/sms", sms("SM1")))
    assert {answer.status for answer in answers} == {status}
    assert [line["event"] for line in lines] == ["webhook_refused"] * len(answers)
    assert NUMBER not in str(lines)
    assert WORDS not in str(lines)
    jobs.refuse_with = None
    assert door.twilio("/twilio/sms", sms("SM1")).status == 200
    assert list(jobs.jobs) == ["twilio:SM1"]


def test_a_moments_absence_is_not_noticed(door: Door, jobs: FakeJobs) -> None:
    jobs.refuse_with = grpc.StatusCode.UNAVAILABLE

    def come_back() -> None:
        wait_until(lambda: jobs.calls > 0)
        jobs.refuse_with = None

    returning = threading.Thread(target=come_back)
    returning.start()
    assert door.twilio("/twilio/sms", sms("SM1")).status == 200
    returning.join()
    assert jobs.calls >= 2


def test_many_posts_at_once_to_a_hanging_jobs_service_all_get_their_503(
    lone_door: Door, lone_jobs: FakeJobs
) -> None:
    lone_jobs.answers.clear()
    with ThreadPoolExecutor(100) as pool:
        began = time.monotonic()
        posts = [
            pool.submit(lone_door.twilio, "/twilio/sms", sms(f"SM{number}"))
            for number in range(100)
        ]
        assert {post.result().status for post in posts} == {503}
        assert time.monotonic() - began < 60, "one after the other would take 400 s"


def test_a_stopping_gateway_ends_the_posts_under_way(
    lone_jobs: FakeJobs, certificates: Path
) -> None:
    with open_door(settings(lone_jobs.port, certificates)) as door:
        lone_jobs.answers.clear()
        with ThreadPoolExecutor(1) as pool:
            post = pool.submit(door.twilio, "/twilio/sms", sms("SM1"))
            wait_until(lambda: lone_jobs.calls == 1)
            stopping = threading.Thread(target=door.stop)
            stopping.start()
            wait_until(lambda: not door.is_ready())
            lone_jobs.answers.set()
            assert post.result().status == 200
        stopping.join()
        with pytest.raises(OSError):
            door.send("/twilio/sms")
