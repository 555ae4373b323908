"""The five services, called as the operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import Any, Final, cast

import grpc
from prometheus_client import CollectorRegistry

from kit.channel import channel
from kit.refusals import ReceivedRefusal, refusal_of
from protos.billing.v1 import billing_pb2
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.conversation.v1 import conversation_pb2
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from protos.identity.v1 import identity_pb2
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.profile.v1 import profile_pb2
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from respite.certs import operator_files
from respite.processes import address_of

_CONTRACTS: Final = {
    "identity": identity_pb2.DESCRIPTOR,
    "profile": profile_pb2.DESCRIPTOR,
    "conversation": conversation_pb2.DESCRIPTOR,
    "billing": billing_pb2.DESCRIPTOR,
    "jobs": jobs_pb2.DESCRIPTOR,
}
NO_STORE: Final = "STORE_UNAVAILABLE"
"""The reason of a service that cannot reach its database."""
NO_ROLES: Final = "ROLES_UNAVAILABLE"
"""The reason of a service that cannot look up what the operator may do."""
NO_ROLE: Final = "ACCESS_DENIED"
"""The reason of a service that this operator may not call."""
_AWAY: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class CallFailed(Exception):
    """A call was refused or not answered.

    service: name of the process. address: where it was asked. away: it did not answer at all, or
    cannot reach its database; the same call may work later.
    """

    def __init__(self, service: str, address: str, refusal: ReceivedRefusal) -> None:
        self.service = service
        self.address = address
        self.refusal = refusal
        super().__init__(str(self))

    @property
    def away(self) -> bool:
        """Whether waiting may help."""
        return self.refusal.code in _AWAY

    def __str__(self) -> str:
        """Who refused, the reason, and what is wrong with which field; one line."""
        refusal = self.refusal
        if self.away and not refusal.domain:
            late = refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
            in_time = ", or not in time" if late else ""
            return f"{self.service} does not answer at {self.address}{in_time}"
        fields = "; ".join(f"{name} {what}" for name, what in refusal.violations)
        return f"{refusal.domain or self.service}: {refusal.reason}: {fields or refusal.sentence}"


class Services:
    """Stubs of the five services; each connects when it is first used.

    Their methods raise CallFailed. Every one is safe to repeat, and is, while its service is away.
    environment: says where the services and the operator's certificate are.
    Raises CertificateProblem.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._files = operator_files(environment)
        self._channels = ExitStack()

    @cached_property
    def identity(self) -> IdentityServiceStub:
        """Who a phone number is; roles."""
        return cast(IdentityServiceStub, self._telling("identity", IdentityServiceStub))

    @cached_property
    def profile(self) -> ProfileServiceStub:
        """What is known of a person; crises."""
        return cast(ProfileServiceStub, self._telling("profile", ProfileServiceStub))

    @cached_property
    def conversation(self) -> ConversationServiceStub:
        """What was said."""
        return cast(ConversationServiceStub, self._telling("conversation", ConversationServiceStub))

    @cached_property
    def billing(self) -> BillingServiceStub:
        """Who has paid."""
        return cast(BillingServiceStub, self._telling("billing", BillingServiceStub))

    @cached_property
    def jobs(self) -> JobsServiceStub:
        """The queue."""
        return cast(JobsServiceStub, self._telling("jobs", JobsServiceStub))

    def close(self) -> None:
        """Closes the channels."""
        self._channels.close()

    def _telling(self, name: str, stub: Callable[[grpc.Channel], Any]) -> _Telling:
        [service] = _CONTRACTS[name].services_by_name.values()
        address = address_of(name, self._environment)
        opened = channel(
            f"dns:///{address}",
            self._files,
            service=service.full_name,
            idempotent_methods=[method.name for method in service.methods],
            registry=CollectorRegistry(),
        )
        return _Telling(name, address, stub(self._channels.enter_context(opened)))


class _Telling:
    """A stub whose methods say of a failure which service it was."""

    def __init__(self, service: str, address: str, stub: Any) -> None:
        self._service = service
        self._address = address
        self._stub = stub

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._stub, method)

        def telling(request: Any, **options: Any) -> Any:
            try:
                return call(request, **options)
            except grpc.RpcError as error:
                raise CallFailed(self._service, self._address, refusal_of(error)) from error

        return telling
