"""Bringing people in from another system, through the services and as the operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from prometheus_client import CollectorRegistry

from kit.channel import channel
from kit.refusals import ReceivedRefusal, refusal_of
from kit.tls import TlsFiles
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from respite.certs import OPERATOR, directory_of
from respite.grpcurl import address_of
from respite.people_file import Person, RefusedLine, ending_of

SYNC_SECONDS: Final = 30.0
"""For the one call that waits for Stripe."""

# Every call of an import is safe to repeat.
_IDEMPOTENT: Final = {
    "identity": ("EnsureUser", "ListAuditRecords"),
    "profile": ("EnsureProfile", "UpdateProfile", "SetSmsConsent", "RecordAccess"),
    "billing": ("SyncCustomer", "RecordWelcomeRequested", "LinkCustomer", "GetAccess"),
}


class PeopleImport:
    """Imports people, each with calls that are safe to repeat: a second run changes nothing.

    environment: says where the services and the operator's certificate are. overwrite: whether
    the file's word replaces what a profile holds already; else only what is empty is filled.
    Raises CertificateProblem.
    """

    def __init__(self, environment: Mapping[str, str], *, overwrite: bool = False) -> None:
        self._overwrite = overwrite
        self._channels = ExitStack()
        files = TlsFiles.of(directory_of(environment), OPERATOR)

        def to(name: str) -> grpc.Channel:
            return self._channels.enter_context(
                channel(
                    f"dns:///{address_of(name, environment)}",
                    files,
                    service=f"{name}.v1.{name.capitalize()}Service",
                    idempotent_methods=_IDEMPOTENT[name],
                    registry=CollectorRegistry(),
                )
            )

        self._identity = IdentityServiceStub(to("identity"))
        self._profile = ProfileServiceStub(to("profile"))
        self._billing = BillingServiceStub(to("billing"))

    def close(self) -> None:
        """Closes the channels."""
        self._channels.close()

    def knock(self) -> None:
        """Raises grpc.RpcError where a service cannot be reached, or does not know the operator."""
        self._identity.ListAuditRecords(identity.ListAuditRecordsRequest(page_size=1))
        self._profile.ListAuditRecords(profile.ListAuditRecordsRequest(page_size=1))
        self._billing.ListAuditRecords(billing.ListAuditRecordsRequest(page_size=1))

    def run(self, people: Sequence[Person], at_once: int) -> list[RefusedLine]:
        """Imports all of them; those that a service refused. at_once: how many side by side."""
        with ThreadPoolExecutor(at_once, "import") as threads:
            return [refused for refused in threads.map(self._attempt, people) if refused]

    def _attempt(self, person: Person) -> RefusedLine | None:
        try:
            self._bring(person)
        except grpc.RpcError as error:
            reason = sentence_of(refusal_of(error))
            return RefusedLine(person.line, ending_of(person.phone), reason)
        return None

    def _bring(self, person: Person) -> None:
        """The opt-out first: whatever fails after it, the person is not texted."""
        asked = identity.EnsureUserRequest(phone_number=person.phone.e164)
        user_id = self._identity.EnsureUser(asked).user.user_id
        if person.opted_out_at is not None:
            self._opt_out(user_id, person)
        ensured = self._profile.EnsureProfile(profile.EnsureProfileRequest(user_id=user_id))
        self._tell(ensured.profile, person)
        if person.stripe_customer_id:
            self._account(user_id, person.stripe_customer_id)

    def _opt_out(self, user_id: str, person: Person) -> None:
        assert person.opted_out_at is not None
        self._profile.SetSmsConsent(
            profile.SetSmsConsentRequest(
                user_id=user_id,
                state=profile.SMS_CONSENT_OPTED_OUT,
                source=profile.CONSENT_SOURCE_OPERATOR,
                event_time=timestamp(person.opted_out_at),
                # the id stands for the number, which no other schema may hold
                request_key=f"import:{user_id}:opted_out:{person.opted_out_at.isoformat()}",
            )
        )

    def _tell(self, known: profile.Profile, person: Person) -> None:
        changes = {
            name: value
            for name, value in person.details.items()
            if value != getattr(known, name) and (self._overwrite or not getattr(known, name))
        }
        if changes:
            told = profile.Profile(user_id=known.user_id)
            for name, value in changes.items():
                setattr(told, name, value)
            mask = FieldMask(paths=sorted(changes))
            self._profile.UpdateProfile(
                profile.UpdateProfileRequest(profile=told, update_mask=mask)
            )

    def _account(self, user_id: str, customer_id: str) -> None:
        """The welcome before the link: from then on an event of Stripe's may ask for one."""
        fetch = billing.SyncCustomerRequest(stripe_customer_id=customer_id)
        account = self._billing.SyncCustomer(fetch, timeout=SYNC_SECONDS).account
        if account.stripe_subscription_id:
            self._billing.RecordWelcomeRequested(
                billing.RecordWelcomeRequestedRequest(
                    user_id=user_id, request_key=f"import:{user_id}"
                )
            )
        if account.user_id != user_id:
            self._billing.LinkCustomer(
                billing.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer_id)
            )
        access = self._billing.GetAccess(billing.GetAccessRequest(user_id=user_id)).access
        self._profile.RecordAccess(
            profile.RecordAccessRequest(user_id=user_id, granted=access.granted)
        )


def sentence_of(refusal: ReceivedRefusal) -> str:
    """A refusal for a report: who refused, the reason, and what is wrong with which field."""
    fields = "; ".join(f"{name} {what}" for name, what in refusal.violations)
    who = f"{refusal.domain}: " if refusal.domain else ""
    return f"{who}{refusal.reason}: {fields or refusal.sentence}"
