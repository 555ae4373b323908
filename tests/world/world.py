"""The vocabulary of the stories: people text, phones receive, providers fail, parts go away."""

from __future__ import annotations

import itertools
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import psycopg
from google.protobuf.field_mask_pb2 import FieldMask

from kit.certificates import TlsFiles, issue
from kit.channel import channel
from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.jobs.v1.payloads_pb2 import JobPayload, ReconcileStripe, ReconcileTwilio
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.databases import Databases, DatabaseServer
from tests.sandbox.running import RunningSandbox
from tests.world.parts import SERVICES, Parts
from tests.world.waiting import until


@dataclass(frozen=True, slots=True)
class Ahead:
    """A clock that is ahead of the machine's."""

    by: timedelta

    def now(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC) + self.by


@dataclass(frozen=True, slots=True)
class Text:
    """One text as a phone shows it."""

    sid: str
    body: str
    status: str


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone: what was texted from it and what it received, oldest first."""

    number: str
    sent: tuple[Text, ...]
    received: tuple[Text, ...]

    @property
    def bodies(self) -> list[str]:
        """What it received."""
        return [text.body for text in self.received]


class World:
    """A running system and everything that a story may do to it."""

    def __init__(self, server: DatabaseServer) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="respite-world-")
        self.databases = Databases(server)
        self.parts = Parts(Path(self._home.name), self.databases)
        self._numbers = itertools.count(1)
        self._sids = itertools.count(1)
        self._passes = itertools.count(1)
        self.identity = IdentityServiceStub(self._channel("identity", "worker"))
        self.operator_id = self.make_operator("+12025559999", identity.Role.ROLE_ADMIN)
        self._connect()

    def _connect(self) -> None:
        self.identity = IdentityServiceStub(self._channel("identity", "worker"))
        self.profile = ProfileServiceStub(self._channel("profile", "worker"))
        self.conversation = ConversationServiceStub(self._channel("conversation", "worker"))
        self.billing = BillingServiceStub(self._channel("billing", "worker"))
        self.jobs = JobsServiceStub(self._channel("jobs", "operator"))
        self.worker_jobs = JobsServiceStub(self._channel("jobs", "worker"))
        self.operator_billing = BillingServiceStub(self._channel("billing", "operator"))
        self.operator_profile = ProfileServiceStub(self._channel("profile", "operator"))
        self.operator_conversation = ConversationServiceStub(
            self._channel("conversation", "operator")
        )

    # -- people -------------------------------------------------------------------------------

    def new_number(self) -> str:
        """A number that nobody has texted from yet."""
        return f"+1212555{next(self._numbers):04d}"

    def new_sid(self) -> str:
        """A message id that Twilio has not used yet."""
        return f"SM{next(self._sids):032x}"

    def texts(self, number: str, body: str, **details: Any) -> str:
        """The person texts the line; returns the message's id once the gateway has answered."""
        sid = details.pop("sid", None) or self.new_sid()
        self.sandbox.text(body, number, sid=sid, wait=True, **details)
        return str(sid)

    def phone(self, number: str) -> Phone:
        """What the person's phone shows now."""
        shown = self.sandbox.phone(number)
        texts = [(m["direction"], Text(m["sid"], m["body"], m["status"])) for m in shown]
        return Phone(
            number,
            tuple(text for direction, text in texts if direction == "in"),
            tuple(text for direction, text in texts if direction == "out"),
        )

    def receives(self, number: str, count: int = 1, seconds: float = 60) -> tuple[Text, ...]:
        """Waits until the phone has received so many texts, and the line is at rest after them."""
        until(
            lambda: len(self.phone(number).received) >= count,
            lambda: f"{count} texts on {number}; jobs: {self.unsettled()}",
            seconds,
        )
        self.rests()
        return self.phone(number).received

    def rests(self, seconds: float = 60) -> None:
        """Waits until no job is due, running or put off for a moment, and no webhook on its way."""
        until(self._is_at_rest, lambda: f"rest; jobs: {self.live_jobs()}", seconds)

    def _is_at_rest(self) -> bool:
        waiting = self.sandbox.call("GET", "/sandbox/status")["webhooks_waiting"]
        return not waiting and not self.unsettled() and not self.live_jobs()

    def live_jobs(self) -> list[str]:
        """Jobs that are due or will be in moments, such as those that are tried again: by type.

        Not those of types that are paused.
        """
        question = (
            "SELECT type FROM jobs.jobs WHERE type NOT IN (SELECT type FROM jobs.paused_types)"
        )
        with psycopg.connect(self.databases["jobs"].admin, autocommit=True) as admin:
            return [row[0] for row in admin.execute(question)]

    def unsettled(self) -> dict[str, int]:
        """Jobs that are due, blocked or running, by type."""
        stats = self.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
        counts = {each.type: each.ready + each.running + each.blocked for each in stats}
        return {name: count for name, count in counts.items() if count}

    def subscribes(self, number: str, **details: Any) -> dict[str, Any]:
        """The person pays on the checkout page."""
        answer: dict[str, Any] = self.sandbox.post("/sandbox/subscribe", phone=number, **details)
        return answer

    def pays_on(self, link: str) -> None:
        """The person presses the button on the checkout page behind a link."""
        urllib.request.urlopen(urllib.request.Request(link, method="POST", data=b"")).close()

    def burns_out(self, number: str, days: float, score: float = 85, local_hour: int = 12) -> str:
        """A subscriber whose last text is so many days old, and what is known of them.

        local_hour: what the clock shows where they are, whenever the story runs. Their id.
        """
        self.subscribes(number)
        self.receives(number)
        user_id, now = self.user_id(number), datetime.now(UTC)
        contact = profile.RecordContactRequest(
            user_id=user_id,
            direction=profile.ContactDirection.CONTACT_DIRECTION_INBOUND,
            time=timestamp(now - timedelta(days=days)),
        )
        self.profile.RecordContact(contact)
        self.profile.RecordBurnoutScore(
            profile.RecordBurnoutScoreRequest(
                user_id=user_id,
                score=score,
                source=profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN,
                request_key=f"score:{user_id}",
            )
        )
        east = (local_hour - now.hour + 11) % 24 - 11  # -11 to 12; the zones' signs are inverted
        self.lives_in(number, f"Etc/GMT{-east:+d}" if east else "Etc/GMT")
        return user_id

    def lives_in(self, number: str, time_zone: str) -> None:
        """The person told us where they are."""
        self.profile.UpdateProfile(
            profile.UpdateProfileRequest(
                profile=profile.Profile(user_id=self.user_id(number), time_zone=time_zone),
                update_mask=FieldMask(paths=["time_zone"]),
            )
        )

    def ticks(self, sweep: str) -> None:
        """A schedule fires, and what follows is done as far as it is due."""
        payload = JobPayload()
        getattr(payload, sweep).SetInParent()
        self.asks_for(payload)

    def asks_for(self, payload: JobPayload) -> str:
        """A workflow asks for this job, which is run as far as it is due; its key."""
        key = f"story:{next(self._sids)}"
        request = jobs.EnqueueJobRequest(job=jobs.NewJob(key=key, payload=payload))
        self.worker_jobs.EnqueueJob(request)
        self.rests()
        return key

    @contextmanager
    def later(self, **length: float) -> Iterator[None]:
        """So much time has passed, for profile."""
        self.parts.profile_clock.ahead = timedelta(**length)
        try:
            yield
        finally:
            self.parts.profile_clock.ahead = timedelta()

    def user_id(self, number: str) -> str:
        """The person's id."""
        request = identity.GetUserByPhoneRequest(phone_number=number)
        return self.identity.GetUserByPhone(request).user.user_id

    def is_known(self, number: str) -> bool:
        """Whether identity knows the person."""
        return _is_found(lambda: self.user_id(number), "USER_NOT_FOUND")

    def profile_of(self, number: str) -> profile.Profile:
        """What is known of the person."""
        request = profile.GetProfileRequest(user_id=self.user_id(number))
        return self.profile.GetProfile(request).profile

    def transcript(self, number: str) -> list[conversation.Message]:
        """Everything that was said, oldest first."""
        request = conversation.ListMessagesRequest(user_id=self.user_id(number), page_size=1000)
        return list(reversed(self.operator_conversation.ListMessages(request).messages))

    def jobs_of_type(
        self, job_type: str, state: jobs.JobState.ValueType = jobs.JOB_STATE_UNSPECIFIED
    ) -> list[jobs.Job]:
        """Jobs as ListJobs shows them."""
        request = jobs.ListJobsRequest(type=job_type, state=state, page_size=1000)
        return list(self.jobs.ListJobs(request).jobs)

    def job(self, key: str) -> jobs.Job:
        """One job by its key."""
        return self.jobs.GetJob(jobs.GetJobRequest(key=key)).job

    def has_job(self, key: str) -> bool:
        """Whether there is a job with this key."""
        return _is_found(lambda: self.job(key), "JOB_NOT_FOUND")

    # -- providers and parts ------------------------------------------------------------------

    @property
    def sandbox(self) -> RunningSandbox:
        """The providers."""
        return self.parts.sandbox

    def fault(self, provider: str, kind: str, **details: Any) -> None:
        """Makes a provider go wrong; `clear_faults` ends it."""
        self.sandbox.fault(provider, kind, **details)

    def clear_faults(self) -> None:
        """Everything works again."""
        self.sandbox.call("DELETE", "/sandbox/faults")

    def mend(self) -> None:
        """Ends every fault and makes every wire whole."""
        self.clear_faults()
        for name in SERVICES:
            self.parts.wire(name, "whole")

    @contextmanager
    def without(self, *names: str, jammed: bool = False) -> Iterator[None]:
        """Cuts the workers off from these services, or makes them hang."""
        for name in names:
            self.parts.wire(name, "jammed" if jammed else "cut")
        try:
            yield
        finally:
            for name in names:
                self.parts.wire(name, "whole")

    @contextmanager
    def worker(self, **settings: Any) -> Iterator[None]:
        """Another worker with other settings instead of the usual one."""
        self.parts.stop_worker()
        self.parts.start_worker(**settings)
        try:
            yield
        finally:
            self.parts.stop_worker()
            self.parts.start_worker()

    @contextmanager
    def off(self, *, back_after: timedelta) -> Iterator[None]:
        """The whole line is off, and for those who come back so much time has passed."""
        self.parts.stop_everything()
        try:
            yield
        finally:
            self.parts.start_everything(clock=Ahead(back_after))
            self.connects_again()

    def connects_again(self) -> None:
        """After services were away: the old channels wait up to a second between attempts."""
        self._connect()
        self.jobs.GetQueueStats(jobs.GetQueueStatsRequest(), wait_for_ready=True, timeout=60)

    def reconciles(self) -> dict[str, str]:
        """One pass over each provider, as its schedule asks for it; what each ended in."""
        queue = JobsServiceStub(self._channel("jobs", "worker"))
        ticks = {
            "reconcile_twilio": JobPayload(reconcile_twilio=ReconcileTwilio()),
            "reconcile_stripe": JobPayload(reconcile_stripe=ReconcileStripe()),
        }
        for name, payload in ticks.items():
            key = f"schedule:{name}:{next(self._passes)}"
            request = jobs.EnqueueJobRequest(job=jobs.NewJob(key=key, payload=payload))
            queue.EnqueueJob(request, wait_for_ready=True, timeout=60)
        self.rests()
        return {
            name: self.jobs.GetLastResult(jobs.GetLastResultRequest(type=name)).result
            for name in ticks
        }

    # -- operators ----------------------------------------------------------------------------

    def make_operator(self, number: str, role: identity.Role.ValueType) -> str:
        """A person with a role and a certificate of their own; returns their id."""
        user = self.identity.EnsureUser(identity.EnsureUserRequest(phone_number=number)).user
        self.parts.grant(user.user_id, role)
        issue(self.parts.certificates, "operator", f"respite://user/{user.user_id}", ["localhost"])
        return user.user_id

    def operator_environment(self, home: Path) -> dict[str, str]:
        """Where the line is and who asks, for commands of the operator's. home: an empty folder."""
        addresses = {
            f"{name.upper()}_ADDRESS": f"dns:///localhost:{self.parts.ports[name]}"
            for name in SERVICES
        }
        return {
            **addresses,
            "RESPITE_HOME": str(home),
            "TLS_DIR": str(self.parts.certificates),
            "GATEWAY_METRICS_PORT": str(self.parts.gateway_metrics_port),
        }

    def channel_as(self, service: str, name: str) -> grpc.Channel:
        """A channel to a service with the certificate of this name."""
        return self._channel(service, name)

    def _channel(self, service: str, name: str) -> grpc.Channel:
        files = TlsFiles.of(self.parts.certificates, name)
        full = f"{service}.v1.{service.capitalize()}Service"
        return channel(f"dns:///localhost:{self.parts.ports[service]}", files, service=full)

    def called(self, service: str) -> Mapping[str, int]:
        """How often each method of a service was called since the world began."""
        return self.parts.calls(service)

    def calls_during(self, deed: Callable[[], object]) -> Mapping[str, int]:
        """Methods of all services that a deed made the workers call, with their counts."""
        names = ("identity", "profile", "conversation", "billing")
        before = {name: dict(self.called(name)) for name in names}
        deed()
        return {
            f"{name}.{method}": count - before[name].get(method, 0)
            for name in names
            for method, count in self.called(name).items()
            if count > before[name].get(method, 0)
        }

    def close(self) -> None:
        """Ends everything."""
        self.parts.close()
        self.databases.close()
        self._home.cleanup()


def _is_found(look: Callable[[], object], reason: str) -> bool:
    try:
        look()
    except grpc.RpcError as error:
        if refusal_of(error).reason == reason:
            return False
        raise
    return True
