"""The four services behind one socket, each of whose methods can be told to refuse or to hang."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

import grpc

from kit.clock import FixedClock
from kit.interception import Interceptor
from kit.refusals import Refusal, RefusalInterceptor, StoreUnavailable
from protos.billing.v1.billing_pb2_grpc import (
    BillingServiceServicer,
    add_BillingServiceServicer_to_server,
)
from protos.conversation.v1.conversation_pb2_grpc import (
    ConversationServiceServicer,
    add_ConversationServiceServicer_to_server,
)
from protos.identity.v1.identity_pb2_grpc import (
    IdentityServiceServicer,
    add_IdentityServiceServicer_to_server,
)
from protos.profile.v1.profile_pb2_grpc import (
    ProfileServiceServicer,
    add_ProfileServiceServicer_to_server,
)


class Servicers(NamedTuple):
    identity: IdentityServiceServicer
    profile: ProfileServiceServicer
    conversation: ConversationServiceServicer
    billing: BillingServiceServicer


How = Literal["refuses", "is overloaded", "is unknown", "hangs", "loses the answer"]


class Trouble(Interceptor):
    """What happens to calls of which methods, by pattern: "*", "*/BeginSend", "/profile.*".

    One that loses the answer has done what it was asked for. Counts calls.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rules: dict[str, tuple[How, int]] = {}
        self._go_on = threading.Event()
        self.calls: Counter[str] = Counter()

    def make(self, pattern: str, how: How, times: int = 1_000) -> None:
        self._rules[pattern] = (how, times)

    def clear(self) -> None:
        """All is well again, and whatever hung goes on."""
        self._rules.clear()
        self._go_on.set()
        self._go_on = threading.Event()
        self.calls.clear()

    def _of(self, method: str) -> How | None:
        for pattern, (how, times) in self._rules.items():
            if times and fnmatchcase(method, pattern):
                self._rules[pattern] = (how, times - 1)
                return how
        return None

    @contextmanager
    def around(self, method: str, request: Any, context: Any) -> Iterator[None]:
        self.calls[method.rpartition("/")[2]] += 1
        how = self._of(method)
        if how == "refuses":
            raise StoreUnavailable
        if how == "is overloaded":
            raise Overloaded
        if how == "is unknown":
            raise Unknown
        if how == "hangs":
            self._go_on.wait(60)
        yield
        if how == "loses the answer":
            raise AnswerLost


class Overloaded(Refusal):
    """More calls at once than a server takes."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unknown(Refusal):
    """A server of the version before has no such method."""

    code = grpc.StatusCode.UNIMPLEMENTED


class AnswerLost(Refusal):
    """What was asked for was done."""

    code = grpc.StatusCode.UNAVAILABLE


class Services:
    """A running server at `address`."""

    def __init__(self, address: str, servicers: Servicers, clock: FixedClock) -> None:
        self.address = address
        self.clock = clock
        self.servicers = servicers
        self.trouble = Trouble()
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=16),
            interceptors=[RefusalInterceptor("services"), self.trouble],
        )
        add_IdentityServiceServicer_to_server(servicers.identity, self._server)
        add_ProfileServiceServicer_to_server(servicers.profile, self._server)
        add_ConversationServiceServicer_to_server(servicers.conversation, self._server)
        add_BillingServiceServicer_to_server(servicers.billing, self._server)
        self._server.add_insecure_port(address)
        self._server.start()

    def stop(self) -> None:
        self.trouble.clear()
        self._server.stop(None).wait(60)
