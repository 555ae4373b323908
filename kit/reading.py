"""Bytes that are no request are refused like any other bad input, and after access.

grpcio reads a request before any interceptor's behaviour runs, and answers INTERNAL itself where
that fails: to callers who may not call at all, uncounted, and as if the fault were ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError

from kit.interception import AsyncGuard, Context, Deserializer, Interceptor
from kit.refusals import Refusal


class MalformedRequest(Refusal):
    """The request's bytes are no message of the type that this method takes."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class _Malformed:
    """Stands for a request that could not be read, until the method's turn comes."""


_MALFORMED: Final = _Malformed()


class ReadingInterceptor(Interceptor):
    """Refuses what cannot be read, on a thread-pool server. Stands innermost, behind access."""

    def deserializer(self, inner: Deserializer) -> Deserializer:
        """See Interceptor."""
        return _tolerant(inner)

    @contextmanager
    def around(self, method: str, request: Any, context: Context) -> Iterator[None]:
        """Raises MalformedRequest."""
        _refuse_malformed(request)
        yield


class AsyncReadingInterceptor(AsyncGuard):
    """Refuses what cannot be read, on an asyncio server. Stands innermost, behind access."""

    def deserializer(self, inner: Deserializer) -> Deserializer:
        """See Interceptor."""
        return _tolerant(inner)

    async def admit(self, method: str, request: Any, context: Context) -> None:
        """Raises MalformedRequest."""
        _refuse_malformed(request)


def _tolerant(inner: Deserializer) -> Deserializer:
    def read(sent: bytes) -> Any:
        try:
            return inner(sent)
        except DecodeError:
            return _MALFORMED

    return read


def _refuse_malformed(request: Any) -> None:
    if request is _MALFORMED:
        raise MalformedRequest
