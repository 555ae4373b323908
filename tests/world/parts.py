"""Every process of the system, started in this one: the real servers, on real sockets."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from kit.certificates import issue, make_ca
from kit.clock import Clock, SystemClock
from kit.database import Database
from protos.identity.v1 import identity_pb2 as identity
from respite import billing, conversation, gateway, profile
from respite import identity as identity_process
from respite import jobs as jobs_process
from respite import worker as worker_process
from respite.service import ServiceProcess
from respite.worker_channels import open_channels
from services.identity import model as identity_model
from services.identity.user import Role
from tests.databases import Databases
from tests.ports import free_port
from tests.sandbox.running import RunningSandbox
from tests.world.loop import Loop
from tests.world.waiting import until
from tests.world.wire import State, Wire

SERVICES = ("identity", "profile", "conversation", "billing", "jobs")
NAMES = (*SERVICES, "worker", "gateway")

SEGMENTS_PER_SECOND = 20
"""That the line's number may send."""


class ShiftedClock:
    """The machine's clock, so far ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC) + self.ahead


class Parts:
    """The processes, the wires from the workers to the services, and how to stop and start them."""

    def __init__(self, home: Path, databases: Databases) -> None:
        self.loop = Loop()
        self.clock = SystemClock()
        self.profile_clock = ShiftedClock()
        self.certificates = home / "certs"
        self._databases = databases
        make_ca(self.certificates)
        for name in (*NAMES, "sandbox"):
            issue(self.certificates, name, f"respite://service/{name}")
        self._registries = {name: CollectorRegistry() for name in NAMES}
        self.ports: dict[str, int] = {name: free_port() for name in (*SERVICES, "gateway")}
        self.gateway_metrics_port = free_port()
        self.public_url = f"http://localhost:{self.ports['gateway']}"
        self.sandbox = RunningSandbox(
            self.public_url, public_url=self.public_url, stripe_retry_seconds=(0.2,) * 30
        )
        self._wires: dict[str, Wire] = {}
        self._services = self._start_services()
        self._jobs = _OnLoop(self.loop)
        self._jobs.start(lambda stop: self._jobs_process().run(stop))
        self._gateway = _OnLoop(self.loop)
        self._gateway.start(lambda stop: self._gateway_process().run(stop))
        self._worker = _OnLoop(self.loop)
        self._start_wires()
        self.start_worker()

    # -- settings -----------------------------------------------------------------------------

    def _common(self, name: str) -> dict[str, Any]:
        urls = {f"{each}_address": f"dns:///localhost:{self.ports[each]}" for each in SERVICES}
        values: dict[str, Any] = {"tls_dir": self.certificates, f"{name}_metrics_port": 0, **urls}
        if name in SERVICES:
            values[f"{name}_port"] = self.ports[name]
            values[f"{name}_database_url"] = self._databases[name].writer
            values[f"{name}_reader_database_url"] = self._databases[name].reader
        return values

    def _twilio(self) -> dict[str, Any]:
        told = self.sandbox.settings
        return {
            "public_url": self.public_url,
            "twilio_account_sid": told.account_sid,
            "twilio_auth_token": told.auth_tokens,
        }

    def _start_services(self) -> list[ServiceProcess]:
        told = self.sandbox.settings
        stripe: dict[str, Any] = {
            "stripe_secret_key": told.stripe_secret_key,
            "stripe_price_id": told.price_id,
            "stripe_base_url": self.sandbox.url,
        }
        started = [
            identity_process.build(
                identity_process.IdentitySettings(
                    **self._common("identity"), suppression_key=SecretStr("never texted again")
                ),
                registry=self._registries["identity"],
            ),
            profile.build(
                profile.ProfileSettings(**self._common("profile")),
                clock=self.profile_clock,
                registry=self._registries["profile"],
            ),
            conversation.build(
                conversation.ConversationSettings(
                    # The stories of all files together may be more than an hour's texts.
                    **self._common("conversation"),
                    outbound_per_hour=1_000_000,
                    outbound_segments_per_second=SEGMENTS_PER_SECOND,
                ),
                registry=self._registries["conversation"],
            ),
            billing.build(
                billing.BillingSettings(**self._common("billing"), **stripe),
                registry=self._registries["billing"],
            ),
        ]
        for service in started:
            service.start()
        return started

    def _jobs_process(self) -> jobs_process.JobsProcess:
        settings = jobs_process.JobsSettings(
            **self._common("jobs"),
            schedules="off",
            # or no hostile caller would come past the refusal to move a line's clock
            development_clock=self.certificates.with_name("clock"),
            twilio_base_url=self.sandbox.url,
            stripe_base_url=self.sandbox.url,
        )
        return jobs_process.build(settings, registry=self._registries["jobs"])

    def _gateway_settings(self, port: int) -> gateway.GatewaySettings:
        return gateway.GatewaySettings(
            **self._common("gateway"),
            **self._twilio(),
            gateway_port=port,
            gateway_drain_beat_seconds=0,
            stripe_webhook_secret=tuple(map(SecretStr, self.sandbox.settings.webhook_secrets)),
            stripe_livemode=False,
        )

    def _gateway_process(self) -> gateway.Gateway:
        settings = self._gateway_settings(self.ports["gateway"]).model_copy(
            update={"gateway_metrics_port": self.gateway_metrics_port}
        )
        return gateway.build(settings, registry=self._registries["gateway"])

    def worker_settings(self, **changes: Any) -> worker_process.WorkerSettings:
        """What a worker is told; it reaches the services by the wires."""
        return worker_process.WorkerSettings(**self._worker_values(), **changes)

    def _worker_values(self) -> dict[str, Any]:
        told = self.sandbox.settings
        wires = {
            f"{name}_address": f"dns:///localhost:{wire.port}" for name, wire in self._wires.items()
        }
        return {
            **self._common("worker"),
            **wires,
            **self._twilio(),
            "twilio_base_url": self.sandbox.url,
            "twilio_from_number": told.from_number,
            "openai_api_key": told.openai_key,
            "openai_base_url": f"{self.sandbox.url}/v1",
            "worker_grace_seconds": 5,
        }

    def settings_for_a_process(self, *, model: bool = False) -> str:
        """The same as JSON, for a worker in a process of its own, secrets included.

        model: whether it asks one; the rules answer at once, and a process starts sooner with them.
        """
        values = self._worker_values()
        values["tls_dir"] = str(values["tls_dir"])
        if not model:
            del values["openai_api_key"]
        return json.dumps(values)

    # -- stopping and starting ----------------------------------------------------------------

    def start_worker(self, *, clock: Clock | None = None, **changes: Any) -> None:
        """A worker on the loop. clock: by default the machine's. changes: of its settings."""
        settings = self.worker_settings(**changes)

        async def run(stop: asyncio.Event) -> None:
            async with (
                open_channels(settings, CollectorRegistry()) as channels,
                worker_process.open_carrier(settings) as carrier,
                worker_process.open_agent(settings) as agent,
            ):
                await worker_process.run_worker(
                    settings,
                    channels,
                    carrier,
                    agent,
                    stop,
                    clock=clock,
                    registry=CollectorRegistry(),
                )

        self._worker.start(run)

    def stop_worker(self) -> None:
        """Lets the worker drain and end."""
        self._worker.stop()

    def stop_everything(self) -> None:
        """The whole line is off; only the providers go on."""
        self._gateway.stop()
        self._worker.stop()
        self._jobs.stop()
        self._stop_services()

    def _stop_services(self) -> None:
        """All at once: each waits a moment for whoever still believes that it is there."""
        with ThreadPoolExecutor(len(self._services)) as threads:
            list(threads.map(lambda service: service.stop(grace=1), self._services))

    def start_everything(self, *, clock: Clock | None = None) -> None:
        """The line is back, on the ports it had. clock: of the worker, by default the machine's."""
        self.start_all_but_the_worker()
        self.start_worker(clock=clock)

    def start_all_but_the_worker(self) -> None:
        """The line takes texts again, on the ports it had, and does nothing about them."""
        self._registries = {name: CollectorRegistry() for name in NAMES}
        self._services = self._start_services()
        self.start_jobs()
        self._gateway.start(lambda stop: self._gateway_process().run(stop))

    def stop_jobs(self) -> None:
        """The jobs service drains and ends."""
        self._jobs.stop()

    def start_jobs(self) -> None:
        """The jobs service is back, on the port it had."""
        self._jobs.start(lambda stop: self._jobs_process().run(stop))

    @contextmanager
    def second_gateway(self) -> Iterator[int]:
        """Another gateway beside the first; gives its port."""
        port = free_port()
        settings = self._gateway_settings(port)
        another = _OnLoop(self.loop)
        another.start(lambda stop: gateway.build(settings, registry=CollectorRegistry()).run(stop))
        try:
            yield port
        finally:
            another.stop()

    def wire(self, name: str, state: State) -> None:
        """What the workers' wire to a service is like from now on."""
        self.loop.run(self._wires[name].become(state))

    def _start_wires(self) -> None:
        for name in SERVICES:
            self._wires[name] = Wire(self.ports[name])
            self.loop.run(self._wires[name].start())

    def grant(self, user_id: str, role: identity.Role.ValueType) -> None:
        """Gives a role, as `respite grant-admin` does."""
        urls = self._databases["identity"]
        database = Database("identity", urls.writer, urls.reader)
        word = identity.Role.Name(role).removeprefix("ROLE_").lower()
        with database.writer() as db:
            identity_model.grant_role(db, UUID(user_id), Role(word), self.clock.now())
        database.dispose()

    def calls(self, service: str) -> Mapping[str, int]:
        """How often each method of a service was answered, by its own metrics."""
        counts: dict[str, int] = {}
        for metric in self._registries[service].collect():
            for sample in metric.samples:
                if sample.name == "respite_rpc_server_handled_total":
                    method = sample.labels["method"]
                    counts[method] = counts.get(method, 0) + int(sample.value)
        return counts

    def close(self) -> None:
        """Ends everything, those who call before those who answer."""
        self._gateway.stop()
        self._worker.stop()
        for wire in self._wires.values():
            self.loop.run(wire.close())
        self._jobs.stop()
        self._stop_services()
        self.sandbox.stop()
        self.loop.close()


class _OnLoop:
    """One asynchronous process that can be stopped and started again."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._stop: asyncio.Event | None = None
        self._ended = threading.Event()
        self._ended.set()
        self._error: BaseException | None = None

    def start(self, run: Any) -> None:
        """run: given the event that stops it."""
        self._ended.clear()
        self._error = None

        async def begin() -> asyncio.Event:
            stop = asyncio.Event()
            task = asyncio.create_task(run(stop))
            task.add_done_callback(self._on_end)
            return stop

        self._stop = self._loop.run(begin())

    def _on_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._error = task.exception()
        self._ended.set()

    def stop(self) -> None:
        """Waits for its end; raises what it died of."""
        if self._stop is None:
            return
        stop = self._stop
        self._stop = None

        async def tell() -> None:
            stop.set()

        self._loop.run(tell())
        until(self._ended.is_set, "a process to end")
        if self._error is not None:
            raise self._error
