"""A small service with a method of every kind and every sort of access rule, for the kit's tests.

It is described in code rather than in a proto, so that nothing but tests knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory

from protos.access.v1 import access_pb2

NAME = "kittest.v1.EchoService"
PATH = "tests/kit/echo.proto"

_Field = descriptor_pb2.FieldDescriptorProto

# Name of the method, whether requests and responses stream, who may call it.
_METHODS: dict[str, tuple[bool, bool, access_pb2.Rule | None]] = {
    "Say": (False, False, access_pb2.Rule(services=["worker"], roles=["support"])),
    "Count": (False, True, access_pb2.Rule(services=["worker"], roles=["support"])),
    "Collect": (True, False, access_pb2.Rule(services=["worker"], roles=["support"])),
    "Chat": (True, True, access_pb2.Rule(services=["worker"], roles=["support"])),
    "Read": (False, False, access_pb2.Rule(services=["worker"], roles=["support"], audit=True)),
    "Govern": (False, False, access_pb2.Rule(roles=["admin"])),
    "Forgotten": (False, False, None),
}
KINDS = ("Say", "Count", "Collect", "Chat")
TWIN = "BatchSay"


def _describe() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name=PATH,
        package="kittest.v1",
        syntax="proto3",
        dependency=[duration_pb2.DESCRIPTOR.name, access_pb2.DESCRIPTOR.name],
    )
    for name in ("EchoRequest", "Target"):
        message = file.message_type.add(name=name)
        for number, field in enumerate(("text", "user_id", "message_id", "key"), start=1):
            message.field.add(
                name=field, number=number, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL
            )
    file.message_type[0].field.add(
        name="target",
        number=5,
        type=_Field.TYPE_MESSAGE,
        type_name=".kittest.v1.Target",
        label=_Field.LABEL_OPTIONAL,
    )
    reply = file.message_type.add(name="EchoReply")
    reply.field.add(name="text", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    service = file.service.add(name="EchoService")
    for name, (requests, responses, rule) in _METHODS.items():
        method = service.method.add(
            name=name,
            input_type=".kittest.v1.EchoRequest",
            output_type=".kittest.v1.EchoReply",
            client_streaming=requests,
            server_streaming=responses,
        )
        if rule is not None:
            method.options.Extensions[access_pb2.allow].CopyFrom(rule)
    _describe_twin(file)
    return file


def _describe_twin(file: descriptor_pb2.FileDescriptorProto) -> None:
    """BatchSay, with its messages as every concern's proto has them."""

    def message(name: str, *fields: tuple[str, str | int], repeated: bool = False) -> None:
        made = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, start=1):
            label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            added = made.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = _Field.TYPE_MESSAGE, kind
            else:
                added.type = kind  # type: ignore[assignment]

    message(
        "ItemStatus",
        ("code", _Field.TYPE_INT32),
        ("reason", _Field.TYPE_STRING),
        ("message", _Field.TYPE_STRING),
        ("retry_delay", ".google.protobuf.Duration"),
    )
    message("SayResult", ("response", ".kittest.v1.EchoReply"), ("error", ".kittest.v1.ItemStatus"))
    file.message_type[-1].oneof_decl.add(name="result")
    for member in file.message_type[-1].field:
        member.oneof_index = 0
    message("BatchSayRequest", ("requests", ".kittest.v1.EchoRequest"), repeated=True)
    message("BatchSayResponse", ("results", ".kittest.v1.SayResult"), repeated=True)
    twin = file.service[0].method.add(
        name=TWIN,
        input_type=".kittest.v1.BatchSayRequest",
        output_type=".kittest.v1.BatchSayResponse",
    )
    twin.options.Extensions[access_pb2.allow].CopyFrom(access_pb2.Rule(services=["worker"]))


_pool = descriptor_pool.Default()
_pool.AddSerializedFile(_describe().SerializeToString())
DESCRIPTOR = _pool.FindServiceByName(NAME)


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"kittest.v1.{name}"))


EchoRequest: Any = _message("EchoRequest")
EchoReply: Any = _message("EchoReply")
BatchSayRequest: Any = _message("BatchSayRequest")
BatchSayResponse: Any = _message("BatchSayResponse")

Answer = Callable[[Any, Any], str]
BatchAnswer = Callable[[Any, Any], Any]


class EchoServicer:
    """Answers every method with what `answer(request, context)` returns or raises.

    batch: answers the batch twin; None where the server is of a version that has none.
    """

    def __init__(self, answer: Answer, batch: BatchAnswer | None = None) -> None:
        self._answer = answer
        self._batch = batch
        self.has_twin = batch is not None

    def twin(self, request: Any, context: Any) -> Any:
        assert self._batch is not None
        return self._batch(request, context)

    def unary(self, request: Any, context: Any) -> Any:
        return EchoReply(text=self._answer(request, context))

    def stream(self, request: Any, context: Any) -> Iterator[Any]:
        yield EchoReply(text="first")
        yield EchoReply(text=self._answer(request, context))

    def collect(self, requests: Iterator[Any], context: Any) -> Any:
        return EchoReply(text=self._answer(list(requests)[-1], context))

    def chat(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:
        for request in requests:
            yield EchoReply(text=self._answer(request, context))


class AsyncEchoServicer(EchoServicer):
    """The same for an asyncio server; `answer` runs in a thread of its own."""

    async def twin(self, request: Any, context: Any) -> Any:
        assert self._batch is not None
        return await asyncio.to_thread(self._batch, request, context)

    async def unary(self, request: Any, context: Any) -> Any:
        return EchoReply(text=await asyncio.to_thread(self._answer, request, context))

    async def stream(self, request: Any, context: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        yield EchoReply(text="first")
        yield EchoReply(text=await asyncio.to_thread(self._answer, request, context))

    async def collect(self, requests: AsyncIterator[Any], context: Any) -> Any:  # type: ignore[override]
        last = [request async for request in requests][-1]
        return EchoReply(text=await asyncio.to_thread(self._answer, last, context))

    async def chat(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        async for request in requests:
            yield EchoReply(text=await asyncio.to_thread(self._answer, request, context))


_BEHAVIOURS = {
    (False, False): "unary",
    (False, True): "stream",
    (True, False): "collect",
    (True, True): "chat",
}


def add_echo(servicer: Any, server: Any) -> None:
    """What generated code calls add_EchoServiceServicer_to_server."""
    handlers = {}
    for name, (requests, responses, _) in _METHODS.items():
        sides = ["stream" if streams else "unary" for streams in (requests, responses)]
        make = getattr(grpc, f"{'_'.join(sides)}_rpc_method_handler")
        behaviour = getattr(servicer, _BEHAVIOURS[requests, responses])
        handlers[name] = make(behaviour, EchoRequest.FromString, EchoReply.SerializeToString)
    if servicer.has_twin:
        handlers[TWIN] = grpc.unary_unary_rpc_method_handler(
            servicer.twin, BatchSayRequest.FromString, BatchSayResponse.SerializeToString
        )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))
    server.add_registered_method_handlers(NAME, handlers)


class EchoStub:
    """What generated code calls EchoServiceStub, as far as it has a twin."""

    def __init__(self, channel: Any) -> None:
        self.Say: Any = method_of(channel, "Say")
        self.BatchSay: Any = channel.unary_unary(
            f"/{NAME}/{TWIN}",
            request_serializer=BatchSayRequest.SerializeToString,
            response_deserializer=BatchSayResponse.FromString,
        )


def method_of(channel: Any, name: str) -> Any:
    """The multi-callable of a method, of a grpc or a grpc.aio channel."""
    requests, responses, _ = _METHODS[name]
    sides = ["stream" if streams else "unary" for streams in (requests, responses)]
    return getattr(channel, "_".join(sides))(
        f"/{NAME}/{name}",
        request_serializer=EchoRequest.SerializeToString,
        response_deserializer=EchoReply.FromString,
    )


def call(channel: Any, name: str = "Say", timeout: float | None = 10, **fields: Any) -> str:
    """Calls a method of any kind; the text of the last reply."""
    requests, responses, _ = _METHODS[name]
    request = EchoRequest(**fields)
    argument = iter([request]) if requests else request
    answer = method_of(channel, name)(argument, timeout=timeout)
    return str((list(answer)[-1] if responses else answer).text)


async def async_call(
    channel: Any, name: str = "Say", timeout: float | None = 10, **fields: Any
) -> str:
    """The same on a grpc.aio channel."""
    requests, responses, _ = _METHODS[name]
    request = EchoRequest(**fields)
    argument = iter([request]) if requests else request
    answer = method_of(channel, name)(argument, timeout=timeout)
    if responses:
        return str([reply async for reply in answer][-1].text)
    return str((await answer).text)
