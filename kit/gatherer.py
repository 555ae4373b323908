"""Concurrent one-item calls of a process travel together, in the method's batch twin.

A call costs as much as thirty rows of SQL, so what many callers ask at the same time is asked in
one call. Nobody waits for a window: when nothing is under way a call goes out at once, and what
comes meanwhile goes together when that has landed. Callers see only the one-item call.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from kit import tracing
from kit.batch import NoRoom
from kit.channel import DEADLINE_SECONDS
from kit.item_status import error_of, error_of_refusal
from kit.logging import describe_error, get_logger
from kit.refusals import Internal

log = get_logger(__name__)

RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT")
StubT = TypeVar("StubT")

Method = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How calls of one method are gathered.

    items, size: the most in one batch call, and the most bytes of their requests; what one answer
    may hold (4 MiB, `kit.channel`) divided by what one item may answer bounds the items too.
    flights: batch calls that are under way before the next callers wait for one to land.
    patience: seconds after which a call under way holds nobody back any longer: a replica that
    hangs must not stop a whole process.
    """

    items: int = 200
    size: int = 1024 * 1024
    flights: int = 1
    patience: float = 0.1


@dataclass(frozen=True, slots=True)
class Twin(Generic[RequestT, ResponseT]):
    """How one-item calls become one batch call, whose answer has `results` in request order.

    pack: the batch call's request. response: what the one-item call gives, of a result whose oneof
    `result` is not its `error`. alone: reasons of items that want to be called by themselves.
    """

    pack: Callable[[Sequence[RequestT]], Message]
    response: Callable[[Any], ResponseT]
    alone: frozenset[str] = frozenset()


def gather(
    stub: StubT,
    service: ServiceDescriptor,
    limits: Mapping[str, Limits] | None = None,
) -> StubT:
    """The stub, of a grpc.aio channel, whose methods with a batch twin now gather their calls.

    A twin is found by its contract: it takes `requests` of the one-item call and its name begins
    with Batch. limits: by name of the one-item method, where the usual ones do not fit.
    """
    for method in service.methods:
        requests = method.input_type.fields_by_name.get("requests")
        if not method.name.startswith("Batch") or requests is None:
            continue
        one = requests.message_type
        name = next(each.name for each in service.methods if each.input_type is one)
        twin: Twin[Any, Any] = Twin(
            pack=_packing(GetMessageClass(method.input_type)),
            response=attrgetter("response"),
            alone=frozenset({NoRoom.reason}),
        )
        gatherer = Gatherer(
            getattr(stub, name),
            getattr(stub, method.name),
            twin,
            domain=service.full_name.partition(".")[0],
            limits=(limits or {}).get(name, Limits()),
        )
        setattr(stub, name, gatherer)
    return stub


def _packing(kind: type[Message]) -> Callable[[Sequence[Message]], Message]:
    return lambda requests: kind(requests=requests)


@dataclass(eq=False, slots=True)
class _Waiter(Generic[RequestT, ResponseT]):
    """One caller: done when it is answered, has had its time, or went away.

    deadline: of the loop's clock. context: of the caller, for the trace that a call belongs to.
    """

    request: RequestT
    answer: asyncio.Future[ResponseT]
    deadline: float
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def give(self, response: ResponseT) -> None:
        if not self.answer.done():
            self.answer.set_result(response)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def expire(self) -> None:
        code = grpc.StatusCode.DEADLINE_EXCEEDED
        metadata = grpc.aio.Metadata()
        self.fail(grpc.aio.AioRpcError(code, metadata, metadata, "Deadline Exceeded"))


class Gatherer(Generic[RequestT, ResponseT]):
    """One method of a stub, called as the stub's is: `await gatherer(request, timeout=5)`.

    single, batch: the methods of the stub. domain: the concern, for the errors of single items.
    Belongs to one event loop, as its channel does.
    """

    def __init__(
        self,
        single: Method,
        batch: Method,
        twin: Twin[RequestT, ResponseT],
        *,
        domain: str,
        limits: Limits | None = None,
    ) -> None:
        self._single = single
        self._batch = batch
        self._twin = twin
        self._domain = domain
        self._limits = limits or Limits()
        self._waiting: deque[_Waiter[RequestT, ResponseT]] = deque()
        # Whoever has no answer yet, and the next time to look who has waited long enough.
        self._open: dict[_Waiter[RequestT, ResponseT], None] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf
        self._tasks: set[asyncio.Task[None]] = set()
        # The flights that have not had their patience yet.
        self._holding: set[asyncio.Task[None]] = set()

    async def __call__(self, request: RequestT, *, timeout: float | None = None) -> ResponseT:
        """Raises grpc.aio.AioRpcError as the one-item call does.

        timeout: seconds from now, waiting for a place included; None for the channel's default.
        Each caller gets an answer of its own call: equal requests are never taken for one.
        """
        loop = asyncio.get_running_loop()
        seconds = DEADLINE_SECONDS if timeout is None else timeout
        # Not _Waiter[…](…): typing makes that call take twice as long.
        waiter: _Waiter[RequestT, ResponseT] = _Waiter(
            request, loop.create_future(), loop.time() + seconds
        )
        self._open[waiter] = None
        if waiter.deadline < self._alarm_at:
            self._set_alarm(waiter.deadline)
        self._waiting.append(waiter)
        self._take_off()
        try:
            return await waiter.answer
        finally:
            del self._open[waiter]

    def _set_alarm(self, at: float) -> None:
        """For the first of the deadlines: a timer for each call would cost more than the call."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = None, at
        if at < math.inf:
            self._alarm = asyncio.get_running_loop().call_at(at, self._ring)

    def _ring(self) -> None:
        now = asyncio.get_running_loop().time()
        for waiter in self._open:
            if waiter.deadline <= now:
                waiter.expire()
        later = (waiter.deadline for waiter in self._open if waiter.deadline > now)
        self._set_alarm(min(later, default=math.inf))

    def _take_off(self) -> None:
        """Begins a flight if somebody waits and nothing holds it back.

        The flight boards when the loop comes to it: callers of the same turn travel together.
        """
        while self._waiting and self._waiting[0].answer.done():
            self._waiting.popleft()
        if not self._waiting or len(self._holding) >= self._limits.flights:
            return
        loop = asyncio.get_running_loop()
        flight = loop.create_task(self._fly(), context=self._waiting[0].context)
        self._tasks.add(flight)
        self._holding.add(flight)
        patience = loop.call_later(self._limits.patience, self._release, flight)

        def landed(flight: asyncio.Task[None]) -> None:
            patience.cancel()
            self._tasks.discard(flight)
            self._release(flight)

        flight.add_done_callback(landed)

    def _release(self, flight: asyncio.Task[None]) -> None:
        self._holding.discard(flight)
        self._take_off()

    def _board(self) -> list[_Waiter[RequestT, ResponseT]]:
        boarded: list[_Waiter[RequestT, ResponseT]] = []
        size = 0
        while self._waiting and len(boarded) < self._limits.items:
            if self._waiting[0].answer.done():
                self._waiting.popleft()
                continue
            size += self._waiting[0].request.ByteSize()
            if boarded and size > self._limits.size:
                break
            boarded.append(self._waiting.popleft())
        return boarded

    async def _fly(self) -> None:
        await self._carry(self._board())

    async def _carry(self, boarded: Sequence[_Waiter[RequestT, ResponseT]]) -> None:
        try:
            if len(boarded) == 1:
                await self._call_alone(boarded[0])
            elif boarded:
                await self._call_together(boarded)
        except asyncio.CancelledError:
            # The channel was closed, or the loop ends: a one-item call is cancelled then too.
            for waiter in boarded:
                waiter.answer.cancel()
            raise
        except Exception as error:
            log.error("gathered_calls_failed", calls=len(boarded), error=describe_error(error))
            for waiter in boarded:
                waiter.fail(error_of_refusal(Internal(), self._domain))

    async def _call_alone(self, waiter: _Waiter[RequestT, ResponseT]) -> None:
        left = waiter.deadline - asyncio.get_running_loop().time()
        try:
            waiter.give(await self._single(waiter.request, timeout=left))
        except grpc.aio.AioRpcError as error:
            waiter.fail(error)

    async def _call_together(self, boarded: Sequence[_Waiter[RequestT, ResponseT]]) -> None:
        left = max(waiter.deadline for waiter in boarded) - asyncio.get_running_loop().time()
        request = self._twin.pack([waiter.request for waiter in boarded])
        try:
            with tracing.company([each.context for each in boarded[1:]], "gathered call"):
                answer = await self._batch(request, timeout=left)
        except grpc.aio.AioRpcError as error:
            # A replica of the version before, while a new one is being rolled out, has no twin.
            unknown = error.code() is grpc.StatusCode.UNIMPLEMENTED
            for waiter in boarded:
                if unknown:
                    self._send_alone(waiter)
                else:
                    waiter.fail(_again(error))
            return
        if len(answer.results) != len(boarded):
            raise WrongNumberOfResults(f"{len(answer.results)} for {len(boarded)} requests")
        for waiter, result in zip(boarded, answer.results, strict=True):
            if result.WhichOneof("result") not in {"error", None}:
                waiter.give(self._twin.response(result))
            elif result.error.reason in self._twin.alone:
                self._send_alone(waiter)
            else:
                waiter.fail(error_of(result.error, self._domain))

    def _send_alone(self, waiter: _Waiter[RequestT, ResponseT]) -> None:
        """A call by itself, beside the flights: it holds nobody back."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._carry([waiter]), context=waiter.context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class WrongNumberOfResults(Exception):
    """A batch call was answered with more or fewer results than it had requests."""


def _again(error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
    """The same error, raised for another caller: a traceback grows where it is raised."""
    return grpc.aio.AioRpcError(
        error.code(), error.initial_metadata(), error.trailing_metadata(), error.details()
    )
