"""Telling billing what changed at Stripe since a backup that was restored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from kit.clock import Clock
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from respite.checkout_links import numbers_by_session
from respite.payment_customers import STRIPE_SECONDS, Customer, Customers
from respite.payment_jobs import queue
from respite.payments_report import Became, Report
from respite.services import CallFailed, Services
from respite.taken_texts import TakenTexts

EVENTS_KEPT: Final = timedelta(days=30)
"""For so long Stripe keeps events (https://docs.stripe.com/api/events)."""

RETRIED_FOR: Final = timedelta(days=3)
"""For so long Stripe delivers an event again (https://docs.stripe.com/webhooks): one that was taken
since the backup may have happened that much earlier."""

PAGE_SIZE: Final = 100
"""The most that Stripe lists at once."""

AT_ONCE: Final = 4
"""Customers side by side: a few requests each, and Stripe allows 25 a second in test mode
(https://docs.stripe.com/rate-limits)."""

AWAY_IN_A_ROW: Final = 8
"""So many customers of whom a service or Stripe is away: it is away for all of them. It may be so
for a few, one whom Stripe fails to list say."""

EVENTS: Final = (billing.STRIPE_SOURCE_EVENTS,)
OBJECTS: Final = (
    billing.STRIPE_SOURCE_SUBSCRIPTIONS,
    billing.STRIPE_SOURCE_CHECKOUT_SESSIONS,
)
_WITHOUT_SPAN: Final = frozenset({billing.STRIPE_SOURCE_SUBSCRIPTIONS})
# Of these the jobs have nothing to do, or would do what was left to be decided.
_NOT_QUEUED: Final = frozenset({Became.GONE, Became.REFUSED, Became.UNASKED})

Work = Callable[[Customer], Became | CallFailed]


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
        self._customers = Customers(services)
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
        nameless = [change for change in changes if not change.stripe_customer_id]
        report.nameless = len(nameless)
        if dry:
            customers = _by_customer(changes, {})
            go_through(customers, self._customers.look, report)
            return report
        customers = _by_customer(changes, self._texted(changes, since))
        done = go_through(customers, self._customers.bring_up_to_date, report)
        queue(self._services, [*done, *nameless], since, report)
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
    ) -> Mapping[str, str] | None:
        """Numbers by checkout session, of those sessions whose person is not known; None where
        Twilio cannot be asked."""
        if self._texts is None:
            return None
        sessions = {
            change.checkout_session_id
            for change in changes
            if change.checkout_session_id
            and change.user_id
            and not self._customers.knows(change.user_id)
        }
        return numbers_by_session(self._texts, sessions, since) if sessions else {}


def go_through(
    customers: Sequence[Customer], work: Work, report: Report
) -> Sequence[billing.StripeChange]:
    """Does it for all, some side by side, and reports; changes of those whose jobs are to follow.

    Of whom a service or Stripe is away is tried once more in the end. Raises CallFailed where that
    is so for AWAY_IN_A_ROW of them.
    """
    done: list[billing.StripeChange] = []
    once_more: list[Customer] = []
    away_in_a_row = 0
    for customer, outcome in _side_by_side(customers, work):
        if isinstance(outcome, CallFailed) and outcome.away:
            away_in_a_row += 1
            if away_in_a_row == AWAY_IN_A_ROW:
                raise outcome
            once_more.append(customer)
            continue
        away_in_a_row = 0
        done += _reported(customer, outcome, report)
    for customer in once_more:
        done += _reported(customer, work(customer), report)
    return done


def _side_by_side(
    customers: Sequence[Customer], work: Work
) -> Iterator[tuple[Customer, Became | CallFailed]]:
    threads = ThreadPoolExecutor(AT_ONCE, "payments")
    try:
        yield from zip(customers, threads.map(work, customers), strict=True)
    finally:
        threads.shutdown(cancel_futures=True)


def _by_customer(
    changes: Sequence[billing.StripeChange], texted: Mapping[str, str] | None
) -> Sequence[Customer]:
    named: dict[str, list[billing.StripeChange]] = defaultdict(list)
    for change in changes:
        if change.stripe_customer_id:
            named[change.stripe_customer_id].append(change)
    return [Customer(name, of_one, _texted_to(of_one, texted)) for name, of_one in named.items()]


def _texted_to(
    changes: Sequence[billing.StripeChange], texted: Mapping[str, str] | None
) -> Sequence[str] | None:
    if texted is None:
        return None
    sessions = (change.checkout_session_id for change in changes)
    return [texted[session] for session in sessions if session in texted]


def _reported(
    customer: Customer, outcome: Became | CallFailed, report: Report
) -> Sequence[billing.StripeChange]:
    """Counts what became of the customer; their changes where jobs are to follow."""
    became = Became.REFUSED if isinstance(outcome, CallFailed) else outcome
    report.counts[became] += 1
    if isinstance(outcome, CallFailed):
        report.refused[customer.customer_id] = str(outcome)
    if became is Became.NOBODYS:
        report.nobodys.append(customer.customer_id)
    if became is Became.UNASKED:
        report.unasked.append(customer.customer_id)
    return () if became in _NOT_QUEUED else customer.changes
