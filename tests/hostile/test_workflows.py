"""Every type of job, run by a real worker with payloads that no workflow of ours makes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload
from protos.profile.v1 import profile_pb2 as profile
from tests.databases import DatabaseServer
from tests.hostile.bounds import bounded
from tests.hostile.messages import Requests
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

TYPES = {
    each.name: each.message_type
    for each in JobPayload.DESCRIPTOR.oneofs_by_name["type"].fields
    if each.message_type is not None
}
ENDED = {jobs.JOB_STATE_COMPLETED, jobs.JOB_STATE_DEAD, jobs.JOB_STATE_CANCELLED}
SECRET = "what is said to nobody else"
# The name of an exception that nobody foresaw, a workflow that hung or broke off, an outcome that
# the queue would not take, a service that stumbled.
OUR_FAULT = re.compile(r"[A-Z][a-z]\w*|RUN_TIMEOUT|BROKE_OFF|OUTCOME_.*|.*_(INTERNAL|UNKNOWN)")
WORDS = {
    "body": ("hi", "4", "STOP", "START", "HELP", "DELETE", "YES DELETE", "I want to die", ""),
    "opt_out_type": ("", "STOP", "START", "HELP", "PARA"),
    "status": ("sent", "delivered", "undelivered", "lost"),
    # Not those that stop all sending, which would hold up whatever comes after.
    "error_code": ("", "21610", "30007", "x"),
    "stripe_customer_id": ("cus_1", "cus_unknown", ""),
    "language": ("en", "es", "xx", ""),
}


@dataclass(frozen=True)
class Person:
    """Somebody who has written."""

    user_id: str
    number: str


@dataclass
class Line:
    """A line with a worker. named: numbers of everybody whom a payload may have named."""

    world: World
    named: set[str] = field(default_factory=set)
    _keys: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def somebody(self) -> Person:
        """Somebody new, who waits for an answer."""
        number = self.world.new_number()
        request = identity.EnsureUserRequest(phone_number=number)
        user_id = self.world.identity.EnsureUser(request).user.user_id
        now = timestamp(datetime.now(UTC))
        inbound = profile.ContactDirection.CONTACT_DIRECTION_INBOUND
        self.world.profile.RecordContact(
            profile.RecordContactRequest(user_id=user_id, direction=inbound, time=now)
        )
        self.world.conversation.RecordInboundMessage(
            conversation.RecordInboundMessageRequest(
                user_id=user_id,
                provider_sid=self.world.new_sid(),
                body="hi",
                event_time=now,
                disposition=conversation.Disposition.DISPOSITION_TO_ANSWER,
            )
        )
        return Person(user_id, number)

    def belongings(self, user_id: str, body: str) -> tuple[str, str]:
        """Ids of a text that waits to be sent to them, and of a follow-up after their crisis."""
        message = self.world.conversation.PrepareOutboundMessage(
            conversation.PrepareOutboundMessageRequest(
                user_id=user_id,
                request_key=f"hostile:{next(self._keys)}",
                body=body,
                kind=conversation.MessageKind.MESSAGE_KIND_ANSWER,
            )
        ).message
        episode = self.world.profile.RecordCrisis(
            profile.RecordCrisisRequest(
                user_id=user_id,
                kind=profile.CrisisKind.CRISIS_KIND_ABUSE,
                event_time=timestamp(datetime.now(UTC)),
                request_key=f"hostile:{next(self._keys)}",
            )
        ).crisis
        return message.message_id, episode.follow_ups[0].follow_up_id

    def runs(self, payload: JobPayload) -> jobs.Job | None:
        """The job after its first attempt, which is its last; None where none was stored."""
        key = f"hostile:{next(self._keys)}"
        request = jobs.EnqueueJobRequest(job=jobs.NewJob(key=key, payload=payload))
        try:
            job_id = self.world.worker_jobs.EnqueueJob(request).job.job_id
        except grpc.RpcError as error:
            if refusal_of(error).code is not grpc.StatusCode.INVALID_ARGUMENT:
                raise
            return None
        until(lambda: self._is_tried(key), f"an end of {payload!r}", 30)
        job = self.world.job(key)
        if job.state not in ENDED:
            self.world.jobs.CancelJob(jobs.CancelJobRequest(job_id=job_id))
        return job

    def _is_tried(self, key: str) -> bool:
        job = self.world.job(key)
        return job.state in ENDED or bool(job.last_error)

    def rests(self) -> None:
        """Waits until nothing is left to do. What would be tried again in a while, such as what a
        job asked for that was half done, is tried again at once."""
        until(self._is_done, lambda: f"rest; jobs: {self.world.live_jobs()}", 60)
        self.world.rests()

    def _is_done(self) -> bool:
        waiting = jobs.ListJobsRequest(state=jobs.JOB_STATE_SCHEDULED, page_size=1000)
        for job in self.world.jobs.ListJobs(waiting).jobs:
            try:
                self.world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
            except grpc.RpcError as error:  # its time came meanwhile
                if refusal_of(error).reason != "JOB_NOT_RETRYABLE":
                    raise
        return not self.world.live_jobs()

    def texts(self) -> list[dict[str, str]]:
        """All that was handed to the provider."""
        seen = self.world.sandbox.call("GET", "/sandbox/requests?provider=twilio")["requests"]
        return [each["params"] for each in seen if each["method"] == "POST"]


@pytest.fixture(scope="module")
def line(postgres: DatabaseServer) -> Iterator[Line]:
    world = World(postgres)
    yield Line(world)
    world.close()


@pytest.fixture(scope="module")
def erased(line: Line) -> Person:
    """Somebody whom nobody knows any more."""
    person = line.somebody()
    line.world.identity.DeleteUser(identity.DeleteUserRequest(user_id=person.user_id))
    return person


@pytest.fixture(scope="module")
def theirs(line: Line) -> tuple[str, str]:
    """Ids that belong to somebody whom no payload names: of a text, and of a follow-up."""
    return line.belongings(line.somebody().user_id, SECRET)


@pytest.mark.parametrize("job_type", TYPES)
def test_whatever_a_job_carries_it_ends_and_nobody_else_is_texted(
    job_type: str, line: Line, erased: Person, theirs: tuple[str, str], examples: int
) -> None:
    before = len(line.texts())
    people = (line.somebody(), line.somebody(), erased)
    line.named.update(person.number for person in people)
    numbers = tuple(person.number for person in people)
    text, follow_up = line.belongings(people[0].user_id, "what is said to them")
    words = {
        **WORDS,
        "user_id": tuple(person.user_id for person in people),
        "sender": numbers,
        "phone_number": numbers,
        "message_id": (text, theirs[0], ""),
        "expired_message_id": (text, theirs[0], ""),
        "follow_up_id": (follow_up, theirs[1]),
    }
    requests = Requests(words["user_id"], words)

    @bounded(examples)
    @given(st.data())
    def property_(data: st.DataObject) -> None:
        payload = JobPayload()
        carried: Message = data.draw(requests.of(TYPES[job_type]))
        getattr(payload, job_type).CopyFrom(carried)
        job = line.runs(payload)
        if job is not None:
            assert not OUR_FAULT.fullmatch(job.last_error), (job.last_error, payload)

    property_()
    line.rests()
    for sent in line.texts()[before:]:
        assert sent["To"] in line.named, sent
        assert SECRET not in sent["Body"], "a text of somebody else's"
