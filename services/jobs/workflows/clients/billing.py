"""Who has paid."""

from __future__ import annotations

from datetime import datetime

import grpc

from kit import gatherer
from kit.logging import get_logger
from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.jobs.workflows.clients.calls import DEADLINE, STRIPE_DEADLINE, is_refused

_SERVICE = billing.DESCRIPTOR.services_by_name["BillingService"]
log = get_logger(__name__)

MISCONFIGURED = "STRIPE_MISCONFIGURED"

EVENTS_AT_ONCE = 100
"""The most that Stripe lists at once."""

_NOT_THEIRS = frozenset({"CUSTOMER_LINKED_ELSEWHERE", "LINK_UNDONE"})
_STRIPE_AWAY = frozenset({"STRIPE_UNAVAILABLE", MISCONFIGURED})
_CANNOT_BE_ASKED = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.FAILED_PRECONDITION,  # Stripe refuses our key; billing has logged it
    }
)


class StripeAway(Exception):
    """Stripe cannot be asked: it is away or slow, or refuses our key."""


class Billing:
    """Who has paid.

    gather: whether concurrent calls travel together, see `kit.gatherer`.
    """

    def __init__(self, channel: grpc.aio.Channel, gather: bool) -> None:
        stub = BillingServiceStub(channel)
        self._stub = gatherer.gather(stub, _SERVICE) if gather else stub

    async def access(self, user_id: str) -> billing.Access:
        """Whether the person has access now."""
        request = billing.GetAccessRequest(user_id=user_id)
        return (await self._stub.GetAccess(request, timeout=DEADLINE)).access

    async def sync(self, customer_id: str) -> billing.SyncCustomerResponse | None:
        """Fetches the customer from Stripe; None where Stripe does not know it."""
        try:
            request = billing.SyncCustomerRequest(stripe_customer_id=customer_id)
            return await self._stub.SyncCustomer(request, timeout=STRIPE_DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "CUSTOMER_NOT_FOUND"):
                return None
            raise

    async def customer_of_charge(self, charge_id: str) -> str | None:
        """Who paid the charge, "" for a guest; None where Stripe does not know it."""
        request = billing.FindCustomerRequest(stripe_charge_id=charge_id)
        try:
            found = await self._stub.FindCustomer(request, timeout=STRIPE_DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "CHARGE_NOT_FOUND"):
                return None
            raise
        return found.stripe_customer_id

    async def undelivered(
        self, start: datetime, end: datetime, page_token: str
    ) -> billing.ListUndeliveredEventsResponse | None:
        """One page of events between these moments that Stripe could not deliver, newest first.

        None where Stripe or billing cannot be asked right now.
        """
        request = billing.ListUndeliveredEventsRequest(
            start_time=timestamp(start),
            end_time=timestamp(end),
            page_size=EVENTS_AT_ONCE,
            page_token=page_token,
        )
        try:
            return await self._stub.ListUndeliveredEvents(request, timeout=STRIPE_DEADLINE)
        except grpc.aio.AioRpcError as error:
            if error.code() in _CANNOT_BE_ASKED:
                log.warning("undelivered_unknown", reason=refusal_of(error).reason)
                return None
            raise

    async def link(self, user_id: str, customer_id: str) -> bool:
        """Says who the customer is; False where it is linked to another person already, or an
        operator has said that it is not this one."""
        request = billing.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer_id)
        try:
            await self._stub.LinkCustomer(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if refusal_of(error).reason in _NOT_THEIRS:
                return False
            raise
        return True

    async def unlink_from_nobody(self, user_id: str, customer_id: str) -> billing.BillingAccount:
        """Takes the customer from an id that nobody has; the account after it."""
        request = billing.UnlinkCustomerRequest(
            user_id=user_id, stripe_customer_id=customer_id, person_unknown=True
        )
        return (await self._stub.UnlinkCustomer(request, timeout=DEADLINE)).account

    async def first_welcome(self, user_id: str, request_key: str) -> bool:
        """True where this key was the first to ask for the person's welcome."""
        request = billing.RecordWelcomeRequestedRequest(user_id=user_id, request_key=request_key)
        return (await self._stub.RecordWelcomeRequested(request, timeout=DEADLINE)).first

    async def checkout_url(self, user_id: str, request_key: str) -> str | None:
        """Address of a page where the person can subscribe; None where they have a subscription,
        with or without access. Raises StripeAway."""
        request = billing.CreateCheckoutSessionRequest(user_id=user_id, request_key=request_key)
        try:
            return (await self._stub.CreateCheckoutSession(request, timeout=STRIPE_DEADLINE)).url
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "ALREADY_SUBSCRIBED"):
                return None
            _raise_if_stripe_is_away(error)
            raise

    async def found_at_stripe(self, user_id: str) -> bool:
        """Whether Stripe has a subscription of the person that gives access, event or no event.
        Raises StripeAway."""
        request = billing.LookUpAccessRequest(user_id=user_id)
        try:
            found = await self._stub.LookUpAccess(request, timeout=STRIPE_DEADLINE)
        except grpc.aio.AioRpcError as error:
            _raise_if_stripe_is_away(error)
            raise
        return found.access.granted

    async def portal_url(self, user_id: str, request_key: str) -> str | None:
        """Address of a page where the person can mend the subscription that they have; None where
        Stripe makes none before an operator has mended our settings there. Raises StripeAway."""
        request = billing.CreatePortalSessionRequest(user_id=user_id, request_key=request_key)
        try:
            return (await self._stub.CreatePortalSession(request, timeout=STRIPE_DEADLINE)).url
        except grpc.aio.AioRpcError as error:
            if is_refused(error, MISCONFIGURED):
                return None
            _raise_if_stripe_is_away(error)
            raise

    async def cancel_subscriptions(self, user_id: str) -> list[str]:
        """Ends whatever the person pays for; ids of the customers that they are."""
        request = billing.CancelSubscriptionsRequest(user_id=user_id)
        answer = await self._stub.CancelSubscriptions(request, timeout=STRIPE_DEADLINE)
        return list(answer.stripe_customer_ids)

    async def delete(self, user_id: str) -> None:
        """Takes the person from their accounts."""
        request = billing.DeleteAccountRequest(user_id=user_id)
        await self._stub.DeleteAccount(request, timeout=DEADLINE)


def _raise_if_stripe_is_away(error: grpc.aio.AioRpcError) -> None:
    """Of a call behind which billing asks Stripe, which may outlast its deadline."""
    reason = refusal_of(error).reason
    if reason in _STRIPE_AWAY or error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        log.warning("subscription_unknown", reason=reason)
        raise StripeAway from error
