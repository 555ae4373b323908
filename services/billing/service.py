"""The door of billing: a request in, one model call, an answer out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import grpc

from kit.audit import AuditRecord, list_records
from kit.batch import batch_to_proto, run_batch
from kit.clock import Clock
from kit.database import Database
from kit.ids import parse_uuid
from kit.paging import Page
from kit.refusals import InvalidArgument
from kit.wire import parse_time, timestamp
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceServicer
from services.billing import model
from services.billing.access import DEFAULT_GRACE, Access, Reason, access_at
from services.billing.events import Event
from services.billing.model import Account
from services.billing.model_stats import billing_stats
from services.billing.stripe_client import PAGE_SIZE, StripeApi, Truth
from services.billing.sync import CustomerSync
from services.billing.tables import audit_records

Context = grpc.ServicerContext

# Stripe's ids are letters, digits and "_", at most 255: https://docs.stripe.com/upgrades
_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,255}")
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


class BillingServicer(BillingServiceServicer):
    """billing.v1.BillingService on a database and Stripe.

    grace: how long a missed payment leaves access.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        stripe: StripeApi,
        grace: timedelta = DEFAULT_GRACE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._stripe = stripe
        self._grace = grace
        self._sync = CustomerSync(database, stripe, clock, grace)

    def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        """By customer, or the best of a person's."""
        at = self._clock.now()
        match request.WhichOneof("account"):
            case "user_id":
                user_id = parse_uuid(request.user_id, "user_id")
                with self._database.reader() as db:
                    account = model.best_account(db, user_id, at, self._grace)
            case "stripe_customer_id":
                customer_id = _customer_id(request.stripe_customer_id)
                with self._database.reader() as db:
                    account = model.account_of_customer(db, customer_id)
            case _:
                raise InvalidArgument("account", "must be a user_id or a stripe_customer_id")
        return pb.GetAccountResponse(account=self._to_proto(account, at))

    def LinkCustomer(
        self, request: pb.LinkCustomerRequest, context: Context
    ) -> pb.LinkCustomerResponse:
        """Says whose a customer is."""
        user_id = parse_uuid(request.user_id, "user_id")
        customer_id = _customer_id(request.stripe_customer_id)
        at = self._clock.now()
        with self._database.writer() as db:
            db.note(f"stripe_customer_id={customer_id}")
            account = model.link_customer(db, customer_id, user_id, at)
        return pb.LinkCustomerResponse(account=self._to_proto(account, at))

    def SyncCustomer(
        self, request: pb.SyncCustomerRequest, context: Context
    ) -> pb.SyncCustomerResponse:
        """Fetches and stores."""
        account, truth = self._sync.run(_customer_id(request.stripe_customer_id))
        return pb.SyncCustomerResponse(
            account=self._to_proto(account, self._clock.now()), hints=_hints(truth)
        )

    def RecordWelcomeRequested(
        self, request: pb.RecordWelcomeRequestedRequest, context: Context
    ) -> pb.RecordWelcomeRequestedResponse:
        """Once a person, for ever."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = _request_key(request.request_key)
        with self._database.writer() as db:
            first = model.record_welcome_requested(db, user_id, key, self._clock.now())
        return pb.RecordWelcomeRequestedResponse(first=first)

    def GetAccess(self, request: pb.GetAccessRequest, context: Context) -> pb.GetAccessResponse:
        """The answer now, from the mirror alone."""
        [access] = self._access_of([parse_uuid(request.user_id, "user_id")])
        return _access_response(access)

    def BatchGetAccess(
        self, request: pb.BatchGetAccessRequest, context: Context
    ) -> pb.BatchGetAccessResponse:
        """The answers now."""
        results = run_batch(
            request.requests, lambda each: parse_uuid(each.user_id, "user_id"), self._access_of
        )
        return batch_to_proto(pb.BatchGetAccessResponse, results, _access_response)

    def _access_of(self, user_ids: Sequence[UUID]) -> list[Access]:
        with self._database.reader() as db:
            return model.access_of_users(db, user_ids, self._clock.now(), self._grace)

    def CreateCheckoutSession(
        self, request: pb.CreateCheckoutSessionRequest, context: Context
    ) -> pb.CreateCheckoutSessionResponse:
        """A page at Stripe, for the customer that the person is already, if any."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = _request_key(request.request_key)
        with self._database.reader() as db:
            customer_id = model.customer_of_user(db, user_id, self._clock.now(), self._grace)
        page = self._stripe.create_checkout_session(user_id, customer_id, key)
        # Changes nothing here: the kit leaves the operator's audit record in it.
        with self._database.writer() as db:
            db.note(f"session_id={page.session_id}")
        return pb.CreateCheckoutSessionResponse(session_id=page.session_id, url=page.url)

    def CancelSubscriptions(
        self, request: pb.CancelSubscriptionsRequest, context: Context
    ) -> pb.CancelSubscriptionsResponse:
        """At Stripe; the mirror follows by Stripe's events."""
        user_id = parse_uuid(request.user_id, "user_id")
        with self._database.reader() as db:
            customers = model.customers_of(db, user_id)
        for customer_id in customers:
            self._stripe.cancel_subscriptions(customer_id)
        return pb.CancelSubscriptionsResponse(stripe_customer_ids=customers)

    def DeleteAccount(
        self, request: pb.DeleteAccountRequest, context: Context
    ) -> pb.DeleteAccountResponse:
        """Whose the accounts are."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        deleted = self._database.transact(lambda db: model.delete_account(db, user_id, at))
        return pb.DeleteAccountResponse(deleted=deleted)

    def ListUndeliveredEvents(
        self, request: pb.ListUndeliveredEventsRequest, context: Context
    ) -> pb.ListUndeliveredEventsResponse:
        """One page, from Stripe itself."""
        page = Page.parse(request.page_size, request.page_token, maximum=PAGE_SIZE)
        start = parse_time(request, "start_time") if request.HasField("start_time") else None
        end = parse_time(request, "end_time") if request.HasField("end_time") else None
        (after,) = page.key(str) or (None,)
        events, following = self._stripe.undelivered_events(start, end, page.size, after)
        return pb.ListUndeliveredEventsResponse(
            events=[_event(event) for event in events],
            next_page_token="" if following is None else page.token(following),
        )

    def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Context
    ) -> pb.ListAccountsResponse:
        """One page of accounts."""
        page = Page.parse(request.page_size, request.page_token)
        if not _STATUS.fullmatch(request.status):
            raise InvalidArgument("status", "must be a status as Stripe writes it, or empty")
        at = self._clock.now()
        with self._database.list_reader() as db:
            accounts, token = model.list_accounts(db, request.status, page)
        return pb.ListAccountsResponse(
            accounts=[self._to_proto(account, at) for account in accounts], next_page_token=token
        )

    def GetBillingStats(
        self, request: pb.GetBillingStatsRequest, context: Context
    ) -> pb.GetBillingStatsResponse:
        """Accounts, counted."""
        at = self._clock.now()
        with self._database.list_reader() as db:
            stats = billing_stats(db, at, self._grace)
        return pb.GetBillingStatsResponse(
            statuses=[
                pb.StatusCount(status=status, accounts=accounts)
                for status, accounts in sorted(stats.statuses.items())
            ],
            accounts_with_access=stats.with_access,
            accounts_in_grace=stats.in_grace,
            parked_accounts=stats.parked,
        )

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        """One page of what operators did here."""
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            records, token = list_records(db, audit_records, page)
        return pb.ListAuditRecordsResponse(
            audit_records=[_audit_record(record) for record in records], next_page_token=token
        )

    def _to_proto(self, account: Account, at: datetime) -> pb.BillingAccount:
        subscription = account.subscription
        message = pb.BillingAccount(
            user_id=str(account.user_id or ""),
            stripe_customer_id=account.stripe_customer_id,
            access=_access(access_at(subscription, at, self._grace)),
            welcome_requested_time=timestamp(account.welcome_requested_at),
            sync_time=timestamp(account.synced_at),
            erase_time=timestamp(account.erased_at),
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


def _customer_id(text: str) -> str:
    if not _CUSTOMER_ID.fullmatch(text):
        raise InvalidArgument("stripe_customer_id", "must be a customer's id, such as cus_NffrFeUf")
    return text


def _request_key(text: str) -> str:
    if not _REQUEST_KEY.fullmatch(text):
        raise InvalidArgument("request_key", "must be 1 to 200 printable ASCII characters")
    return text


def _hints(truth: Truth) -> pb.CustomerHints:
    """Metadata is typed by people too: a user_id that is none is not passed on."""
    user_id = ""
    if truth.user_id:
        try:
            user_id = str(parse_uuid(truth.user_id, "user_id"))
        except InvalidArgument:
            user_id = ""
    return pb.CustomerHints(user_id=user_id, phone_number=truth.phone_number, deleted=truth.deleted)


def _event(event: Event) -> pb.StripeEvent:
    return pb.StripeEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        stripe_customer_id=event.customer_id,
        user_id=event.user_id,
        phone_number=event.phone_number,
        create_time=timestamp(event.created_at),
    )


def _access(access: Access) -> pb.Access:
    return pb.Access(
        granted=access.granted, reason=_REASONS[access.reason], until_time=timestamp(access.until)
    )


def _access_response(access: Access) -> pb.GetAccessResponse:
    return pb.GetAccessResponse(access=_access(access))


def _audit_record(record: AuditRecord) -> pb.AuditRecord:
    return pb.AuditRecord(
        record_id=str(record.record_id),
        caller=record.caller,
        method=record.method,
        subject=record.subject,
        create_time=timestamp(record.create_time),
    )
