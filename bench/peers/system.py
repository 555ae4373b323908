"""What a queue has to offer to be measured."""

from __future__ import annotations

import abc
import importlib
import random
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

Payload = dict[str, Any]


def payload() -> Payload:
    """What every job carries: about 300 bytes of JSON, as a webhook about a text has."""
    return {
        "t": time.time(),
        "sid": f"SM{random.getrandbits(128):032x}",
        "from": "+15550001111",
        "to": "+15552223333",
        "body": "x" * 190,
    }


class Unsupported(Exception):
    """The system has no such thing; the text says what."""


class Client(abc.ABC):
    """One process that enqueues."""

    @abc.abstractmethod
    async def enqueue(self, job: Payload) -> None:
        """Stores one job; returns when it is durable."""

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        """Stores many jobs by the system's own call for that. Raises Unsupported."""
        raise Unsupported("no bulk enqueue")

    async def enqueue_in_lanes(self, jobs: Sequence[Payload], lanes: Sequence[str]) -> None:
        """Stores many jobs, each in its lane: those of one lane run one at a time, in order. Their
        handler calls `sink.hit(payload["t"], "lane")`. Raises Unsupported."""
        raise Unsupported("no ordered lanes")

    @abc.abstractmethod
    async def close(self) -> None:
        """Gives back what `System.connect` took."""


class System(abc.ABC):
    """A queue. The handler of its jobs calls `sink.hit(payload["t"])` and does nothing else."""

    concurrency: ClassVar[int]
    """Jobs that one worker process holds at once, unless it is told another number."""
    note: ClassVar[str]
    """How it is set up, for readers of the figures."""
    has_bulk: ClassVar[bool] = True

    @abc.abstractmethod
    def set_up(self) -> None:
        """Makes its tables in the database, which is empty."""

    def serve(self, replicas: int) -> AbstractContextManager[Sequence[int]]:
        """Runs what stands between clients and database; gives its process ids. Libraries have
        nothing."""
        return nullcontext(())

    @abc.abstractmethod
    async def connect(self, callers: int) -> Client:
        """A client for so many concurrent callers."""

    @abc.abstractmethod
    def work(self, concurrency: int) -> None:
        """A worker process; never returns."""

    @abc.abstractmethod
    def outstanding(self) -> int | None:
        """How many due jobs are not settled; None where that cannot be told."""

    def grow(self, finished: int, scheduled: int) -> None:
        """Puts jobs that are done and jobs due tomorrow straight into the tables. Raises
        Unsupported."""
        raise Unsupported("no way to grow its tables")


OURS = ("respite", "respite_gathered", "grpc_alone")
PEERS = ("pgqueuer", "oban", "absurd", "procrastinate", "dbos", "chancy", "awa")
NAMES = (*OURS, *PEERS)


def system(name: str) -> System:
    """The system of that name. Raises ImportError where its package is not installed."""
    module = importlib.import_module(f"bench.peers.adapters.{name}_queue")
    made: System = module.SYSTEM
    return made
