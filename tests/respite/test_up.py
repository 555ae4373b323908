"""The whole system, run as a person runs it: its beginning and its end."""

from __future__ import annotations

import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from respite.processes import PROCESSES
from tests.respite.stack import Stack, clean_environment, nothing_runs, processes_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


def test_a_first_start_answers_texts_and_payments_and_a_second_finds_everything_again(
    home: Path, tmp_path: Path
) -> None:
    environment = clean_environment(home)
    stack = Stack(environment, tmp_path / "first.txt")
    stack.await_ready()
    states = stack.respite("status").stdout.split("\n")
    assert [state.split()[0] for state in states if state] == [each.name for each in PROCESSES]
    assert all(state.endswith(" ready") for state in states if state)

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

    second = Stack(environment, tmp_path / "second.txt")
    assert second.process.wait(30) == 1
    assert "already running" in second.said

    assert stack.stop() == 0
    assert nothing_runs(home, 1), processes_of(str(home))
    assert "Everything is stopped" in stack.said
    secrets = (home / "secrets.env").read_text()

    stack = Stack(environment, tmp_path / "third.txt")
    stack.await_ready()
    assert (home / "secrets.env").read_text() == secrets
    known = stack.respite("grpcurl", "identity", "ListUsers", "-d", "{}").stdout
    assert "*0101" in known
    answer = stack.respite("text", "+12025550101", "hello again")
    assert answer.returncode == 0, answer.stderr
    assert stack.stop(signal.SIGTERM) == 0
    assert nothing_runs(home, 1), processes_of(str(home))


def test_a_port_that_is_taken_is_named_with_its_variable_before_anything_starts(
    home: Path, tmp_path: Path
) -> None:
    environment = clean_environment(home)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["JOBS_PORT"])))
        taken.listen()
        stack = Stack(environment, tmp_path / "output.txt")
        assert stack.process.wait(30) == 1
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
