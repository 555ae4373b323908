"""Refusals: how a handler says no, how the wire carries it, how a client reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from kit.interception import AsyncInterceptor, Context, Interceptor
from kit.logging import describe_error, get_logger

log = get_logger(__name__)

DETAILS_KEY = "grpc-status-details-bin"


class Refusal(Exception):
    """The request was refused.

    A subclass is one published refusal: its name in UPPER_SNAKE is the `reason` on the wire, its
    docstring's first line is the sentence sent to the caller. Neither may hold personal data.

    metadata: facts for the caller's program, never text of a person.
    violations: pairs of field and what is wrong with it.
    retry_after: how long waiting may help.
    """

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.FAILED_PRECONDITION
    reason: ClassVar[str] = "REFUSAL"
    sentence: ClassVar[str] = "The request was refused."

    def __init_subclass__(cls) -> None:
        """Raises TypeError for a refusal without a sentence."""
        super().__init_subclass__()
        lines = (cls.__doc__ or "").strip().splitlines()
        if not lines:
            raise TypeError(f"{cls.__name__} needs a docstring: it is the sentence sent to callers")
        cls.sentence = lines[0].strip()
        cls.reason = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        violations: Sequence[tuple[str, str]] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(self.sentence)
        self.metadata: dict[str, str] = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after


class InvalidArgument(Refusal):
    """The request holds a value that cannot be accepted."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, field: str, description: str) -> None:
        super().__init__({"field": field}, violations=[(field, description)])


class StoreUnavailable(Refusal):
    """The data store cannot be reached right now; try again."""

    code = grpc.StatusCode.UNAVAILABLE

    def __init__(self, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(retry_after=retry_after)


class Internal(Refusal):
    """Something went wrong on our side; it has been recorded."""

    code = grpc.StatusCode.INTERNAL


def to_status(refusal: Refusal, domain: str) -> status_pb2.Status:
    """The refusal for the wire: exactly one ErrorInfo, then BadRequest and RetryInfo if it has any.

    domain: the concern that refuses, "profile".
    """
    status = status_pb2.Status(code=refusal.code.value[0], message=refusal.sentence)
    status.details.add().Pack(
        error_details_pb2.ErrorInfo(reason=refusal.reason, domain=domain, metadata=refusal.metadata)
    )
    if refusal.violations:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=name, description=description)
            for name, description in refusal.violations
        ]
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=violations))
    if refusal.retry_after is not None:
        delay = Duration()
        delay.FromTimedelta(refusal.retry_after)
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status


class RefusalInterceptor(Interceptor):
    """Speaks gRPC for the handlers of a thread-pool server: they raise, this answers.

    domain: the concern that refuses, for ErrorInfo.
    """

    def __init__(self, domain: str) -> None:
        super().__init__()
        self._domain = domain

    @contextmanager
    def around(self, method: str, request: Any, context: Context) -> Iterator[None]:
        """Turns what the handler raises into a status."""
        try:
            yield
        except Exception as error:
            if _is_grpcs_own(error):
                raise
            _abort(context, to_status(_refusal_for(error, method), self._domain))


class AsyncRefusalInterceptor(AsyncInterceptor):
    """Speaks gRPC for the handlers of an asyncio server: they raise, this answers.

    A cancelled call is no error: asyncio.CancelledError goes through untouched.
    """

    def __init__(self, domain: str) -> None:
        super().__init__()
        self._domain = domain

    def around(self, method: str, request: Any, context: Context) -> _Speaking:
        """Turns what the handler raises into a status."""
        return _Speaking(method, context, self._domain)


class _Speaking:
    """One call; written out, for a generator costs a call three times as much."""

    __slots__ = ("_context", "_domain", "_method")

    def __init__(self, method: str, context: Context, domain: str) -> None:
        self._method = method
        self._context = context
        self._domain = domain

    async def __aenter__(self) -> None:
        """There is nothing to say yet."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and not _is_grpcs_own(error):
            status = to_status(_refusal_for(error, self._method), self._domain)
            await _abort(self._context, status)


def _abort(context: Context, status: status_pb2.Status) -> Any:
    """Ends the call with this status: the only place that does. Raises, in aio when awaited."""
    trailing = (*(context.trailing_metadata() or ()), (DETAILS_KEY, status.SerializeToString()))
    context.set_trailing_metadata(trailing)
    return context.abort(_CODES[status.code], status.message)


_CODES = {code.value[0]: code for code in grpc.StatusCode}


def _is_grpcs_own(error: Exception) -> bool:
    """True for what grpcio raises into a handler to end it.

    A bare RpcError says that the caller went away while requests streamed in (the errors of
    client calls are subclasses), AbortError that grpcio's own health servicer has answered.
    """
    return type(error) is grpc.RpcError or isinstance(error, grpc.aio.AbortError)


def _refusal_for(error: Exception, method: str) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if _is_store_trouble(error):
        log.warning("store_unavailable", method=method, error=describe_error(error))
        return StoreUnavailable()
    log.error("call_failed", method=method, exc_info=error)
    return Internal()


def _is_store_trouble(error: Exception) -> bool:
    """True where PostgreSQL is away, too busy, or gave up the statement: waiting may help."""
    # Loaded by whoever has a database; who only reads refusals starts without them.
    import psycopg
    from sqlalchemy import exc as sqlalchemy_errors

    if isinstance(error, sqlalchemy_errors.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(
        error,
        sqlalchemy_errors.OperationalError
        | sqlalchemy_errors.TimeoutError
        | psycopg.OperationalError,
    )


@dataclass(frozen=True, slots=True)
class ReceivedRefusal:
    """A failed call as its caller sees it.

    reason: of the ErrorInfo, or the name of the code where the server sent no details (the
    connection broke, the deadline passed, the method is unknown).
    """

    reason: str
    domain: str
    code: grpc.StatusCode
    sentence: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str], ...] = ()
    retry_after: timedelta | None = None


def refusal_of(error: grpc.RpcError) -> ReceivedRefusal:
    """Reads what a failed call says; never raises, for errors of grpc and grpc.aio alike."""
    code = error.code() if isinstance(error, grpc.Call | grpc.aio.AioRpcError) else None
    code = code or grpc.StatusCode.UNKNOWN
    sentence = (error.details() if hasattr(error, "details") else None) or ""
    info = error_details_pb2.ErrorInfo()
    bad_request = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    for detail in _details_of(error):
        for message in (info, bad_request, retry):
            if detail.Is(message.DESCRIPTOR):
                with suppress(DecodeError):
                    detail.Unpack(message)
    return ReceivedRefusal(
        reason=info.reason or code.name,
        domain=info.domain,
        code=code,
        sentence=sentence,
        metadata=dict(info.metadata),
        violations=tuple((each.field, each.description) for each in bad_request.field_violations),
        retry_after=retry.retry_delay.ToTimedelta() if retry.HasField("retry_delay") else None,
    )


def _details_of(error: grpc.RpcError) -> Iterable[Any]:
    metadata: Iterable[Any] = (
        error.trailing_metadata() if hasattr(error, "trailing_metadata") else None
    ) or ()
    for key, value in metadata:
        if key == DETAILS_KEY:
            try:
                return tuple(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return ()
    return ()
