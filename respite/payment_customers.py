"""One customer that Stripe changed: as Stripe has them, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import grpc

from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from respite.payments_report import Became
from respite.services import CallFailed, Services
from services.jobs.workflows.numbers import person_number

STRIPE_SECONDS: Final = 30.0
"""For calls that wait for Stripe."""


@dataclass(frozen=True, slots=True)
class Customer:
    """What was listed of one, oldest first. texted: numbers in E.164 to which the link to a page
    of theirs was texted; None where nobody could be asked."""

    customer_id: str
    changes: Sequence[billing.StripeChange]
    texted: Sequence[str] | None


class Customers:
    """Brings one up to date; safe to repeat, and to use from several threads.

    Its methods answer what became of the customer, or the failure that kept them from it.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def look(self, customer: Customer) -> Became | CallFailed:
        """What is known here; changes nothing."""
        request = billing.GetAccountRequest(stripe_customer_id=customer.customer_id)
        try:
            account = self._services.billing.GetAccount(request).account
        except CallFailed as failed:
            missing = failed.refusal.code is grpc.StatusCode.NOT_FOUND
            return Became.MISSING if missing else failed
        if account.HasField("erase_time"):
            return Became.ERASED
        known = account.user_id and self.knows(account.user_id)
        return Became.SYNCED if known else Became.MISSING

    def bring_up_to_date(self, customer: Customer) -> Became | CallFailed:
        """From here on access is right; journey and welcome are the jobs'."""
        request = billing.SyncCustomerRequest(stripe_customer_id=customer.customer_id)
        try:
            synced = self._services.billing.SyncCustomer(request, timeout=STRIPE_SECONDS)
            return self._find_person(customer, synced)
        except CallFailed as failed:
            gone = failed.refusal.reason == "CUSTOMER_NOT_FOUND"
            return Became.GONE if gone else failed

    def knows(self, user_id: str) -> bool:
        """Whether there is such a person. Raises CallFailed."""
        try:
            self._services.identity.GetUser(identity.GetUserRequest(user_id=user_id))
        except CallFailed as failed:
            if failed.refusal.reason == "USER_NOT_FOUND":
                return False
            raise
        return True

    def _find_person(self, customer: Customer, synced: billing.SyncCustomerResponse) -> Became:
        """Ids first, then numbers of whoever pays, in the order of `process_stripe_event`.

        An id that nobody has is of somebody whom the restore has forgotten. Their number is the one
        to which the link to their page was texted; the one that was typed on the page may be
        another person's, so it counts only after Twilio was asked.
        """
        account = self._of_somebody(synced.account)
        if account.HasField("erase_time"):
            return Became.ERASED
        if account.user_id:
            return Became.SYNCED
        ids = [synced.hints.user_id, *(each.user_id for each in customer.changes)]
        named = [user_id for user_id in dict.fromkeys(ids) if user_id]
        if any(self.knows(user_id) and self._link(user_id, customer) for user_id in named):
            return Became.LINKED
        if not account.stripe_subscription_id:
            return Became.SYNCED
        if account.HasField("phone_distrust_time"):
            return Became.NOBODYS
        if named and customer.texted is None:
            return Became.UNASKED
        if any(self._link(each, customer) for each in self._by_number(customer, synced.hints)):
            return Became.LINKED
        return Became.NOBODYS

    def _of_somebody(self, account: billing.BillingAccount) -> billing.BillingAccount:
        """The account, parked where the person to whom it is linked does not exist."""
        if not account.user_id or self.knows(account.user_id):
            return account
        request = billing.UnlinkCustomerRequest(
            user_id=account.user_id,
            stripe_customer_id=account.stripe_customer_id,
            person_unknown=True,
        )
        return self._services.billing.UnlinkCustomer(request).account

    def _by_number(self, customer: Customer, hints: billing.CustomerHints) -> Iterator[str]:
        """The person of a number is made, so no further than the first that can be linked is asked
        for."""
        typed = [each.phone_number for each in customer.changes]
        for phone in (*(customer.texted or ()), *typed, hints.phone_number):
            number = person_number(phone) if phone else None
            if number is not None:
                request = identity.EnsureUserRequest(phone_number=number)
                yield self._services.identity.EnsureUser(request).user.user_id

    def _link(self, user_id: str, customer: Customer) -> bool:
        request = billing.LinkCustomerRequest(
            user_id=user_id, stripe_customer_id=customer.customer_id
        )
        try:
            self._services.billing.LinkCustomer(request)
        except CallFailed as failed:
            if failed.refusal.reason in ("CUSTOMER_LINKED_ELSEWHERE", "LINK_UNDONE"):
                return False
            raise
        return True
