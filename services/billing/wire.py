"""Between protos and domain values: what comes in is parsed once, here."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from kit.refusals import InvalidArgument
from kit.wire import parse_time, timestamp
from protos.billing.v1 import billing_pb2 as pb
from services.billing.access import Access, Reason, access_at
from services.billing.events import Event, Source
from services.billing.model import Account
from services.billing.stripe_client import Truth

# Stripe's ids are letters, digits and "_", at most 255 (https://docs.stripe.com/upgrades); accounts
# may choose those of their customers, and events are read with what they choose.
_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9_.@\-]{1,255}")
_STRIPES_OWN: Final = re.compile(r"cus_\w{1,251}", re.ASCII)
_CHARGE_ID: Final = re.compile(r"[A-Za-z0-9_]{1,255}")
_STATUS: Final = re.compile(r"[a-z_]{0,64}")
_REQUEST_KEY: Final = re.compile(r"[!-~]{1,200}")  # goes into an HTTP header
_REASONS: Final = {
    Reason.SUBSCRIBED: pb.ACCESS_REASON_SUBSCRIBED,
    Reason.GRACE: pb.ACCESS_REASON_GRACE,
    Reason.PAID_PERIOD: pb.ACCESS_REASON_PAID_PERIOD,
    Reason.NO_SUBSCRIPTION: pb.ACCESS_REASON_NO_SUBSCRIPTION,
    Reason.PAST_DUE: pb.ACCESS_REASON_PAST_DUE,
    Reason.NOT_ACTIVE: pb.ACCESS_REASON_NOT_ACTIVE,
}
_SOURCES: Final = {
    pb.STRIPE_SOURCE_EVENTS: Source.EVENTS,
    pb.STRIPE_SOURCE_SUBSCRIPTIONS: Source.SUBSCRIPTIONS,
    pb.STRIPE_SOURCE_CHECKOUT_SESSIONS: Source.CHECKOUT_SESSIONS,
}


def account_to_proto(account: Account, at: datetime, grace: timedelta) -> pb.BillingAccount:
    """With the access that it gives at the moment `at`."""
    subscription = account.subscription
    message = pb.BillingAccount(
        user_id=str(account.user_id or ""),
        stripe_customer_id=account.stripe_customer_id,
        access=access_to_proto(access_at(subscription, at, grace)),
        welcome_requested_time=timestamp(account.welcome_requested_at),
        sync_time=timestamp(account.synced_at),
        erase_time=timestamp(account.erased_at),
        phone_distrust_time=timestamp(account.phone_distrusted_at),
        create_time=timestamp(account.created_at),
        update_time=timestamp(account.updated_at),
    )
    if subscription is not None:
        message.MergeFrom(
            pb.BillingAccount(
                stripe_subscription_id=subscription.subscription_id,
                status=subscription.status,
                price_id=subscription.price_id,
                current_period_end=timestamp(subscription.current_period_end),
                trial_end=timestamp(subscription.trial_end),
                cancel_time=timestamp(subscription.cancel_time),
            )
        )
    return message


def parse_customer_id(text: str) -> str:
    """A customer's id. Raises InvalidArgument."""
    if not _CUSTOMER_ID.fullmatch(text):
        raise InvalidArgument("stripe_customer_id", "must be a customer's id, such as cus_NffrFeUf")
    return text


def refuse_unseen(customer_id: str) -> None:
    """Of a customer of whom Stripe has not told: whoever types an id may have copied another one,
    of a subscription or a person. Raises InvalidArgument for what is not as Stripe makes them."""
    if not _STRIPES_OWN.fullmatch(customer_id):
        raise InvalidArgument("stripe_customer_id", "must be a customer's id, such as cus_NffrFeUf")


def parse_charge_id(text: str) -> str:
    """A charge's id. Raises InvalidArgument."""
    if not _CHARGE_ID.fullmatch(text):
        raise InvalidArgument("stripe_charge_id", "must be a charge's id, such as ch_3MmlLrLk")
    return text


def parse_status(text: str) -> str:
    """A status as Stripe writes it, "" for all. Raises InvalidArgument."""
    if not _STATUS.fullmatch(text):
        raise InvalidArgument("status", "must be a status as Stripe writes it, or empty")
    return text


def parse_source(request: pb.ListStripeChangesRequest) -> Source:
    """Which list is asked for. Raises InvalidArgument."""
    source = _SOURCES.get(request.source)
    if source is None:
        raise InvalidArgument("source", "must be one of the lists that are known")
    if source is Source.SUBSCRIPTIONS:
        for field in ("start_time", "end_time"):
            if request.HasField(field):
                raise InvalidArgument(field, "must not be set: all subscriptions are listed")
    return source


def parse_request_key(text: str) -> str:
    """A caller's key, which goes to Stripe too. Raises InvalidArgument."""
    if not _REQUEST_KEY.fullmatch(text):
        raise InvalidArgument("request_key", "must be 1 to 200 printable ASCII characters")
    return text


def hints_to_proto(truth: Truth) -> pb.CustomerHints:
    """By what a person may be found."""
    return pb.CustomerHints(
        user_id=truth.user_id, phone_number=truth.phone_number, deleted=truth.deleted
    )


def event_to_proto(event: Event) -> pb.StripeEvent:
    """As jobs are made of it."""
    return pb.StripeEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        stripe_customer_id=event.customer_id,
        user_id=event.user_id,
        phone_number=event.phone_number,
        stripe_charge_id=event.charge_id,
        create_time=timestamp(event.created_at),
    )


def change_to_proto(change: Event) -> pb.StripeChange:
    """With the checkout session that it is about."""
    return pb.StripeChange(
        change_id=change.event_id,
        change_type=change.event_type,
        stripe_customer_id=change.customer_id,
        user_id=change.user_id,
        phone_number=change.phone_number,
        stripe_charge_id=change.charge_id,
        checkout_session_id=change.session_id,
        create_time=timestamp(change.created_at),
    )


def parse_span(
    request: pb.ListUndeliveredEventsRequest | pb.ListStripeChangesRequest,
) -> tuple[datetime | None, datetime | None]:
    """When it begins and ends; None where that is unset."""
    start, end = (
        parse_time(request, name) if request.HasField(name) else None
        for name in ("start_time", "end_time")
    )
    return start, end


def access_to_proto(access: Access) -> pb.Access:
    """The answer with its reason."""
    return pb.Access(
        granted=access.granted, reason=_REASONS[access.reason], until_time=timestamp(access.until)
    )


def access_response(access: Access) -> pb.GetAccessResponse:
    """The same as the answer to one call."""
    return pb.GetAccessResponse(access=access_to_proto(access))
