"""The gateway as a process: its environment, its log, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.gateway.door import (
    ACCOUNT,
    NUMBER,
    PUBLIC_URL,
    SECRET,
    TOKEN,
    WORDS,
    Door,
    sms,
    wait_until,
)
from tests.gateway.fake_jobs import FakeJobs
from tests.ports import free_port

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]


def environment(jobs: FakeJobs, certificates: Path, **changes: str) -> dict[str, str]:
    own = {
        "GATEWAY_PORT": str(free_port()),
        "GATEWAY_METRICS_PORT": str(free_port()),
        "GATEWAY_DRAIN_BEAT_SECONDS": "0.1",
        "JOBS_ADDRESS": f"dns:///localhost:{jobs.port}",
        "TLS_DIR": str(certificates),
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    return {"PATH": os.environ["PATH"], **own, **changes}


@contextmanager
def process(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", "from respite.gateway import main; main()"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=variables, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


class Remote(Door):
    """A gateway in a process of its own."""

    def __init__(self, port: int, metrics_port: int) -> None:
        self.port = port
        self.metrics_port = metrics_port


def test_sigterm_drains_and_ends_with_0_and_the_log_names_nobody(
    jobs: FakeJobs, certificates: Path
) -> None:
    variables = environment(jobs, certificates)
    door = Remote(int(variables["GATEWAY_PORT"]), int(variables["GATEWAY_METRICS_PORT"]))
    with process(variables) as running:
        wait_until(door.is_ready)
        with urlopen(f"http://127.0.0.1:{door.metrics_port}/healthz", timeout=60) as page:
            assert page.status == 200
        assert door.twilio("/twilio/sms", sms()).status == 200
        assert door.twilio("/twilio/sms", sms(), token="wrong").status == 403
        assert door.send(f"/twilio/sms?From={NUMBER[1:]}", method="GET").status == 405
        running.send_signal(signal.SIGTERM)
        _, log = running.communicate(timeout=60)
    assert running.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events == ["gateway_started", "webhook_refused", "gateway_stopped"]
    for secret in (NUMBER[1:], WORDS, TOKEN, SECRET):
        assert secret not in log


def test_probes_see_that_it_stops_before_it_stops(jobs: FakeJobs, certificates: Path) -> None:
    # A machine that is busy for longer than the beat gets another try.
    assert any(serves_within_the_beat(jobs, certificates, beat) for beat in ("2", "6", "20"))


def serves_within_the_beat(jobs: FakeJobs, certificates: Path, beat: str) -> bool:
    """Whether who has not heard yet is answered, while probes are told that it drains."""
    variables = environment(jobs, certificates, GATEWAY_DRAIN_BEAT_SECONDS=beat)
    door = Remote(int(variables["GATEWAY_PORT"]), int(variables["GATEWAY_METRICS_PORT"]))
    served = 0
    with process(variables) as running:
        wait_until(door.is_ready)
        running.send_signal(signal.SIGTERM)
        wait_until(lambda: not door.is_ready())
        with suppress(OSError):
            for _ in range(20):
                assert door.twilio("/twilio/sms", sms()).status == 200
                served += 1
        running.communicate(timeout=60)
    assert running.returncode == 0
    return served == 20


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PUBLIC_URL": "line.example.org"}, "PUBLIC_URL: must be like"),
        ({"PUBLIC_URL": "https://line.example.org/?a=b"}, "PUBLIC_URL: must be like"),
        ({"TWILIO_ACCOUNTS": "AC1"}, "TWILIO_ACCOUNTS: must be like"),
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID is not"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN is not"),
        ({"GATEWAY_PORT": "x"}, "GATEWAY_PORT: "),
        ({"GATEWAY_ENQUEUE_SECONDS": "9"}, "GATEWAY_ENQUEUE_SECONDS: "),
        ({"STRIPE_LIVEMODE": "maybe"}, "STRIPE_LIVEMODE: "),
    ],
)
def test_a_mistake_in_the_environment_is_named_without_its_value(
    jobs: FakeJobs, certificates: Path, changes: dict[str, str], named: str
) -> None:
    with process(environment(jobs, certificates, **changes)) as running:
        _, told = running.communicate(timeout=60)
    assert running.returncode == 2
    assert named in told
    assert TOKEN not in told


def test_a_port_in_use_is_named_with_its_variable(jobs: FakeJobs, certificates: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        changes = {"GATEWAY_PORT": str(taken.getsockname()[1])}
        with process(environment(jobs, certificates, **changes)) as running:
            _, told = running.communicate(timeout=60)
    assert running.returncode != 0
    assert "set GATEWAY_PORT to use another port" in told
