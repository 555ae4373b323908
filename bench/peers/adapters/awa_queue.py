"""Awa, whose engine is written in Rust."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import awa

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System


@dataclass
class Noop:
    """The payload, as awa wants it."""

    t: float
    sid: str
    sender: str
    recipient: str
    body: str


def _noop(job: Payload) -> Noop:
    return Noop(job["t"], job["sid"], job["from"], job["to"], job["body"])


class _Client(Client):
    def __init__(self, client: Any) -> None:
        self._client = client

    async def enqueue(self, job: Payload) -> None:
        await self._client.insert(_noop(job), queue="q")

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        await self._client.enqueue_many_copy([_noop(job) for job in jobs], queue="q")

    async def close(self) -> None:
        await self._client.close()


class AwaQueue(System):
    """Its queue-storage engine. What is outstanding cannot be told: a drain of it ends at the last
    handler, not at the last acknowledgement."""

    concurrency = 100
    note = "Rust engine with Python handlers, queue storage; bulk is enqueue_many_copy"

    def set_up(self) -> None:
        async def install() -> None:
            await awa.migrate(database.url())
            client = awa.AsyncClient(database.url())
            await client.install_queue_storage()
            await client.close()

        asyncio.run(install())

    async def connect(self, callers: int) -> Client:
        return _Client(awa.AsyncClient(database.url(), max_connections=callers))

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            client = awa.AsyncClient(database.url(), max_connections=20)

            @client.task(Noop, queue="q")
            async def noop(job: Any) -> None:
                sink.hit(job.args.t)

            await client.start([("q", concurrency)])
            await asyncio.Event().wait()

        asyncio.run(run())

    def outstanding(self) -> None:
        return None


SYSTEM = AwaQueue()
