"""A jobs service on a real socket that remembers what it was given."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc

from kit.tls import TlsFiles, server_credentials
from protos.jobs.v1.jobs_pb2 import EnqueuedJob, EnqueueJobRequest, EnqueueJobResponse, NewJob


class FakeJobs:
    """The one call that a gateway makes; stores each key once.

    Told to, it refuses, or leaves its callers waiting.
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
        self.refuse_with: grpc.StatusCode | None = None
        self.answers = threading.Event()
        self.answers.set()

    def start(self) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=8), options=(("grpc.so_reuseport", 0),)
        )
        enqueue = grpc.unary_unary_rpc_method_handler(
            self._enqueue, EnqueueJobRequest.FromString, EnqueueJobResponse.SerializeToString
        )
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("jobs.v1.JobsService", {"EnqueueJob": enqueue}),)
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
        with self._lock:
            self.calls += 1
            if self.refuse_with is not None:
                context.abort(self.refuse_with, "told to")
            created = request.job.key not in self.jobs
            self.jobs.setdefault(request.job.key, request.job)
            number = list(self.jobs).index(request.job.key) + 1
        # Stored, and yet no answer: the worst moment for a caller to be left alone.
        self.answers.wait(30)
        return EnqueueJobResponse(job=EnqueuedJob(job_id=number, created=created))

    @property
    def only(self) -> NewJob:
        (job,) = self.jobs.values()
        return job
