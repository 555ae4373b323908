"""Who is shown a page to subscribe on, and who one to mend what they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import grpc

from kit.clock import Clock
from kit.database import Database
from kit.refusals import Refusal
from services.billing import model
from services.billing.pages import Pages
from services.billing.stripe_client import StripeApi, Truth
from services.billing.stripe_pages import StripePage
from services.billing.stripe_refusals import CustomerNotFound, NoStripeCustomer
from services.billing.sync import CustomerSync


class AlreadySubscribed(Refusal):
    """This person has a subscription that has not ended; a second one would be paid beside it."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Selling:
    """Makes the pages of a person, after a look at Stripe: the mirror may be a moment behind.

    That look is stored, so whoever is refused a second subscription has the access of the first.
    """

    def __init__(
        self,
        database: Database,
        stripe: StripeApi,
        clock: Clock,
        sync: CustomerSync,
        grace: timedelta,
    ) -> None:
        self._database = database
        self._stripe = stripe
        self._clock = clock
        self._sync = sync
        self._grace = grace
        self._pages = Pages(database, clock)

    def checkout(self, user_id: UUID, request_key: str) -> StripePage:
        """A page to subscribe on, for the customer that the person is already, if any.

        One whom Stripe does not have, mistyped, of the other mode, or deleted a moment ago, keeps
        nobody from paying. Raises AlreadySubscribed, and what `CustomerSync.run` and `Pages.open`
        do.
        """
        known = self._customers_of(user_id)
        customers = [*self._at_stripe(known), *self._new_of(user_id, known)]
        for customer_id, truth in customers:
            if (status := truth.standing) is not None:
                raise AlreadySubscribed({"stripe_customer_id": customer_id, "status": status})
        if customers:
            try:
                wanted = self._stripe.checkout_page(user_id, customers[0][0])
                return self._pages.open(wanted, request_key)
            except NoStripeCustomer:
                pass
        return self._pages.open(self._stripe.checkout_page(user_id, None), request_key)

    def portal(self, user_id: UUID, request_key: str) -> StripePage:
        """A page of their own billing: of the customer whose subscription has not ended, else of
        the one with the best access.

        Raises NoStripeCustomer, and what `CustomerSync.run` and `Pages.open` do.
        """
        customers = self._customers_of(user_id)
        if len(customers) > 1:
            found = list(self._at_stripe(customers))
            found.sort(key=lambda each: each[1].standing is None)
            customers = [customer_id for customer_id, _ in found]
        if not customers:
            raise NoStripeCustomer
        return self._pages.open(self._stripe.portal_page(customers[0]), request_key)

    def _customers_of(self, user_id: UUID) -> list[str]:
        with self._database.reader() as db:
            return model.living_customers(db, user_id, self._clock.now(), self._grace)

    def _new_of(self, user_id: UUID, known: Sequence[str]) -> Iterator[tuple[str, Truth]]:
        """Who subscribed on a page of this person's and is nobody's yet, since no event has come:
        from now on the person's."""
        for customer_id in self._stripe.subscribers_of(user_id):
            if customer_id in known:
                continue
            try:
                account, truth = self._sync.run(customer_id)
            except CustomerNotFound:
                continue
            if account.user_id or self._sync.identify(account, truth).user_id != str(user_id):
                continue
            at = self._clock.now()
            try:
                with self._database.writer() as db:
                    model.link_customer(db, customer_id, user_id, at)
            except model.CustomerLinkedElsewhere:
                continue
            yield customer_id, truth

    def _at_stripe(self, customers: list[str]) -> Iterator[tuple[str, Truth]]:
        """Those whom Stripe has, as it has them now."""
        for customer_id in customers:
            try:
                _, truth = self._sync.run(customer_id)
            except CustomerNotFound:
                continue
            if not truth.deleted:
                yield customer_id, truth
