"""The channels through which a worker talks to the services."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
from prometheus_client import REGISTRY, CollectorRegistry

from kit.channel import aio_channel
from protos.billing.v1 import billing_pb2
from protos.conversation.v1 import conversation_pb2
from protos.identity.v1 import identity_pb2
from protos.jobs.v1 import jobs_pb2
from protos.profile.v1 import profile_pb2
from respite.settings import ProcessSettings


@dataclass(frozen=True, slots=True)
class Channels:
    """One channel to each service. Tests put something between a worker and its services here."""

    identity: grpc.aio.Channel
    profile: grpc.aio.Channel
    conversation: grpc.aio.Channel
    billing: grpc.aio.Channel
    jobs: grpc.aio.Channel


ONCE = frozenset(
    {
        "ClaimJobs",
        "SyncCustomer",
        "FindCustomer",
        "LookUpAccess",
        "CreateCheckoutSession",
        "CreatePortalSession",
        "ListUndeliveredEvents",
    }
)
"""Calls that a channel does not repeat: a claim whose answer was lost is given back, and when to
ask Stripe again is the job's say."""

_SERVICES = {
    name: module.DESCRIPTOR.services_by_name[f"{name.capitalize()}Service"]
    for name, module in (
        ("identity", identity_pb2),
        ("profile", profile_pb2),
        ("conversation", conversation_pb2),
        ("billing", billing_pb2),
        ("jobs", jobs_pb2),
    )
}


@contextlib.asynccontextmanager
async def open_channels(
    settings: ProcessSettings, registry: CollectorRegistry = REGISTRY
) -> AsyncIterator[Channels]:
    """The channels of a worker, whose settings have an address for each; closed at the end."""

    def to(name: str) -> grpc.aio.Channel:
        service = _SERVICES[name]
        return aio_channel(
            getattr(settings, f"{name}_address"),
            settings.tls_files(),
            service=service.full_name,
            idempotent_methods=[each for each in service.methods_by_name if each not in ONCE],
            registry=registry,
        )

    opened = {name: to(name) for name in _SERVICES}
    for channel in opened.values():
        # Now, not at the first call: a crisis gives the ledger 300 ms, handshakes included.
        channel.get_state(try_to_connect=True)
    try:
        yield Channels(**opened)
    finally:
        for channel in opened.values():
            await channel.close()
