"""The worker process: `respite serve worker`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import re
import socket
import uuid
import zoneinfo
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, ClassVar, Literal

import uvloop
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from kit.clock import Clock
from kit.logging import get_logger
from kit.process import async_stop_event_on_signals, expect_many_objects
from kit.settings import FileMayBeEmpty, Secrets, Words
from kit.telemetry import HealthServer
from respite.settings import BaseUrl, ProcessSettings
from respite.starting import begin
from respite.worker_channels import Channels, open_channels
from services.jobs.agent.model import Model
from services.jobs.agent.offline import OfflineAgent
from services.jobs.agent.openai_agent import OpenAIAgent
from services.jobs.agent.turn import Agent
from services.jobs.carrier import Carrier, TwilioCarrier
from services.jobs.types import JOB_TYPES
from services.jobs.worker.alarm import Alarm
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import Queue
from services.jobs.worker.slots import Slots
from services.jobs.worker.worker import Worker
from services.jobs.workflows.clients.billing import Billing
from services.jobs.workflows.clients.conversation import Conversation
from services.jobs.workflows.clients.identity import Identity
from services.jobs.workflows.clients.profile import Profile
from services.jobs.workflows.context import Context, Rules, Running
from services.jobs.workflows.numbers import person_number
from services.jobs.workflows.outcome import Later, Outcome
from services.jobs.workflows.stalls import Stalls
from services.jobs.workflows.table import WORKFLOWS

log = get_logger(__name__)

_WEBHOOK = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)

UNKNOWN_TYPE_AGAIN_AFTER = timedelta(seconds=30)
"""A job of a type that only a newer version knows is left to a newer worker."""


class WorkerSettings(ProcessSettings):
    """What a worker is told by its environment. Times are seconds."""

    process: ClassVar[str] = "worker"

    worker_metrics_port: int = Field(9056, ge=0, le=65535)
    worker_slots: int = Field(64, ge=12, le=4000)
    # Off only to measure what it saves, see kit.gatherer.
    worker_gather_calls: bool = True
    worker_grace_seconds: float = Field(20.0, gt=0)

    identity_address: str = "dns:///localhost:50051"
    profile_address: str = "dns:///localhost:50052"
    conversation_address: str = "dns:///localhost:50053"
    billing_address: str = "dns:///localhost:50054"
    jobs_address: str = "dns:///localhost:50055"

    public_url: BaseUrl = "http://localhost:8080"
    twilio_account_sid: str
    # The first of several signs our calls; the others are being replaced.
    twilio_auth_token: Secrets = Field(min_length=1)
    twilio_from_number: str = ""
    twilio_messaging_service_sid: str = Field("", validate_default=True)

    openai_api_key: Annotated[SecretStr | None, FileMayBeEmpty()] = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-5-mini"
    # Whether the model may report what the rules took for no crisis.
    assistant_reports_crises: bool = True

    free_answers: int = Field(5, ge=0)
    access_policy: Literal["gated", "open"] = "gated"
    default_time_zones: Words = ("America/New_York", "America/Los_Angeles")
    alert_webhook: Annotated[SecretStr | None, FileMayBeEmpty()] = None
    alert_phones: Words = ()

    @field_validator("twilio_messaging_service_sid")
    @classmethod
    def _texts_have_a_sender(cls, value: str, others: ValidationInfo) -> str:
        if not value and not others.data.get("twilio_from_number"):
            raise ValueError("is not set, and neither is TWILIO_FROM_NUMBER: set one")
        return value

    @field_validator("alert_webhook")
    @classmethod
    def _can_be_posted_to(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _WEBHOOK.match(value.get_secret_value()):
            raise ValueError("must be an address such as https://host/path")
        return value

    @field_validator("default_time_zones")
    @classmethod
    def _are_time_zones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= zoneinfo.available_timezones():
            raise ValueError("must be IANA time zones such as America/Chicago, at least one")
        return value

    @field_validator("alert_phones")
    @classmethod
    def _are_numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(person_number(each) != each for each in value):
            raise ValueError("must be numbers in E.164, such as +12025550101")
        return value

    def rules(self) -> Rules:
        """The numbers of the domain."""
        return Rules(
            free_answers=self.free_answers,
            gated=self.access_policy == "gated",
            default_time_zones=self.default_time_zones,
        )


@contextlib.asynccontextmanager
async def open_carrier(settings: WorkerSettings) -> AsyncIterator[Carrier]:
    """Twilio, or the sandbox where an address of it is set."""
    carrier = TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token[0].get_secret_value(),
        sender=settings.twilio_messaging_service_sid or settings.twilio_from_number,
        status_url=settings.public_url.rstrip("/") + "/twilio/status",
        base_url=settings.twilio_base_url,
    )
    try:
        yield carrier
    finally:
        await carrier.close()


@contextlib.asynccontextmanager
async def open_agent(settings: WorkerSettings) -> AsyncIterator[Agent]:
    """The model where there is a key, else the rules."""
    offline = OfflineAgent()
    if settings.openai_api_key is None:
        log.info("agent_offline", reason="OPENAI_API_KEY is not set")
        yield offline
        return
    model = Model.connect(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        name=settings.openai_model,
    )
    try:
        yield OpenAIAgent(model, offline, reports=settings.assistant_reports_crises)
    finally:
        await model.close()


async def run_worker(
    settings: WorkerSettings,
    channels: Channels,
    carrier: Carrier,
    agent: Agent,
    stop: asyncio.Event,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
) -> None:
    """Runs jobs until `stop`, then drains. clock: domain time, by default that of the settings."""
    own = settings.clock()
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    queue = Queue(channels.jobs, name, lambda: own.ahead)
    slots = Slots(settings.worker_slots, JOB_TYPES)
    # Half the places of urgent jobs are left to texts that need no service.
    stalls = Stalls(slots.free("urgent") // 2)
    idle = _idle_context(settings, channels, carrier, agent, queue, stalls, clock or own)
    worker = Worker(queue, slots, partial(_run_job, idle, queue))
    health = HealthServer(
        settings.bind_host,
        settings.worker_metrics_port,
        lambda: worker.ready,
        registry=registry,
        variable="WORKER_METRICS_PORT",
    )
    health.start()
    try:
        await worker.run(stop, timedelta(seconds=settings.worker_grace_seconds))
    finally:
        health.stop()


def _idle_context(
    settings: WorkerSettings,
    channels: Channels,
    carrier: Carrier,
    agent: Agent,
    queue: Queue,
    stalls: Stalls,
    clock: Clock,
) -> Context:
    """What every workflow gets, before there is a job."""
    webhook = settings.alert_webhook.get_secret_value() if settings.alert_webhook else None
    gather = settings.worker_gather_calls
    return Context(
        identity=Identity(channels.identity, gather),
        profile=Profile(channels.profile, gather),
        conversation=Conversation(channels.conversation, gather),
        billing=Billing(channels.billing, gather),
        carrier=carrier,
        agent=agent,
        offline=OfflineAgent(),
        alarm=Alarm(carrier, webhook, settings.alert_phones),
        clock=clock,
        rules=settings.rules(),
        stalls=stalls,
        enqueue=queue.enqueue,
        prune=queue.prune,
        offer=queue.offer,
        last_result=queue.last_result,
        stop_sends=queue.stop_sends,
        erase_jobs=queue.erase_jobs,
        job=Running("", "", 0, False, datetime.min.replace(tzinfo=UTC), timedelta),
    )


async def _run_job(idle: Context, queue: Queue, lease: Lease) -> Outcome:
    job = lease.job.job
    workflow = WORKFLOWS.get(job.type)
    if workflow is None:
        return Later(UNKNOWN_TYPE_AGAIN_AFTER, "UNKNOWN_TYPE")
    running = Running(
        key=job.key,
        token=f"{job.job_id}#{lease.job.claim}",
        attempt=job.attempt,
        repeated=lease.job.claim > 1,
        accepted_time=queue.domain_time(job.create_time),
        time_left=lease.left,
    )
    return await workflow(getattr(job.payload, job.type), dataclasses.replace(idle, job=running))


async def _main(settings: WorkerSettings) -> None:
    stop = async_stop_event_on_signals()
    async with (
        open_channels(settings) as channels,
        open_carrier(settings) as carrier,
        open_agent(settings) as agent,
    ):
        await run_worker(settings, channels, carrier, agent, stop)
    log.info("worker_stopped")


def main() -> None:
    """Runs a worker until SIGTERM. Raises CannotListen, CertificateProblem."""
    expect_many_objects()
    settings = begin(WorkerSettings)
    uvloop.run(_main(settings))
