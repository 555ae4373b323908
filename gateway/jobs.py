"""The way to the jobs service."""

from __future__ import annotations

from http import HTTPStatus

import grpc

from clients.jobs import JobsClient
from gateway.post import Refused, malformed
from kit.refusals import refusal_of
from protos.jobs.v1.jobs_pb2 import NewJob


class JobQueue:
    """Stores jobs; posts that come at the same time share a call, and nothing else.

    timeout: seconds for one job, everything included: connecting, waiting and trying again. With
    what the gateway itself needs it has to stay inside the 5 s that a provider is kept waiting.
    """

    def __init__(self, client: JobsClient, timeout: float) -> None:
        self._client = client
        self._timeout = timeout

    async def enqueue(self, job: NewJob) -> bool:
        """Returns after the commit: True where this call stored the job, False for a known key.

        Raises Refused: 400 where the jobs service finds fault with the job, so that no retry would
        help, otherwise 503, and the provider will try again.
        """
        try:
            enqueued = await self._client.enqueue(job, timeout=self._timeout)
        except grpc.RpcError as error:
            refusal = refusal_of(error)
            if refusal.code is grpc.StatusCode.INVALID_ARGUMENT:
                raise malformed("refused_by_jobs") from error
            raise NotStored(refusal.reason.lower()) from error
        return enqueued.created


class NotStored(Refused):
    """The job is not known to be durable, so nothing is acknowledged."""

    def __init__(self, reason: str) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, reason)
