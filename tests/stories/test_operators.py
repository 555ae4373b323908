"""Who may call what, and what an operator can do (acceptance 32 to 35, 41, 44)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import psycopg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.certificates import TlsFiles, issue, make_ca
from kit.channel import channel
from kit.refusals import refusal_of
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1 import payloads_pb2 as payloads
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.profile.v1 import profile_pb2 as profile
from tests.world.parts import SERVICES
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow


def probe(key: str) -> jobs.EnqueueJobRequest:
    payload = payloads.JobPayload(probe=payloads.Probe(note="canary"))
    return jobs.EnqueueJobRequest(job=jobs.NewJob(key=key, payload=payload))


def reason_of(call: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return refusal_of(call.value).reason


def test_a_key_enqueued_twice_is_the_same_job(world: World) -> None:
    first = world.jobs.EnqueueJob(probe("key1")).job
    second = world.jobs.EnqueueJob(probe("key1")).job
    assert first.job_id == second.job_id
    assert (first.created, second.created) == (True, False)
    until(lambda: world.job("key1").state == jobs.JOB_STATE_COMPLETED, "the probe to run")


def test_a_caller_without_a_certificate_or_with_a_foreign_one_is_refused(
    world: World, tmp_path: Path
) -> None:
    address = f"localhost:{world.parts.ports['identity']}"
    request = identity.ListUsersRequest()
    with grpc.insecure_channel(address) as plain, pytest.raises(grpc.RpcError) as refused:
        IdentityServiceStub(plain).ListUsers(request, timeout=2)
    assert refusal_of(refused.value).code in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    )
    make_ca(tmp_path)
    files = issue(tmp_path, "operator", f"respite://user/{world.operator_id}")
    trusting = TlsFiles(world.parts.certificates / "ca.crt", files.cert, files.key)
    with (
        channel(f"dns:///{address}", trusting, service="identity.v1.IdentityService") as foreign,
        pytest.raises(grpc.RpcError) as refused,
    ):
        IdentityServiceStub(foreign).ListUsers(request, timeout=2)
    assert refusal_of(refused.value).code in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    )


def test_a_service_that_calls_what_it_may_not_is_refused(world: World) -> None:
    with world.channel_as("jobs", "gateway") as as_gateway:
        stub = JobsServiceStub(as_gateway)
        with pytest.raises(grpc.RpcError) as refused:
            stub.ClaimJobs(jobs.ClaimJobsRequest(worker_id="gateway"), timeout=5)
        assert reason_of(refused) == "ACCESS_DENIED"
        with pytest.raises(grpc.RpcError) as refused:
            stub.EnqueueJob(probe("from-the-gateway"), timeout=5)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_role_counts_from_the_next_call_and_a_revoked_one_no_longer(world: World) -> None:
    admin = IdentityServiceStub(world.channel_as("identity", "operator"))
    ben = world.identity.EnsureUser(
        identity.EnsureUserRequest(phone_number=world.new_number())
    ).user.user_id
    issue(world.parts.certificates, "ben", f"respite://user/{ben}")
    as_ben = JobsServiceStub(world.channel_as("jobs", "ben"))
    stats = jobs.GetQueueStatsRequest()
    with pytest.raises(grpc.RpcError) as refused:
        as_ben.GetQueueStats(stats)
    assert reason_of(refused) == "ACCESS_DENIED"
    admin.GrantRole(identity.GrantRoleRequest(user_id=ben, role=identity.ROLE_SUPPORT))
    as_ben.GetQueueStats(stats)
    with pytest.raises(grpc.RpcError) as refused:
        as_ben.EnqueueJob(probe("from-support"))
    assert reason_of(refused) == "ACCESS_DENIED"
    admin.GrantRole(identity.GrantRoleRequest(user_id=ben, role=identity.ROLE_ADMIN))
    as_ben.EnqueueJob(probe("from-an-admin"))
    check = identity.CheckRoleRequest(user_id=ben, role=identity.ROLE_SUPPORT)
    assert admin.CheckRole(check).allowed
    for role in (identity.ROLE_ADMIN, identity.ROLE_SUPPORT):
        admin.RevokeRole(identity.RevokeRoleRequest(user_id=ben, role=role))
    with pytest.raises(grpc.RpcError) as refused:
        as_ben.GetQueueStats(stats)
    assert reason_of(refused) == "ACCESS_DENIED"


def test_only_an_admin_deletes_a_user_and_it_is_audited_without_text(world: World) -> None:
    admin = IdentityServiceStub(world.channel_as("identity", "operator"))
    ana = world.identity.EnsureUser(
        identity.EnsureUserRequest(phone_number=world.new_number())
    ).user.user_id
    gateway = IdentityServiceStub(world.channel_as("identity", "gateway"))
    with pytest.raises(grpc.RpcError) as refused:  # of the services, only a worker erases people
        gateway.DeleteUser(identity.DeleteUserRequest(user_id=ana))
    assert reason_of(refused) == "ACCESS_DENIED"
    assert admin.DeleteUser(identity.DeleteUserRequest(user_id=ana)).deleted
    [latest] = admin.ListAuditRecords(identity.ListAuditRecordsRequest(page_size=1)).audit_records
    assert latest.caller == f"respite://user/{world.operator_id}"
    assert latest.method.endswith("/DeleteUser")
    assert latest.subject == ana


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_of_one_service_reads_the_schema_of_another(world: World, service: str) -> None:
    """Each service has a database of its own here; the roles are refused at its door."""
    for other in SERVICES:
        if other == service:
            continue
        theirs = world.databases[other].writer
        mine = world.databases[service].reader
        intruder = theirs.replace(
            theirs.split("//")[1].split("@")[0], mine.split("//")[1].split("@")[0]
        )
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(intruder).close()


def test_a_buried_job_is_seen_and_redriven_and_its_follow_ups_happen_once(world: World) -> None:
    ana = world.new_number()
    world.fault("openai", "fail", status=500)
    sid = world.texts(ana, "hello")
    world.receives(ana, seconds=60)  # the apology
    dead = [
        job
        for job in world.jobs_of_type("answer_sms", jobs.JOB_STATE_DEAD)
        if world.job(job.key).payload.answer_sms.user_id == world.user_id(ana)
    ]
    assert len(dead) == 1
    assert dead[0].last_error
    assert sid not in dead[0].last_error
    world.clear_faults()
    world.jobs.RetryJob(jobs.RetryJobRequest(job_id=dead[0].job_id))
    world.rests()
    assert world.job(dead[0].key).state == jobs.JOB_STATE_COMPLETED
    assert len(world.phone(ana).received) == 1


def test_a_job_that_waits_can_be_cancelled(world: World) -> None:
    request = probe("cancelled")
    request.job.run_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    job_id = world.jobs.EnqueueJob(request).job.job_id
    cancelled = world.jobs.CancelJob(jobs.CancelJobRequest(job_id=job_id)).job
    assert cancelled.state == jobs.JOB_STATE_CANCELLED


def test_people_due_for_a_check_in_are_exactly_those_of_the_band_and_silence(
    world: World,
) -> None:
    week_ago = datetime.now(UTC) - timedelta(days=7)
    silent, busy, thriving = (world.new_number() for _ in range(3))
    for number, score, contact in (
        (silent, 70.0, week_ago - timedelta(hours=1)),
        (busy, 70.0, week_ago + timedelta(hours=1)),
        (thriving, 10.0, week_ago - timedelta(hours=1)),
    ):
        user = world.identity.EnsureUser(identity.EnsureUserRequest(phone_number=number)).user
        world.profile.RecordContact(
            profile.RecordContactRequest(
                user_id=user.user_id,
                direction=profile.ContactDirection.CONTACT_DIRECTION_INBOUND,
                time=stamp(contact),
            )
        )
        world.profile.RecordBurnoutScore(
            profile.RecordBurnoutScoreRequest(
                user_id=user.user_id,
                score=score,
                source=profile.ScoreSource.SCORE_SOURCE_MONTHLY_REVIEW,
                request_key=f"score:{number}",
            )
        )
    request = profile.ListProfilesDueForCheckInRequest(
        burnout_band=profile.BurnoutBand.BURNOUT_BAND_HIGH, last_contact_before=stamp(week_ago)
    )
    due = {each.user_id for each in world.profile.ListProfilesDueForCheckIn(request).due_profiles}
    assert world.user_id(silent) in due
    assert world.user_id(busy) not in due
    assert world.user_id(thriving) not in due


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made
