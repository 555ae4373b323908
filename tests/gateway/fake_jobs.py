"""A jobs service on a real socket that remembers what it was given."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from kit.tls import TlsFiles, server_credentials
from protos.jobs.v1.jobs_pb2 import (
    EnqueuedJob,
    EnqueueJobRequest,
    EnqueueJobResponse,
    EnqueueJobsRequest,
    EnqueueJobsResponse,
    EnqueueResult,
    ItemStatus,
    NewJob,
)

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class FakeJobs:
    """The calls that a gateway makes; stores each key once.

    Told to, it refuses: all, or the jobs of some keys; or leaves its callers waiting.
    batches: how many jobs each call for many brought.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None
        self.port = 0
        self.reset()

    def reset(self) -> None:
        self.jobs: dict[str, NewJob] = {}
        self.calls = 0
        self.batches: list[int] = []
        self.refused: dict[str, grpc.StatusCode] = {}
        self.refuse_with: grpc.StatusCode | None = None
        self.answers = threading.Event()
        self.answers.set()

    def start(self) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=8), options=(("grpc.so_reuseport", 0),)
        )
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "EnqueueJob": grpc.unary_unary_rpc_method_handler(
                self._enqueue, EnqueueJobRequest.FromString, EnqueueJobResponse.SerializeToString
            ),
            "EnqueueJobs": grpc.unary_unary_rpc_method_handler(
                self._enqueue_many,
                EnqueueJobsRequest.FromString,
                EnqueueJobsResponse.SerializeToString,
            ),
        }
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("jobs.v1.JobsService", handlers),)
        )
        credentials = server_credentials(self._files)
        self.port = self._server.add_secure_port(f"127.0.0.1:{self.port}", credentials)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self.answers.set()
            self._server.stop(0).wait()
            self._server = None

    def _enqueue(
        self, request: EnqueueJobRequest, context: grpc.ServicerContext
    ) -> EnqueueJobResponse:
        [result] = self._stored([request.job], context)
        if result.HasField("error"):
            context.abort(_CODES[result.error.code], result.error.message)
        return EnqueueJobResponse(job=result.job)

    def _enqueue_many(
        self, request: EnqueueJobsRequest, context: grpc.ServicerContext
    ) -> EnqueueJobsResponse:
        self.batches.append(len(request.jobs))
        return EnqueueJobsResponse(results=self._stored(request.jobs, context))

    def _stored(self, jobs: Sequence[NewJob], context: grpc.ServicerContext) -> list[EnqueueResult]:
        with self._lock:
            self.calls += 1
            if self.refuse_with is not None:
                context.abort(self.refuse_with, "told to")
            results = [self._store(job) for job in jobs]
        # Stored, and yet no answer: the worst moment for a caller to be left alone.
        self.answers.wait(30)
        return results

    def _store(self, job: NewJob) -> EnqueueResult:
        if (code := self.refused.get(job.key)) is not None:
            error = ItemStatus(code=code.value[0], reason="TOLD_TO", message="told to")
            return EnqueueResult(error=error)
        created = job.key not in self.jobs
        self.jobs.setdefault(job.key, job)
        number = list(self.jobs).index(job.key) + 1
        return EnqueueResult(job=EnqueuedJob(job_id=number, created=created))

    @property
    def only(self) -> NewJob:
        (job,) = self.jobs.values()
        return job
