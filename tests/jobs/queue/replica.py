"""The jobs process as it runs, with mutual TLS, a clock of its own and roles from identity."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
from prometheus_client import CollectorRegistry

from kit.certificates import TlsFiles, issue, make_ca
from kit.database import Database
from kit.tls import channel_credentials
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from respite import identity
from respite.jobs import JobsSettings, build
from services.identity import model as people
from services.identity.phone_number import PhoneNumber
from services.identity.user import Role
from tests.databases import Databases, ServiceUrls
from tests.jobs.queue.vocabulary import Caller
from tests.ports import free_ports

NOBODY = "01936f6e-0000-7000-8000-000000000001"
"""An operator of whom identity knows nothing."""

NOWHERE = "dns:///localhost:1"
"""Where nothing answers."""


def make_certificates(folder: Path) -> Path:
    """A CA, a certificate for each process that calls jobs, and one for a stranger of an operator.

    Returns the folder."""
    make_ca(folder)
    for name in ("jobs", "identity", "worker", "gateway", "billing", "sandbox"):
        issue(folder, name, f"respite://service/{name}")
    issue(folder, "operator", f"respite://user/{NOBODY}")
    return folder


class Replica:
    """One jobs process on a thread of its own."""

    def __init__(
        self,
        urls: ServiceUrls,
        certificates: Path,
        *,
        identity_address: str = NOWHERE,
        **settings: Any,
    ) -> None:
        """settings: of JobsSettings; schedules are off unless they say otherwise."""
        [self.port] = free_ports(1)
        given: dict[str, Any] = {
            "tls_dir": certificates,
            "jobs_port": self.port,
            "jobs_metrics_port": 0,
            "jobs_database_url": urls.writer,
            "jobs_reader_database_url": urls.reader,
            "identity_address": identity_address,
            "schedules": "off",
        }
        self._settings = JobsSettings(**(given | settings))
        self._certificates = certificates
        self._channels: list[grpc.Channel] = []
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self.registry = CollectorRegistry()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stub(self, name: str, port: int | None = None) -> JobsServiceStub:
        """The replica as this holder of a certificate sees it. port: of a wire to it."""
        credentials = channel_credentials(TlsFiles.of(self._certificates, name))
        channel = grpc.secure_channel(f"localhost:{port or self.port}", credentials)
        self._channels.append(channel)
        grpc.channel_ready_future(channel).result(60)
        return JobsServiceStub(channel)

    def caller(self, operator: str = "operator") -> Caller:
        """What workers and this operator may do here."""
        return Caller(self.stub("worker"), self.stub(operator))

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric, 0 where it was never set."""
        return self.registry.get_sample_value(f"respite_jobs_{name}", labels) or 0

    def stop(self) -> None:
        """Drains it; harmless if it has ended."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive()
        for channel in self._channels:
            channel.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        process = build(self._settings, registry=self.registry, beat=0.05)
        self._loop.run_until_complete(process.run(self._stop))
        self._loop.close()


@contextmanager
def roles(databases: Databases, certificates: Path) -> Iterator[str]:
    """Identity's address; it knows one admin, who holds the certificate "admin"."""
    urls = databases["identity"]
    [port] = free_ports(1)
    process = identity.build(
        identity.IdentitySettings(
            tls_dir=certificates,
            identity_port=port,
            identity_metrics_port=0,
            identity_database_url=urls.writer,  # type: ignore[arg-type]
            identity_reader_database_url=urls.reader,  # type: ignore[arg-type]
            suppression_key="never texted again",  # type: ignore[arg-type]
        ),
        registry=CollectorRegistry(),
        beat=0.0,
    )
    process.start()
    database = Database("identity", urls.writer, urls.reader)
    issue(certificates, "admin", f"respite://user/{_admin(database)}")
    database.dispose()
    yield f"dns:///localhost:{port}"
    process.stop(0)


def _admin(database: Database) -> UUID:
    now = datetime.now(UTC)
    with database.writer() as db:
        user, _ = people.ensure_user(db, PhoneNumber.parse("+12025550199"), now)
        people.grant_role(db, user.user_id, Role.ADMIN, now)
    return user.user_id
