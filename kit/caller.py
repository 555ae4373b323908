"""Who calls, and which call is being served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from kit.interception import Context

# In a request, the fields that say whom or what it is about, first match first.
_SUBJECT_FIELDS = (
    "user_id",
    "message_id",
    "crisis_id",
    "job_id",
    "key",
    "stripe_customer_id",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The name in a certificate: a service by its name, or an operator ("user") by user id."""

    kind: Literal["service", "user"]
    name: str

    def __str__(self) -> str:
        """The URI as the certificate carries it, for logs and audit records."""
        return f"respite://{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class CurrentCall:
    """The RPC that is being served.

    method: full name, "/profile.v1.ProfileService/GetProfile".
    subject: the id that an operator's request is about, "" where it names none or a service calls.
    audit: the rule's word: an operator's read of this leaves an audit record.
    """

    caller: Caller
    method: str
    subject: str
    audit: bool


_current: ContextVar[CurrentCall | None] = ContextVar("respite_current_call", default=None)


def current_call() -> CurrentCall | None:
    """The call being served in this context, None outside of one."""
    return _current.get()


def current_caller() -> Caller | None:
    """Who made the call being served in this context, None outside of one."""
    call = _current.get()
    return None if call is None else call.caller


def begin_call(call: CurrentCall) -> None:
    """Makes `call` the current one for good: grpcio serves each call in a context of its own.

    Setting it back would fail where a stream is abandoned and its generator closed elsewhere.
    """
    _current.set(call)


@contextmanager
def calling(call: CurrentCall) -> Iterator[None]:
    """Makes `call` the current one inside the block; for tests."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def caller_of(context: Context) -> Caller | None:
    """Who the certificate of this connection names; None unless it names exactly one caller.

    Read anew for each call, which costs 4 µs: a cache by peer address would hand a connection's
    name to whoever gets its port next. Only `peer_uri` is read: it holds URI names alone, where
    x509_subject_alternative_name also holds DNS names that may be spelt like one of our URIs.
    """
    properties = context.auth_context()
    if properties.get("transport_security_type") != [b"ssl"]:
        return None
    uris = [uri for uri in properties.get("peer_uri", ()) if uri.startswith(b"respite:")]
    return _parse_caller(uris[0]) if len(uris) == 1 else None


_CALLER = re.compile(
    r"respite://(?:(service)/([a-z][a-z0-9-]*)"
    r"|(user)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))"
)


@lru_cache(maxsize=1024)
def _parse_caller(uri: bytes) -> Caller | None:
    match = _CALLER.fullmatch(uri.decode("ascii", "replace"))
    if match is None:
        return None
    if match[1]:
        return Caller("service", match[2])
    return Caller("user", match[4])


def subject_of(request: object) -> str:
    """The id that a request is about: of itself, else of a message in it; "" if it names none."""
    if not isinstance(request, Message):
        return ""
    own, inner = _subject_fields(request.DESCRIPTOR)
    for name in own:
        if value := getattr(request, name):
            return str(value)
    for name in inner:
        if request.HasField(name) and (subject := _own_subject(getattr(request, name))):
            return subject
    return ""


def _own_subject(message: Message) -> str:
    for name in _subject_fields(message.DESCRIPTOR)[0]:
        if value := getattr(message, name):
            return str(value)
    return ""


@lru_cache(maxsize=512)
def _subject_fields(kind: Descriptor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a message's own subject fields, and of its fields that hold one message."""
    fields = kind.fields_by_name
    own = tuple(
        name
        for name in _SUBJECT_FIELDS
        if name in fields and not fields[name].is_repeated and fields[name].message_type is None
    )
    inner = tuple(
        field.name
        for field in kind.fields
        if field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated
    )
    return own, inner
