"""Every RPC of every service: who may call it, how to call it raw, what may be answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from kit.refusals import ReceivedRefusal, refusal_of
from protos.access.v1 import access_pb2
from protos.billing.v1 import billing_pb2
from protos.conversation.v1 import conversation_pb2
from protos.identity.v1 import identity_pb2
from protos.jobs.v1 import jobs_pb2
from protos.profile.v1 import profile_pb2
from tests.hostile.messages import is_map

# Far beyond what any call takes, the longest poll of 20 s included: an end by it is a hang.
DEADLINE_SECONDS = 60
FILES = (identity_pb2, profile_pb2, conversation_pb2, billing_pb2, jobs_pb2)
CERTIFICATES = ("worker", "gateway", "operator", "billing", "sandbox")


@dataclass(frozen=True)
class Rpc:
    """One method."""

    method: MethodDescriptor

    def __str__(self) -> str:
        return f"{self.service}.{self.method.name}"

    @property
    def service(self) -> str:
        """Its concern: "profile"."""
        name: str = self.method.containing_service.full_name
        return name.partition(".")[0]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Certificates with which it may be called."""
        rule = self.method.GetOptions().Extensions[access_pb2.allow]
        return tuple(
            each
            for each in CERTIFICATES
            if each in rule.services or (each == "operator" and rule.roles)
        )

    @property
    def denied(self) -> tuple[str, ...]:
        """Certificates with which it may not be called."""
        return tuple(each for each in CERTIFICATES if each not in self.allowed)

    def call(self, channel: grpc.Channel, request: bytes) -> Message | ReceivedRefusal:
        """What is answered to these bytes."""
        path = f"/{self.method.containing_service.full_name}/{self.method.name}"
        answer = GetMessageClass(self.method.output_type)
        send: Any = channel.unary_unary(path, None, answer.FromString)
        try:
            response: Message = send(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            return refusal_of(error)
        return response


def every_rpc() -> list[Rpc]:
    """Of the five services, in the order of their files."""
    services = [one for file in FILES for one in file.DESCRIPTOR.services_by_name.values()]
    return [Rpc(method) for service in services for method in service.methods]


def item_codes(answer: Message) -> Iterator[int]:
    """The codes of all items of a batch's answer."""
    if answer.DESCRIPTOR.name == "ItemStatus":
        yield answer.code  # type: ignore[attr-defined]
    for field, value in answer.ListFields():
        if field.message_type is None or is_map(field):
            continue
        for each in value if field.is_repeated else (value,):
            yield from item_codes(each)


def has_field(descriptor: Descriptor, path: str) -> bool:
    """Whether "job.payload.sms" or "messages[3].body" names a field or a oneof of the message."""
    name, _, rest = re.sub(r"\[[^]]*\]", "", path).partition(".")
    if name in descriptor.oneofs_by_name:
        return not rest
    field = descriptor.fields_by_name.get(name)
    if field is None:
        return False
    if not rest or is_map(field):
        return True
    return field.message_type is not None and has_field(field.message_type, rest)
