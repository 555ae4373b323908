"""Telling billing what changed at Stripe since a backup that was restored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import grpc

from kit.clock import Clock
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessStripeEvent
from respite.checkout_links import numbers_by_session
from respite.payments_report import Became, Report
from respite.services import CallFailed, Services
from respite.taken_texts import TakenTexts
from services.jobs.workflows.numbers import person_number

EVENTS_KEPT: Final = timedelta(days=30)
"""For so long Stripe keeps events (https://docs.stripe.com/api/events)."""

RETRIED_FOR: Final = timedelta(days=3)
"""For so long Stripe delivers an event again (https://docs.stripe.com/webhooks): one that was taken
since the backup may have happened that much earlier."""

STRIPE_SECONDS: Final = 30.0
"""For calls that wait for Stripe."""

PAGE_SIZE: Final = 100
"""The most that Stripe lists at once."""

AT_ONCE: Final = 4
"""Customers side by side: a few requests each, and Stripe allows 25 a second in test mode
(https://docs.stripe.com/rate-limits)."""

EVENTS: Final = (billing.STRIPE_SOURCE_EVENTS,)
OBJECTS: Final = (
    billing.STRIPE_SOURCE_SUBSCRIPTIONS,
    billing.STRIPE_SOURCE_CHECKOUT_SESSIONS,
)
_WITHOUT_SPAN: Final = frozenset({billing.STRIPE_SOURCE_SUBSCRIPTIONS})


@dataclass(frozen=True, slots=True)
class _Customer:
    """What was listed of one, oldest first. phones: in E.164 or as they were typed."""

    customer_id: str
    changes: Sequence[billing.StripeChange]
    phones: Sequence[str]


class PaymentReconciliation:
    """Goes once through what changed at Stripe. Safe to repeat, and beside webhooks: what is stored
    is what Stripe says at that moment, a link is never overwritten, and jobs have the keys of the
    webhooks.

    texts: to look up whom a checkout page was for, where the restore has forgotten the person; None
    where Twilio is not configured. progress: told after each page how many changes were listed.
    """

    def __init__(
        self,
        services: Services,
        texts: TakenTexts | None,
        clock: Clock,
        progress: Callable[[int], None] = lambda listed: None,
    ) -> None:
        self._services = services
        self._texts = texts
        self._clock = clock
        self._progress = progress

    def run(self, since: datetime, until: datetime | None = None, *, dry: bool = False) -> Report:
        """Brings up to date whoever changed in this span. Raises CallFailed where a service or
        Stripe is away, AccountProblem where Twilio is; what is done then is done.

        dry: only says what there is, and changes nothing.
        """
        happened_since = since - RETRIED_FOR
        report = Report(by_events=self._clock.now() - happened_since <= EVENTS_KEPT)
        changes = self._changes(happened_since, until, report)
        named: dict[str, list[billing.StripeChange]] = defaultdict(list)
        for change in changes:
            named[change.stripe_customer_id].append(change)
        nameless = named.pop("", [])
        report.nameless = len(nameless)
        texted = {} if dry else self._texted(changes, since)
        customers = [
            _Customer(name, of_one, [*_texted_to(of_one, texted), *_phones(of_one)])
            for name, of_one in named.items()
        ]
        self._for_each(customers, since, report, dry=dry)
        if not dry:
            self._queue(nameless, since, report)
        return report

    # -- what changed -------------------------------------------------------------------------

    def _changes(
        self, since: datetime, until: datetime | None, report: Report
    ) -> Sequence[billing.StripeChange]:
        """Oldest first, of each source."""
        found: list[billing.StripeChange] = []
        for source in EVENTS if report.by_events else OBJECTS:
            of_source: list[billing.StripeChange] = []
            for page in self._pages(source, since, until):
                of_source += page
                report.listed += len(page)
                self._progress(report.listed)
            found += reversed(of_source)
        return found

    def _pages(
        self, source: billing.StripeSource.ValueType, since: datetime, until: datetime | None
    ) -> Iterator[Sequence[billing.StripeChange]]:
        request = billing.ListStripeChangesRequest(source=source, page_size=PAGE_SIZE)
        if source not in _WITHOUT_SPAN:
            request.start_time.CopyFrom(timestamp(since))
            if until is not None:
                request.end_time.CopyFrom(timestamp(until))
        while True:
            page = self._services.billing.ListStripeChanges(request, timeout=STRIPE_SECONDS)
            yield page.changes
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    def _texted(
        self, changes: Sequence[billing.StripeChange], since: datetime
    ) -> Mapping[str, str]:
        """Numbers by checkout session, of those sessions whose person is not known."""
        sessions = {
            change.checkout_session_id
            for change in changes
            if change.checkout_session_id and change.user_id and not self._knows(change.user_id)
        }
        if not sessions or self._texts is None:
            return {}
        return numbers_by_session(self._texts, sessions, since)

    # -- one customer -------------------------------------------------------------------------

    def _for_each(
        self, customers: Sequence[_Customer], since: datetime, report: Report, *, dry: bool
    ) -> None:
        threads = ThreadPoolExecutor(AT_ONCE, "payments")
        try:
            looked = threads.map(self._look if dry else self._bring_up_to_date, customers)
            for customer, (became, why) in zip(customers, looked, strict=True):
                report.counts[became] += 1
                if became is Became.NOBODYS:
                    report.nobodys.append(customer.customer_id)
                if became is Became.REFUSED:
                    report.refused[customer.customer_id] = why
                elif not dry and became is not Became.GONE:
                    self._queue(customer.changes, since, report)
        finally:
            threads.shutdown(cancel_futures=True)

    def _look(self, customer: _Customer) -> tuple[Became, str]:
        request = billing.GetAccountRequest(stripe_customer_id=customer.customer_id)
        try:
            account = self._services.billing.GetAccount(request).account
        except CallFailed as failed:
            if failed.refusal.code is grpc.StatusCode.NOT_FOUND:
                return Became.MISSING, ""
            raise
        if account.HasField("erase_time"):
            return Became.ERASED, ""
        return (Became.SYNCED if account.user_id else Became.MISSING), ""

    def _bring_up_to_date(self, customer: _Customer) -> tuple[Became, str]:
        """From here on access is right; journey and welcome are the jobs'. What a service refused
        has its reason. Raises CallFailed where waiting may help."""
        request = billing.SyncCustomerRequest(stripe_customer_id=customer.customer_id)
        try:
            synced = self._services.billing.SyncCustomer(request, timeout=STRIPE_SECONDS)
            return self._person_found(customer, synced), ""
        except CallFailed as failed:
            if failed.away:
                raise
            if failed.refusal.reason == "CUSTOMER_NOT_FOUND":
                return Became.GONE, ""
            return Became.REFUSED, str(failed)

    def _person_found(self, customer: _Customer, synced: billing.SyncCustomerResponse) -> Became:
        if synced.account.HasField("erase_time"):
            return Became.ERASED
        if synced.account.user_id:
            return Became.SYNCED
        if any(self._link(each, customer) for each in self._people(customer, synced.hints)):
            return Became.LINKED
        return Became.NOBODYS if synced.account.stripe_subscription_id else Became.SYNCED

    def _people(self, customer: _Customer, hints: billing.CustomerHints) -> Iterator[str]:
        """Who the customer may be, in the order of `process_stripe_event`: ids, then numbers. The
        person of a number is made, so no further than the first that can be linked is asked for."""
        for user_id in (*(each.user_id for each in customer.changes), hints.user_id):
            if user_id and self._knows(user_id):
                yield user_id
        for phone in (*customer.phones, hints.phone_number):
            number = person_number(phone) if phone else None
            if number is not None:
                request = identity.EnsureUserRequest(phone_number=number)
                yield self._services.identity.EnsureUser(request).user.user_id

    def _knows(self, user_id: str) -> bool:
        try:
            self._services.identity.GetUser(identity.GetUserRequest(user_id=user_id))
        except CallFailed as failed:
            if failed.refusal.reason == "USER_NOT_FOUND":
                return False
            raise
        return True

    def _link(self, user_id: str, customer: _Customer) -> bool:
        request = billing.LinkCustomerRequest(
            user_id=user_id, stripe_customer_id=customer.customer_id
        )
        try:
            self._services.billing.LinkCustomer(request)
        except CallFailed as failed:
            if failed.refusal.reason == "CUSTOMER_LINKED_ELSEWHERE":
                return False
            raise
        return True

    # -- what follows -------------------------------------------------------------------------

    def _queue(
        self, changes: Sequence[billing.StripeChange], since: datetime, report: Report
    ) -> None:
        for change in changes:
            request = jobs.EnqueueJobRequest(job=_job(change, since, by_event=report.by_events))
            try:
                created = self._services.jobs.EnqueueJob(request).job.created
            except CallFailed as failed:
                if failed.away:
                    raise
                report.refused[change.change_id] = str(failed)
                continue
            report.queued += created
            report.known += not created


def _job(change: billing.StripeChange, since: datetime, *, by_event: bool) -> jobs.NewJob:
    """Of an event under the key of its webhook; of an object once for the moment of the backup."""
    payload = ProcessStripeEvent(
        event_id=change.change_id,
        event_type=change.change_type,
        stripe_customer_id=change.stripe_customer_id,
        user_id=change.user_id,
        phone_number=change.phone_number,
        stripe_charge_id=change.stripe_charge_id,
    )
    key = f"stripe:{change.change_id}"
    if not by_event:
        key = f"stripe-since:{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}:{change.change_id}"
    return jobs.NewJob(key=key, payload=JobPayload(process_stripe_event=payload))


def _phones(changes: Sequence[billing.StripeChange]) -> Iterator[str]:
    return (change.phone_number for change in changes if change.phone_number)


def _texted_to(changes: Sequence[billing.StripeChange], texted: Mapping[str, str]) -> Iterator[str]:
    sessions = (change.checkout_session_id for change in changes)
    return (texted[session] for session in sessions if session in texted)
