"""The whole system, run as a person runs it: its beginning and its end."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.development import environment_for_commands
from respite.processes import PROCESSES
from respite.sandbox_client import SandboxClient
from respite.services import Services
from services.jobs.workflows.notices import CRISIS_FOLLOW_UP, SORRY_FOR_THE_DELAY
from tests.respite.conftest import made_home
from tests.respite.phone import Browser, Phone, Scheme
from tests.respite.stack import Stack, clean_environment, nothing_runs, processes_of, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


class Run:
    """A home in which `respite up` runs whenever a test begins and ends."""

    def __init__(self, home: Path, outputs: Path) -> None:
        self.home = home
        self._outputs = outputs
        self._starts = 0
        self.stack = self.begin()
        self.stack.await_ready()

    def begin(self) -> Stack:
        """Types `respite up`."""
        self._starts += 1
        environment = self.stack.environment if self._starts > 1 else clean_environment(self.home)
        return Stack(environment, self._outputs / f"{self._starts}.txt")

    def again(self) -> None:
        """Starts it after it was stopped."""
        self.stack = self.begin()
        self.stack.await_ready()

    def passes(self, length: str) -> str:
        """Lets time pass; what is said of it."""
        moved = self.stack.respite("clock", "forward", length)
        assert moved.returncode == 0, moved.stderr
        return moved.stdout

    def ended_at(self, name: str, event: str) -> str:
        """When a process last logged this event."""
        lines = (self.home / "logs" / f"{name}.log").read_text().splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return str([each["timestamp"] for each in events if each["event"] == event][-1])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with made_home() as home:
        running = Run(home, tmp_path_factory.mktemp("output"))
        yield running
        assert running.stack.stop(signal.SIGTERM) == 0
        assert nothing_runs(home, 1), processes_of(str(home))


@pytest.fixture
def services(run: Run) -> Iterator[Services]:
    """The services, as the operator sees them."""
    opened = Services(environment_for_commands(run.stack.environment))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser.start() as started:
        yield started


@pytest.fixture
def phone(run: Run, browser: Browser) -> Iterator[Phone]:
    """The phone page as somebody finds it who opens it for the first time."""
    with browser.open(f"http://localhost:{run.stack.environment['SANDBOX_PORT']}/") as opened:
        yield opened


def test_a_first_start_answers_texts_and_payments_and_a_second_finds_everything_again(
    run: Run,
) -> None:
    stack = run.stack
    states = stack.respite("status").stdout.split("\n")
    assert [state.split()[0] for state in states if state] == [each.name for each in PROCESSES]
    assert all(state.endswith(" ready") for state in states if state)
    ready = stack.respite("ready")  # whatever runs here, as a container is probed
    assert (ready.returncode, ready.stdout) == (0, "ready\n")

    answer = stack.respite("text", "+12025550101", "hello")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()

    welcome = stack.respite("subscribe", "+12025550101")
    assert welcome.returncode == 0, welcome.stderr
    assert "elcome" in welcome.stdout
    again = stack.respite("subscribe", "+12025550101")
    assert (again.returncode, again.stdout) == (0, "")
    assert "already" in again.stderr

    printed = re.search(r"Operate\s+(.*)", stack.said)
    assert printed
    words = printed[1].split("respite ", 1)[1].split()
    listed = stack.respite(*words)
    assert "identity.v1.IdentityService" in listed.stdout, listed.stderr
    admins = stack.respite("grpcurl", "identity", "ListUsers", "-d", '{"role": "ROLE_ADMIN"}')
    assert "ROLE_ADMIN" in admins.stdout, admins.stderr

    second = run.begin()
    assert second.process.wait(60) == 1
    assert "already running" in second.said

    assert stack.stop() == 0
    assert nothing_runs(run.home, 1), processes_of(str(run.home))
    assert "Everything is stopped" in stack.said
    ready = stack.respite("ready")
    assert (ready.returncode, ready.stdout) == (1, "not running\n")
    secrets = (run.home / "secrets.env").read_text()
    # The worker's last texts find Twilio, and what Twilio posts to the last finds the gateway.
    drained = run.ended_at("worker", "draining")
    assert drained < run.ended_at("sandbox", "sandbox_stopped")
    assert run.ended_at("sandbox", "sandbox_stopped") < run.ended_at("gateway", "gateway_stopped")

    run.again()
    stack = run.stack
    assert (run.home / "secrets.env").read_text() == secrets
    known = stack.respite("grpcurl", "identity", "ListUsers", "-d", "{}").stdout
    assert "*0101" in known
    answer = stack.respite("text", "+12025550101", "hello again")
    assert answer.returncode == 0, answer.stderr


def test_the_phone_page_shows_an_answer_a_welcome_and_after_stop_nothing(
    run: Run, phone: Phone
) -> None:
    phone.choose("James Okafor")
    phone.text("Hello, I look after my wife")
    phone.receives("I'm an AI")
    phone.sees_state("Delivered")
    for job in ("process_inbound_sms", "answer_sms", "send_answer"):
        phone.sees_job(job, "ran")
    phone.reaches("Phone")

    phone.presses("Subscribe")
    phone.receives("Welcome to Respite")
    phone.sees_plan("Active")
    phone.sees_job("process_stripe_event", "ran")
    phone.sees_job("send_notice", "accepted")

    phone.text("STOP")
    phone.receives("You're unsubscribed")
    phone.comes_to_rest()
    received = phone.received
    phone.text("Are you still there?")
    phone.sees_job("process_inbound_sms", "to answer")
    phone.comes_to_rest()
    assert phone.received == received
    phone.text("START")
    phone.receives("You're back with Respite")
    assert phone.problems == []


def test_the_phone_page_makes_things_go_wrong_and_puts_them_right_again(
    run: Run, phone: Phone
) -> None:
    phone.choose_number("+1 202 555 0188")
    phone.presses("Phone unreachable")
    phone.is_on("Phone unreachable")
    phone.text("hello")
    phone.sees_state("Not delivered: the phone is off or out of reach (30003)")
    phone.presses("Put everything right")
    phone.is_off("Phone unreachable")
    phone.text("and again")
    phone.sees_state("Delivered")
    phone.choose_number("12")
    phone.hears("That is no number")
    assert phone.problems == []


@pytest.mark.parametrize(("scheme", "name"), [("light", "Priya Nair"), ("dark", "Ruth Feldman")])
def test_everybody_can_use_the_phone_page(
    run: Run, phone: Phone, scheme: Scheme, name: str
) -> None:
    phone.looks(scheme, width=360)
    assert phone.sideways() == 0
    phone.choose_number("+1 202 555 0177")
    phone.sees_who_is_chosen()
    phone.choose(name)
    phone.types("By keyboard, with a" + "-long" * 40 + " word and a heart \N{BLACK HEART SUIT}")
    phone.receives("STOP to opt out")
    assert phone.sideways() == 0
    assert phone.violations() == []
    assert phone.problems == []


def test_time_that_passes_in_the_sandbox_passes_for_the_whole_line(
    run: Run, services: Services
) -> None:
    ann, ben = "+12125550177", "+12125550178"
    url = f"http://localhost:{run.stack.environment['SANDBOX_PORT']}"
    sandbox = SandboxClient(url)

    def access() -> billing.Access:
        whose = identity.GetUserByPhoneRequest(phone_number=ben)
        user_id = services.identity.GetUserByPhone(whose).user.user_id
        return services.billing.GetAccess(billing.GetAccessRequest(user_id=user_id)).access

    def follow_ups() -> list[tuple[int, str]]:
        for_ann = jobs.ListJobsRequest(type="follow_up_crisis")
        return [(each.state, each.last_error) for each in services.jobs.ListJobs(for_ann).jobs]

    def bodies() -> list[str]:
        return list(sandbox.received(ann).values())

    subscription = sandbox.subscribe(ben)
    assert sandbox.wait_for_texts(ben, (), 30)
    requests.post(f"{url}/sandbox/subscriptions/{subscription}/fail_payment", json={}, timeout=10)
    assert until(lambda: access().reason == billing.ACCESS_REASON_GRACE, 30)
    moved = run.passes("8d")
    assert "8 d ahead of this machine" in moved
    assert access().reason == billing.ACCESS_REASON_PAST_DUE

    # From here on the queue is eight days behind the line: what that means of times is translated.
    sandbox.text(ann, "hello")
    [answer] = sandbox.wait_for_texts(ann, (), 30)
    assert not answer.startswith(SORRY_FOR_THE_DELAY)
    sandbox.text(ann, "I want to die")
    assert until(lambda: len(follow_ups()) == 7, 30)
    now = datetime.now(UTC) + timedelta(days=8)
    night = (now + timedelta(hours=49)).astimezone(ZoneInfo("America/New_York"))
    night = night.replace(hour=3)
    run.passes(f"{(night - now) // timedelta(minutes=1)}min")
    assert until(lambda: "QUIET_HOURS" in [error for _, error in follow_ups()], 30)
    assert CRISIS_FOLLOW_UP not in bodies()
    run.passes("7h")
    assert until(lambda: len(follow_ups()) == 6, 30)
    assert until(lambda: bodies().count(CRISIS_FOLLOW_UP) == 1, 30)

    assert "as on this machine" in run.stack.respite("clock", "reset").stdout


def test_a_port_that_is_taken_is_named_with_its_variable_before_anything_starts(
    home: Path, tmp_path: Path
) -> None:
    environment = clean_environment(home)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["JOBS_PORT"])))
        taken.listen()
        stack = Stack(environment, tmp_path / "output.txt")
        assert stack.process.wait(60) == 1
    assert stack.said.strip() == (
        f"port {environment['JOBS_PORT']} (jobs) is taken: set JOBS_PORT to another"
    )
    assert not (home / "pg").exists()


def test_ctrl_c_while_it_starts_leaves_nothing(home: Path, tmp_path: Path) -> None:
    stack = Stack(clean_environment(home), tmp_path / "output.txt")
    stack.await_output("Certificates, schemas", 60)
    assert stack.stop() == 0
    assert nothing_runs(home, 1), processes_of(str(home))
    assert "Traceback" not in stack.said
