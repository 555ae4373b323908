"""No queue: what is left of Respite's calls where the service does nothing (bench.stubbed_jobs)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.peers.adapters.respite_queue import RespiteQueue


class GrpcAloneQueue(RespiteQueue):
    """The same callers and the same worker; for enqueueing and latency alone."""

    has_bulk = False
    note = "grpc.aio with mutual TLS and no more: nothing is stored"

    def set_up(self) -> None:
        """Has no tables."""

    @contextmanager
    def replica(self, **ports: str) -> Iterator[int]:
        """Runs what answers in the service's place."""
        with self.stack.running_instead("jobs", "bench.stubbed_jobs", **ports) as pid:
            yield pid


SYSTEM = GrpcAloneQueue()
