"""Whoever asks for it is removed from everything that we hold (acceptance 36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import EraseUser, ErasureStage, JobPayload
from protos.profile.v1 import profile_pb2 as profile
from respite.cli import app
from services.jobs.workflows import follow_ups
from tests.databases import SERVICES
from tests.world.waiting import until
from tests.world.world import Ahead, World

pytestmark = pytest.mark.slow

NAME = "Anastasia Quillfeather"
WORDS = "marmalade lighthouse"

# Every column that may hold a number, a name or a text of a person. A new one has to be erased, and
# then stand here.
HOLDERS = frozenset(
    {
        "conversation.conversation_state.summary",
        "conversation.messages.body",
        "identity.users.name",
        "identity.users.phone_number",
        "jobs.dead_jobs.payload",
        "jobs.finished_jobs.payload",
        "jobs.jobs.payload",
        "jobs.scheduled_jobs.payload",
        "profile.user_profiles.care_recipient_name",
        "profile.user_profiles.first_name",
    }
)
# Columns that may name them by an id that means nothing any more.
TRACES = frozenset(
    {
        "identity.audit_records.subject",
        "jobs.audit_records.subject",
        "profile.audit_records.subject",
        "conversation.audit_records.subject",
    }
)


@pytest.fixture
def line(world: World) -> Iterator[World]:
    """A worker for whom the longest lease has always run out already."""
    world.parts.stop_worker()
    world.parts.start_worker(clock=Ahead(timedelta(minutes=6)))
    yield world
    world.parts.stop_worker()
    world.parts.start_worker()


def found(world: World, *words: str) -> Mapping[str, set[str]]:
    """Which of these words stand where: every column of every table, whatever its type; bytes as
    they are, in which protobuf keeps texts."""
    places: dict[str, set[str]] = {}
    for service in SERVICES:
        with psycopg.connect(world.databases[service].admin) as connection:
            columns = connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " JOIN information_schema.tables USING (table_schema, table_name)"
                " WHERE table_schema = %s AND table_type = 'BASE TABLE'",
                (service,),
            ).fetchall()
            for table, column in columns:
                query = sql.SQL("SELECT DISTINCT {} FROM {}").format(
                    sql.Identifier(column), sql.Identifier(service, table)
                )
                for (value,) in connection.execute(query):
                    held = value if isinstance(value, bytes) else str(value).encode()
                    for word in words:
                        if word.encode() in held or word.encode().hex().encode() in held:
                            parent = table.partition("_2")[0].removesuffix("_default")
                            places.setdefault(f"{service}.{parent}.{column}", set()).add(word)
    return places


def lives(world: World, name: str = "Bo", words: str = "I am tired") -> str:
    """Somebody of whom we hold everything that we can hold; their number."""
    ana = world.new_number()
    world.texts(ana, f"hello, {words}")
    world.receives(ana)
    user_id = world.user_id(ana)
    request = identity.UpdateUserRequest(user=identity.User(user_id=user_id, name=name))
    request.update_mask.paths.append("name")
    world.identity.UpdateUser(request)
    update = profile.UpdateProfileRequest(
        profile=profile.Profile(user_id=user_id, first_name=name, care_recipient_name=f"{name} Sr")
    )
    update.update_mask.paths.extend(["first_name", "care_recipient_name"])
    world.profile.UpdateProfile(update)
    world.conversation.SaveSummary(
        conversation.SaveSummaryRequest(
            user_id=user_id,
            summary=f"They say {words}.",
            through_message_id=world.transcript(ana)[0].message_id,
        )
    )
    world.subscribes(ana, link="phone")
    world.receives(ana, 2)
    world.texts(ana, f"I want to die, {words}")
    world.receives(ana, 3)
    return ana


def second_pass_of(user_id: str) -> str:
    """The key of an erasure's last job."""
    job = EraseUser(user_id=user_id)
    return follow_ups.erasure(job, ErasureStage.ERASURE_STAGE_SECOND_PASS).key


def erases(world: World, ana: str) -> None:
    """They ask for it, confirm it, and the second pass is over."""
    user_id = world.user_id(ana)
    before = len(world.phone(ana).received)
    world.texts(ana, "Delete")
    question = world.receives(ana, before + 1)[-1]
    assert "YES DELETE" in question.body
    world.texts(ana, "yes, delete.")
    until(lambda: world.has_job(second_pass_of(user_id)), "the erasure", 30)
    world.rests()
    second = world.job(second_pass_of(user_id))
    assert second.state == jobs.JOB_STATE_SCHEDULED
    world.jobs.RetryJob(jobs.RetryJobRequest(job_id=second.job_id))
    world.rests()


def test_an_erased_person_leaves_no_number_no_name_and_no_text(
    line: World, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = lives(line, NAME, WORDS)
    words = (ana, NAME, WORDS)
    before = found(line, *words)
    assert set(before) <= HOLDERS, "a column that holds people and is not on the list"
    for place, word in {
        "conversation.conversation_state.summary": WORDS,
        "conversation.messages.body": WORDS,
        "identity.users.name": NAME,
        "identity.users.phone_number": ana,
        "jobs.finished_jobs.payload": WORDS,
        "jobs.scheduled_jobs.payload": line.user_id(ana),
        "profile.user_profiles.care_recipient_name": NAME,
        "profile.user_profiles.first_name": NAME,
    }.items():
        assert word in found(line, word).get(place, ()), f"the search does not see {place}"
    user_id = line.user_id(ana)

    erases(line, ana)

    assert found(line, *words) == {}
    assert set(found(line, user_id)) <= TRACES
    assert not line.is_known(ana)
    logged = "".join(capfd.readouterr())
    assert not [word for word in words if word in logged]
    assert line.phone(ana).bodies[-1].startswith("Your data is being deleted")


def test_the_subscription_of_an_erased_person_ends_and_stripe_does_not_bring_them_back(
    line: World,
) -> None:
    ana = lives(line)
    erases(line, ana)
    shown = line.sandbox.call("GET", f"/sandbox/phones/{ana}")["subscription"]
    assert shown["status"] == "canceled"
    line.sandbox.act(shown["id"], "set", fields={"metadata": {"touched": "yes"}})
    line.rests()
    assert not line.is_known(ana)


def test_a_payment_that_was_never_theirs_does_not_bring_an_erased_person_back(
    line: World, operator_environment: dict[str, str], logs_elsewhere: None
) -> None:
    """Whoever paid typed the number of somebody else, and an operator has said so."""
    ana, ben = line.new_number(), line.new_number()
    paid = line.subscribes(ana, link="phone")
    line.receives(ana)
    wrong = {"user_id": line.user_id(ana), "stripe_customer_id": paid["customer"]}
    line.operator_billing.UnlinkCustomer(billing.UnlinkCustomerRequest(**wrong))
    erases(line, ana)

    line.sandbox.act(paid["subscription"], "set", fields={"metadata": {"touched": "yes"}})
    line.rests()
    waiting = line.jobs_of_type("process_stripe_event", jobs.JOB_STATE_SCHEDULED)
    assert "CUSTOMER_NOT_LINKED" in {job.last_error for job in waiting}
    told = CliRunner().invoke(
        app, ["reconcile-payments", "--since", "2025-01-01"], env=operator_environment
    )
    assert paid["customer"] in told.stderr
    line.rests()
    assert not line.is_known(ana)

    line.texts(ben, "hello")
    line.receives(ben)
    right = {"user_id": line.user_id(ben), "stripe_customer_id": paid["customer"]}
    line.operator_billing.LinkCustomer(billing.LinkCustomerRequest(**right))
    for job in waiting:
        line.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
    assert "Welcome" in line.receives(ben, 2)[-1].body


def test_what_comes_in_after_it_is_from_somebody_new(line: World) -> None:
    ana = lives(line)
    before = line.user_id(ana)
    erases(line, ana)
    count = len(line.phone(ana).received)
    line.texts(ana, "hello again")
    answer = line.receives(ana, count + 1)[-1]
    assert "Reply STOP" in answer.body
    assert line.user_id(ana) != before
    assert len(line.transcript(ana)) == 2


def test_the_number_of_somebody_who_opted_out_is_never_texted_again(line: World) -> None:
    ana = line.new_number()
    line.texts(ana, "STOP")
    line.receives(ana)
    user_id = line.user_id(ana)
    line.texts(ana, "DELETE")
    line.rests()
    line.texts(ana, "YES DELETE")
    until(lambda: line.has_job(second_pass_of(user_id)), "the erasure", 30)
    line.rests()
    assert len(line.phone(ana).received) == 1, "no goodbye to somebody who wants no texts"
    line.subscribes(ana, link="phone")
    line.rests()
    assert line.is_known(ana)
    line.texts(ana, "are you there?")
    line.rests()
    assert len(line.phone(ana).received) == 1
    line.texts(ana, "START")
    assert len(line.receives(ana, 2)) >= 2


def test_yes_delete_alone_is_asked_back(line: World) -> None:
    ana = line.new_number()
    line.texts(ana, "YES DELETE")
    assert "YES DELETE" in line.receives(ana)[0].body
    assert line.is_known(ana)


def test_an_operator_may_ask_for_it_too(line: World) -> None:
    ana = lives(line)
    user_id = line.user_id(ana)
    payload = JobPayload(erase_user=EraseUser(user_id=user_id))
    line.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=jobs.NewJob(key="op-1", payload=payload)))
    until(lambda: line.has_job(second_pass_of(user_id)), "the erasure", 30)
    assert not line.is_known(ana)
    operator = IdentityServiceStub(line.channel_as("identity", "operator"))
    records = operator.ListAuditRecords(identity.ListAuditRecordsRequest()).audit_records
    deeds = [each.method for each in records if each.subject == user_id]
    assert [deed.rpartition("/")[2] for deed in deeds] == ["DeleteUser"]
