"""Bringing people in from another system, through the services and as the operator."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.profile.v1 import profile_pb2 as profile
from respite.people_file import Person, RefusedLine, ending_of
from respite.services import CallFailed, Services

SYNC_SECONDS: Final = 30.0
"""For the one call that waits for Stripe."""


class PeopleImport:
    """Imports people, each with calls that are safe to repeat: a second run changes nothing.

    overwrite: whether the file's word replaces what a profile holds already; else only what is
    empty is filled.
    """

    def __init__(self, services: Services, *, overwrite: bool = False) -> None:
        self._overwrite = overwrite
        self._identity = services.identity
        self._profile = services.profile
        self._billing = services.billing

    def knock(self) -> None:
        """Raises CallFailed where a service cannot be reached, or does not know the operator."""
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
        except CallFailed as failed:
            return RefusedLine(person.line, ending_of(person.phone), str(failed))
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
