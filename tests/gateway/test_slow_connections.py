"""Acceptance, Door 9: how slowly a stranger may send, and on how many connections."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.gateway.door import (
    POST,
    Door,
    open_door,
    read_to_end,
    request,
    settings,
    sms,
    status_of,
    twilio_form,
    wait_until,
)
from tests.gateway.fake_jobs import FakeJobs

pytestmark = pytest.mark.slow


def is_ended(connection: socket.socket, data: bytes) -> bool:
    """Whether the other side has ended it, seen by sending `data`."""
    try:
        connection.sendall(data)
        return connection.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@contextmanager
def dripping(connections: list[socket.socket]) -> Iterator[None]:
    """Sends one byte on each, again and again."""
    stop = threading.Event()
    thread = threading.Thread(target=drip, args=(connections, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def drip(connections: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for connection in connections:
            try:
                connection.send(b"x")
            except OSError:
                continue


@pytest.mark.parametrize("start", [b"", POST, POST + b"Content-Length: 60000\r\n\r\n"])
def test_two_hundred_slow_connections_are_cut_and_a_normal_post_is_answered_in_time(
    impatient_door: Door, jobs: FakeJobs, start: bytes
) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(impatient_door.connect()) for _ in range(200)]
        for connection in connections:
            connection.sendall(start)
        stack.enter_context(dripping(connections))
        began = time.monotonic()
        for number in range(5):
            assert impatient_door.twilio("/twilio/sms", sms(f"SM{number}")).status == 200
        assert time.monotonic() - began < 20
        for connection in connections:
            read_to_end(connection)
        assert time.monotonic() - began < 60
    assert len(jobs.jobs) == 5


@pytest.mark.parametrize(
    ("sent", "status"),
    [(POST, 408), (POST + b"Content-Length: 5\r\n\r\n123", 408)],
)
def test_who_is_too_slow_is_told_so(impatient_door: Door, sent: bytes, status: int) -> None:
    assert status_of(impatient_door.raw(sent)) == status


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n"])
def test_a_connection_on_which_nothing_is_asked_is_closed(
    impatient_door: Door, sent: bytes
) -> None:
    assert impatient_door.raw(sent) in {b"", impatient_door.raw(b"\r\n")}


def test_empty_lines_do_not_keep_a_connection(impatient_door: Door, jobs: FakeJobs) -> None:
    body, headers = twilio_form("/twilio/sms", sms())
    with impatient_door.connect() as connection:
        connection.sendall(request("/twilio/sms", body, headers))
        assert status_of(connection.recv(65536)) == 200
        began = time.monotonic()
        connection.settimeout(0.1)
        while not is_ended(connection, b"\r\n"):
            assert time.monotonic() - began < 60


def test_an_idle_connection_is_closed_after_its_answer(
    impatient_door: Door, jobs: FakeJobs
) -> None:
    body, headers = twilio_form("/twilio/sms", sms())
    assert impatient_door.raw(request("/twilio/sms", body, headers)).endswith(b"<Response/>")


def test_a_slow_jobs_service_is_not_taken_for_a_slow_client(
    impatient_door: Door, jobs: FakeJobs
) -> None:
    jobs.answers.clear()
    threading.Timer(1.5, jobs.answers.set).start()
    assert impatient_door.twilio("/twilio/sms", sms()).status == 200


def test_one_connection_may_carry_any_number_of_posts(door: Door, jobs: FakeJobs) -> None:
    with door.connect() as connection:
        for number in range(40):
            body, headers = twilio_form("/twilio/sms", sms(f"SM{number}", Body="x" * 60_000))
            connection.sendall(request("/twilio/sms", body, headers))
            assert status_of(connection.recv(65536)) == 200
    assert len(jobs.jobs) == 40


def test_connections_beyond_the_cap_are_refused(jobs: FakeJobs, certificates: Path) -> None:
    with open_door(settings(jobs.port, certificates, gateway_connections=3)) as door:
        with ExitStack() as stack:
            held = [stack.enter_context(door.connect()) for _ in range(3)]
            wait_until(lambda: door.metric("respite_gateway_connections") == 3)
            with pytest.raises(OSError):
                door.twilio("/twilio/sms", sms())
            assert held
        wait_until(lambda: door.metric("respite_gateway_connections") == 0)
        assert door.twilio("/twilio/sms", sms()).status == 200


def test_who_leaves_in_the_middle_is_no_error(door: Door, jobs: FakeJobs) -> None:
    labels = {"route": "/twilio/sms", "outcome": "disconnected"}
    before = door.metric("respite_gateway_webhooks_total", **labels)
    with door.connect() as connection:
        connection.sendall(POST + b"Content-Length: 5\r\n\r\n123")
    wait_until(lambda: door.metric("respite_gateway_webhooks_total", **labels) == before + 1)
