"""Server interceptors that surround a handler, whatever its kind.

grpcio has eight kinds of handlers (unary or stream, in and out, threads or asyncio). A subclass
says once what happens around a call; the wrapped handler of each method is made once. Our servers
are given the wrapped handlers themselves, see `Surrounding`: asking each interceptor at each call
costs more than what most of them do.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

import grpc

# The stubs know neither code() nor details() of a context, nor handlers of grpc.aio.
Context = Any
Handler = Any
Behaviour = Callable[..., Any]
Deserializer = Callable[[bytes], Any]


class Interceptor(grpc.ServerInterceptor):
    """Surrounds the handlers of a thread-pool server."""

    def __init__(self) -> None:
        self._wrapped: dict[str, tuple[Handler, Handler]] = {}

    def around(self, method: str, request: Any, context: Context) -> AbstractContextManager[None]:
        """What happens around one call. `request` is an iterator where requests stream in."""
        raise NotImplementedError

    def deserializer(self, inner: Deserializer) -> Deserializer:
        """What reads a request that comes alone; it runs before any `around`."""
        return inner

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The wrapped handler; None, hence UNIMPLEMENTED, where there is no handler."""
        return self.surrounded(handler_call_details.method, continuation(handler_call_details))

    def surrounded(self, method: str, handler: Handler | None) -> Handler | None:
        """The same for a handler that is at hand."""
        return _wrapped_once(
            self._wrapped, method, handler, self._wrap_behaviour, self.deserializer
        )

    def _wrap_behaviour(self, method: str, inner: Behaviour, streams: bool) -> Behaviour:
        def answer(request: Any, context: Context) -> Any:
            with self.around(method, request, context):
                return inner(request, context)

        def stream(request: Any, context: Context) -> Iterator[Any]:
            with self.around(method, request, context):
                yield from inner(request, context)

        return stream if streams else answer


class AsyncInterceptor(grpc.aio.ServerInterceptor):
    """Surrounds the handlers of an asyncio server."""

    def __init__(self) -> None:
        self._wrapped: dict[str, tuple[Handler, Handler]] = {}

    def around(
        self, method: str, request: Any, context: Context
    ) -> AbstractAsyncContextManager[None]:
        """What happens around one call. `request` is an iterator where requests stream in."""
        raise NotImplementedError

    def deserializer(self, inner: Deserializer) -> Deserializer:
        """What reads a request that comes alone; it runs before any `around`."""
        return inner

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The wrapped handler; None, hence UNIMPLEMENTED, where there is no handler."""
        handler = await continuation(handler_call_details)
        return self.surrounded(handler_call_details.method, handler)

    def surrounded(self, method: str, handler: Handler | None) -> Handler | None:
        """The same for a handler that is at hand."""
        return _wrapped_once(
            self._wrapped, method, handler, self._wrap_behaviour, self.deserializer
        )

    def _wrap_behaviour(self, method: str, inner: Behaviour, streams: bool) -> Behaviour:
        async def answer(request: Any, context: Context) -> Any:
            async with self.around(method, request, context):
                return await inner(request, context)

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            async with self.around(method, request, context):
                async for response in inner(request, context):
                    yield response

        # A streaming handler may also be a coroutine that writes to its context (Health's Watch).
        return stream if streams and inspect.isasyncgenfunction(inner) else answer


class AsyncGuard(AsyncInterceptor):
    """Looks at each call of an asyncio server before it is answered, and no further."""

    async def admit(self, method: str, request: Any, context: Context) -> None:
        """Raises what refuses the call."""
        raise NotImplementedError

    def _wrap_behaviour(self, method: str, inner: Behaviour, streams: bool) -> Behaviour:
        async def answer(request: Any, context: Context) -> Any:
            await self.admit(method, request, context)
            return await inner(request, context)

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            await self.admit(method, request, context)
            async for response in inner(request, context):
                yield response

        return stream if streams and inspect.isasyncgenfunction(inner) else answer


class Surrounding:
    """What the `add_…Servicer_to_server` of generated code is given instead of a server: hands each
    handler on, surrounded by interceptors.

    interceptors: the outermost first.
    """

    def __init__(
        self,
        server: grpc.Server | grpc.aio.Server,
        interceptors: Sequence[Interceptor | AsyncInterceptor],
    ) -> None:
        self._server = server
        self._interceptors = interceptors

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """See grpc.Server."""
        self._server.add_generic_rpc_handlers(
            [_Surrounded(handler, self._interceptors) for handler in handlers]
        )

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """Not handed on: they are the same once more, and grpc.aio waits for the next call of each
        registered method anew whenever it has had one of any (seen with grpcio 1.85)."""


class _Surrounded(grpc.GenericRpcHandler):
    def __init__(
        self, inner: grpc.GenericRpcHandler, interceptors: Sequence[Interceptor | AsyncInterceptor]
    ) -> None:
        self._inner = inner
        self._interceptors = interceptors

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """None where the method is none of this service's."""
        handler: Handler | None = self._inner.service(handler_call_details)
        if handler is not None:
            for interceptor in reversed(self._interceptors):
                handler = interceptor.surrounded(handler_call_details.method, handler)
        return handler


def _wrapped_once(
    known: dict[str, tuple[Handler, Handler]],
    method: str,
    handler: Handler | None,
    wrap: Callable[[str, Behaviour, bool], Behaviour],
    read: Callable[[Deserializer], Deserializer],
) -> Handler | None:
    if handler is None:
        return None
    if (entry := known.get(method)) and entry[0] is handler:
        return entry[1]
    kind = "_".join(
        "stream" if streams else "unary"
        for streams in (handler.request_streaming, handler.response_streaming)
    )
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    behaviour = wrap(method, getattr(handler, kind), handler.response_streaming)
    deserializer = handler.request_deserializer
    if deserializer is not None and not handler.request_streaming:
        deserializer = read(deserializer)
    wrapped = make(behaviour, deserializer, handler.response_serializer)
    known[method] = (handler, wrapped)
    return wrapped
