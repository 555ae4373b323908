"""The door of billing: a request in, one model call, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import grpc

from kit.audit_trail import answer_list
from kit.batch import batch_to_proto, run_batch
from kit.clock import Clock
from kit.database import Database
from kit.ids import parse_uuid
from kit.paging import Page
from kit.refusals import InvalidArgument
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceServicer
from services.billing import model
from services.billing.access import DEFAULT_GRACE, Access
from services.billing.model_links import link_customer, unlink_customer
from services.billing.model_stats import billing_stats
from services.billing.selling import Selling
from services.billing.stripe_client import PAGE_SIZE, StripeApi
from services.billing.sync import CustomerSync
from services.billing.tables import audit_records
from services.billing.wire import (
    access_response,
    access_to_proto,
    account_to_proto,
    change_to_proto,
    event_to_proto,
    hints_to_proto,
    parse_charge_id,
    parse_customer_id,
    parse_request_key,
    parse_source,
    parse_span,
    parse_status,
    refuse_unseen,
)

Context = grpc.ServicerContext


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
        self._selling = Selling(database, stripe, clock, self._sync, grace)

    def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        """By customer, or the best of a person's."""
        at = self._clock.now()
        match request.WhichOneof("account"):
            case "user_id":
                user_id = parse_uuid(request.user_id, "user_id")
                with self._database.reader() as db:
                    account = model.best_account(db, user_id, at, self._grace)
            case "stripe_customer_id":
                customer_id = parse_customer_id(request.stripe_customer_id)
                with self._database.reader() as db:
                    account = model.account_of_customer(db, customer_id)
            case _:
                raise InvalidArgument("account", "must be a user_id or a stripe_customer_id")
        return pb.GetAccountResponse(account=account_to_proto(account, at, self._grace))

    def LinkCustomer(
        self, request: pb.LinkCustomerRequest, context: Context
    ) -> pb.LinkCustomerResponse:
        """Says whose a customer is."""
        user_id = parse_uuid(request.user_id, "user_id")
        customer_id = parse_customer_id(request.stripe_customer_id)
        at = self._clock.now()
        with self._database.writer() as db:
            db.note(f"stripe_customer_id={customer_id}")
            if model.known_account(db, customer_id) is None:
                refuse_unseen(customer_id)
            account = link_customer(db, customer_id, user_id, at, anew=request.anew)
        return pb.LinkCustomerResponse(account=account_to_proto(account, at, self._grace))

    def UnlinkCustomer(
        self, request: pb.UnlinkCustomerRequest, context: Context
    ) -> pb.UnlinkCustomerResponse:
        """Says whose a customer is not."""
        user_id = parse_uuid(request.user_id, "user_id")
        customer_id = parse_customer_id(request.stripe_customer_id)
        at = self._clock.now()
        with self._database.writer() as db:
            db.note(f"stripe_customer_id={customer_id}")
            for_good = not request.person_unknown
            account = unlink_customer(db, customer_id, user_id, at, for_good=for_good)
        return pb.UnlinkCustomerResponse(account=account_to_proto(account, at, self._grace))

    def SyncCustomer(
        self, request: pb.SyncCustomerRequest, context: Context
    ) -> pb.SyncCustomerResponse:
        """Fetches and stores."""
        account, truth = self._sync.run(parse_customer_id(request.stripe_customer_id))
        hints = hints_to_proto(self._sync.identify(account, truth))
        return pb.SyncCustomerResponse(
            account=account_to_proto(account, self._clock.now(), self._grace),
            hints=hints,
        )

    def FindCustomer(
        self, request: pb.FindCustomerRequest, context: Context
    ) -> pb.FindCustomerResponse:
        """From Stripe itself."""
        charge_id = parse_charge_id(request.stripe_charge_id)
        customer_id = self._stripe.customer_of_charge(charge_id)
        return pb.FindCustomerResponse(stripe_customer_id=customer_id)

    def RecordWelcomeRequested(
        self, request: pb.RecordWelcomeRequestedRequest, context: Context
    ) -> pb.RecordWelcomeRequestedResponse:
        """Once a person, for ever."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = parse_request_key(request.request_key)
        with self._database.writer() as db:
            first = model.record_welcome_requested(db, user_id, key, self._clock.now())
        return pb.RecordWelcomeRequestedResponse(first=first)

    def GetAccess(self, request: pb.GetAccessRequest, context: Context) -> pb.GetAccessResponse:
        """The answer now, from the mirror alone."""
        [access] = self._access_of([parse_uuid(request.user_id, "user_id")])
        return access_response(access)

    def BatchGetAccess(
        self, request: pb.BatchGetAccessRequest, context: Context
    ) -> pb.BatchGetAccessResponse:
        """The answers now."""
        results = run_batch(
            request.requests, lambda each: parse_uuid(each.user_id, "user_id"), self._access_of
        )
        return batch_to_proto(pb.BatchGetAccessResponse, results, access_response)

    def _access_of(self, user_ids: Sequence[UUID]) -> list[Access]:
        with self._database.reader() as db:
            return model.access_of_users(db, user_ids, self._clock.now(), self._grace)

    def LookUpAccess(
        self, request: pb.LookUpAccessRequest, context: Context
    ) -> pb.LookUpAccessResponse:
        """The answer after a look at Stripe."""
        user_id = parse_uuid(request.user_id, "user_id")
        self._selling.look(user_id)
        [access] = self._access_of([user_id])
        return pb.LookUpAccessResponse(access=access_to_proto(access))

    def CreateCheckoutSession(
        self, request: pb.CreateCheckoutSessionRequest, context: Context
    ) -> pb.CreateCheckoutSessionResponse:
        """A page at Stripe, for whoever has no subscription."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = parse_request_key(request.request_key)
        page = self._selling.checkout(user_id, key)
        return pb.CreateCheckoutSessionResponse(session_id=page.session_id, url=page.url)

    def CreatePortalSession(
        self, request: pb.CreatePortalSessionRequest, context: Context
    ) -> pb.CreatePortalSessionResponse:
        """A page at Stripe, of what they pay or are to pay."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = parse_request_key(request.request_key)
        page = self._selling.portal(user_id, key)
        # Changes nothing here: the kit leaves the operator's audit record in it.
        with self._database.writer() as db:
            db.note(f"session_id={page.session_id}")
        return pb.CreatePortalSessionResponse(session_id=page.session_id, url=page.url)

    def CancelSubscriptions(
        self, request: pb.CancelSubscriptionsRequest, context: Context
    ) -> pb.CancelSubscriptionsResponse:
        """At Stripe; the mirror follows by Stripe's events."""
        user_id = parse_uuid(request.user_id, "user_id")
        self._selling.close_pages(user_id)
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
        (after,) = page.key(str) or (None,)
        events, following = self._stripe.undelivered_events(*parse_span(request), page.size, after)
        return pb.ListUndeliveredEventsResponse(
            events=[event_to_proto(event) for event in events],
            next_page_token="" if following is None else page.token(following),
        )

    def ListStripeChanges(
        self, request: pb.ListStripeChangesRequest, context: Context
    ) -> pb.ListStripeChangesResponse:
        """One page, from Stripe itself."""
        page = Page.parse(request.page_size, request.page_token, maximum=PAGE_SIZE)
        source = parse_source(request)
        start, end = parse_span(request)
        (after,) = page.key(str) or (None,)
        changes, following = self._stripe.changes(source, start, end, page.size, after)
        return pb.ListStripeChangesResponse(
            changes=[change_to_proto(change) for change in changes],
            next_page_token="" if following is None else page.token(following),
        )

    def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Context
    ) -> pb.ListAccountsResponse:
        """One page of accounts."""
        page = Page.parse(request.page_size, request.page_token)
        status = parse_status(request.status)
        at = self._clock.now()
        with self._database.list_reader() as db:
            accounts, token = model.list_accounts(db, status, page)
        return pb.ListAccountsResponse(
            accounts=[account_to_proto(account, at, self._grace) for account in accounts],
            next_page_token=token,
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
        return answer_list(self._database, audit_records, request, pb.ListAuditRecordsResponse)
