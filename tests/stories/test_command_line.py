"""What operators type: looking, retrying, pausing, roles, holds; statuses, and JSON for scripts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from typer.testing import CliRunner, Result

from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from respite.cli import app
from respite.commands.ending import Exit
from tests.ports import free_port
from tests.respite.terminal import on_a_terminal
from tests.world.dead_letters import dead_letters
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

Command = Callable[..., Result]


@pytest.fixture
def command(operator_environment: dict[str, str], logs_elsewhere: None) -> Command:
    def run(words: str, typed: str | None = None, **changed: str) -> Result:
        return CliRunner().invoke(
            app, words.split(), input=typed, env=operator_environment | changed
        )

    return run


def objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_dead_letters_are_listed_and_those_that_are_meant_are_retried(
    world: World, command: Command
) -> None:
    with dead_letters(world, {"a": "HTTP_503", "b": "HTTP_500", "c": "ValueError"}):
        told = command("jobs ls --state dead --type probe --reason HTTP_5*").stdout
        heading, *rows = told.splitlines()
        assert heading.split()[:3] == ["id", "type", "state"]
        assert {row.split()[-1] for row in rows} == {"a", "b"}
        assert told.count("\n") == 3
        [found] = objects(command("jobs ls --state dead --type probe --reason ValueError --json"))
        assert (found["key"], found["state"]) == ("c", "JOB_STATE_DEAD")
        assert "payload" not in found

        unasked = command("jobs retry --type probe --reason HTTP_5*")
        assert unasked.exit_code == Exit.USAGE
        assert "--yes" in unasked.stderr
        done = command("jobs retry --type probe --reason HTTP_5* --yes")
        assert (done.exit_code, done.stdout) == (0, "2 retried, 0 refused\n")
        assert "1  probe  HTTP_503" in done.stderr
        left = objects(command("jobs ls --state dead --type probe --json"))
        assert [each["key"] for each in left] == ["c"]
        assert command("jobs retry c").exit_code == 0
    assert command("jobs retry --type probe --yes").exit_code == Exit.NOT_FOUND
    until(lambda: world.job("c").state == jobs.JOB_STATE_COMPLETED, "the probe to run")
    shown = command("jobs show c").stdout
    assert any(line.split() == ["result", world.job("c").result] for line in shown.splitlines())
    ended = command("jobs retry c")
    assert (ended.exit_code, ended.stdout) == (Exit.FAILED, "0 retried, 1 refused\n")
    assert "JOB_NOT_RETRYABLE" in ended.stderr


def test_what_a_job_carries_is_shown_on_demand_and_looking_is_audited(
    world: World, command: Command
) -> None:
    with dead_letters(world, {"d": "HTTP_503"}):
        job_id = world.job("d").job_id
        plain, whole = command("jobs show d"), command(f"jobs show {job_id} --payload")
        assert "HTTP_503" in plain.stdout
        assert "what it carries" not in plain.stdout
        assert '{"note": "what it carries"' in whole.stdout
        [newest, *_] = objects(command("audit jobs --json -n 2"))
        assert newest["service"] == "jobs"
        assert newest["method"] == "/jobs.v1.JobsService/GetJob"
        assert newest["subject"] == str(job_id)
        assert newest["caller"] == f"respite://user/{world.operator_id}"
        assert command("jobs retry d").exit_code == 0


def test_audit_merges_all_services_by_time(
    world: World, command: Command, operator_environment: dict[str, str]
) -> None:
    number = world.new_number()
    world.texts(number, "hello")
    world.receives(number)
    user_id = world.user_id(number)
    deeds = (
        ("profile", f"users hold {user_id} 2h"),
        ("identity", f"users grant {user_id} support"),
        ("profile", f"users hold {number} off"),
        ("conversation", f"users show {number} --messages 1"),
        ("identity", f"users revoke {number} support"),
    )
    for _, words in deeds:
        assert command(words).exit_code == 0
    found = objects(command("audit --json -n 5"))
    assert [each["service"] for each in found] == [service for service, _ in reversed(deeds)]
    assert {each["subject"] for each in found} == {user_id}
    assert len(command("audit").stdout.splitlines()) > len(deeds)
    narrow = on_a_terminal("audit", "-n", "1", environment={**os.environ, **operator_environment})
    assert [tuple(line.split(maxsplit=1)) for line in narrow][1:] == [
        ("service", "identity"),
        ("method", "RevokeRole"),
        ("subject", user_id),
        ("operator", world.operator_id),
    ]


def test_numbers_and_texts_are_shown_on_demand(world: World, command: Command) -> None:
    number = world.new_number()
    world.texts(number, "hello from me")
    world.receives(number)
    for words in (f"users find {number}", f"users show {number}", "users ls --limit 0"):
        told = command(words).output
        assert number not in told
        assert number[-4:] in told
        assert "hello from me" not in told
        assert number in command(f"{words} --full").output
    assert "hello from me" in command(f"users show {number} --messages 5").stdout
    [found] = objects(command(f"users show {number} --json"))
    assert found["user"]["phone_number"].endswith(number[-4:])
    assert number not in json.dumps(found)
    assert found["profile"]["journey_phase"] == "JOURNEY_PHASE_ONBOARDING"
    assert found["access"]["reason"] == "ACCESS_REASON_NO_SUBSCRIPTION"


def test_what_people_text_is_no_command_to_the_terminal(world: World, command: Command) -> None:
    number = world.new_number()
    world.texts(number, "hi\x1b]0;yours\x07 there\u009b2J,\tme")
    world.receives(number)
    for words in (f"users show {number} --messages 5", f"users show {number} --messages 5 --json"):
        told = command(words).stdout
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told)
        assert r"hi\u001b]0;yours\u0007 there\u009b2J" in told


def test_a_number_that_takes_no_texts_is_shown_and_may_be_texted_again_on_an_operators_word(
    world: World, command: Command
) -> None:
    number = world.new_number()
    user = world.identity.EnsureUser(identity.EnsureUserRequest(phone_number=number)).user
    began = Timestamp()
    began.GetCurrentTime()
    world.identity.MarkUnreachable(
        identity.MarkUnreachableRequest(user_id=user.user_id, error_code="30006", event_time=began)
    )
    # Other stories of this world leave such numbers behind, too.
    codes = {
        each["user_id"]: each["unreachable_code"]
        for each in objects(command("users ls --unreachable --json"))
    }
    assert codes[user.user_id] == "30006"
    assert "" not in codes.values()
    assert "error 30006" in command(f"users show {number}").stdout
    assert command(f"users reachable {number}").stdout == f"{user.user_id} is texted again\n"
    assert "error 30006" not in command(f"users show {number}").stdout
    [newest] = objects(command("audit identity --json -n 1"))
    assert newest["method"].endswith("/ClearUnreachable")
    assert newest["subject"] == user.user_id


def test_a_type_is_paused_and_resumed(world: World, command: Command) -> None:
    paused = command("jobs pause send_check_in --reason TWILIO_DOWN")
    assert (paused.exit_code, paused.stdout[:24]) == (0, "send_check_in is paused ")
    assert objects(command("jobs resume send_check_in --json")) == [
        {"type": "send_check_in", "resumed": True}
    ]
    assert command("jobs resume send_check_in").stdout == "send_check_in was not paused\n"
    urgent = command("jobs pause send_crisis_reply")
    assert urgent.exit_code == Exit.FAILED
    assert "--confirm-crisis-path" in urgent.stderr
    assert command("jobs pause send_crisis_reply --confirm-crisis-path").exit_code == 0
    assert command("jobs resume send_crisis_reply").exit_code == 0


def test_a_job_that_waits_is_canceled(world: World, command: Command) -> None:
    later = jobs.NewJob(key="later", payload=JobPayload(probe=Probe()))
    later.run_time.FromJsonString("2099-01-01T00:00:00Z")
    job_id = world.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=later)).job.job_id
    assert command("jobs cancel later").stdout == f"{job_id} is cancelled\n"
    again = command("jobs cancel nobody later")
    assert (again.exit_code, again.stdout) == (Exit.NOT_FOUND, f"{job_id} is cancelled\n")
    assert again.stderr.startswith("nobody: jobs: JOB_NOT_FOUND")
    [found] = objects(command("jobs cancel later --json"))
    assert found["state"] == "JOB_STATE_CANCELLED"


def test_a_crisis_is_seen_and_closed(world: World, command: Command) -> None:
    number = world.new_number()
    world.texts(number, "I want to kill myself tonight")
    world.receives(number)
    world.rests()
    user_id = world.user_id(number)
    [found] = objects(command(f"crises ls --user {user_id} --json"))
    assert found["state"] == "CRISIS_STATE_OPEN"
    assert "suicide" in command("crises ls").stdout
    assert command(f"crises resolve {found['crisis_id']}").exit_code == 0
    assert "no crisis is open" in command(f"crises ls --user {user_id}").stderr
    assert len(objects(command(f"crises ls --user {user_id} --state resolved --json"))) == 1


def test_a_list_without_anything_says_so_and_not_on_the_output(
    world: World, command: Command
) -> None:
    number = world.new_number()
    world.texts(number, "hello")
    world.receives(number)
    world.rests()
    for words, said in (
        ("jobs ls --lane nobody", "`--state completed` lists those that are done"),
        ("jobs ls --state blocked --lane nobody", "no job is blocked"),
        ("users ls --role admin --unreachable", "nobody matches"),
        (f"crises ls --user {number}", "no crisis is open"),
        (f"crises ls --user {number} --state all", "no crisis is known"),
    ):
        done = command(words)
        assert (done.exit_code, done.stdout) == (0, ""), done.output
        assert said in done.stderr


def test_an_erasure_is_asked_for_once_and_only_when_confirmed(
    world: World, command: Command
) -> None:
    number = world.new_number()
    world.texts(number, "hello")
    world.receives(number)
    key = f"operator-erase:{world.user_id(number)}"
    assert command(f"users erase {number}").exit_code == Exit.USAGE
    assert not world.has_job(key)
    assert "erases them" in command(f"users erase {number} --yes").stdout
    [again] = objects(command(f"users erase {number} --yes --json"))
    assert (again["job_id"], again["created"]) == (str(world.job(key).job_id), False)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("jobs show 9999999", Exit.NOT_FOUND, "JOB_NOT_FOUND"),
        ("jobs cancel no-such-key", Exit.NOT_FOUND, "JOB_NOT_FOUND"),
        ("jobs pause no_such_type", Exit.USAGE, "must be a known type"),
        ("jobs retry", Exit.USAGE, "--type"),
        ("jobs ls --state asleep", Exit.USAGE, "asleep"),
        ("users find +12025550188", Exit.NOT_FOUND, "USER_NOT_FOUND"),
        ("users show nobody", Exit.USAGE, "phone_number must be"),
        ("users hold +12025550188 soon", Exit.USAGE, "30min, 2h or 1d"),
        ("audit worker", Exit.USAGE, "no service is called worker"),
    ],
)
def test_the_status_says_what_kind_of_problem_it_was(
    command: Command, words: str, status: int, said: str
) -> None:
    done = command(words)
    assert done.exit_code == status, done.output
    assert done.stdout == ""
    assert said in done.stderr


def test_a_service_that_is_away_and_one_that_refuses_are_told_apart(
    world: World, command: Command, tmp_path: Path
) -> None:
    away = command("jobs ls", JOBS_ADDRESS=f"dns:///localhost:{free_port()}")
    assert away.exit_code == Exit.UNREACHABLE
    assert "jobs does not answer at localhost:" in away.stderr
    assert len(away.stderr.splitlines()) == 1
    nobody = command("jobs ls", TLS_DIR=str(tmp_path))
    assert nobody.exit_code == Exit.USAGE
    assert "grant-admin" in nobody.stderr
    try:
        world.make_operator("+12025559998", identity.Role.ROLE_SUPPORT)
        refused = command("jobs pause probe")
    finally:
        world.make_operator("+12025559999", identity.Role.ROLE_ADMIN)
    assert refused.exit_code == Exit.FAILED
    assert "respite users grant" in refused.stderr
