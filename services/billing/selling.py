"""Who is shown a page to subscribe on, and who one to mend what they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import grpc

from kit.clock import Clock
from kit.database import Database
from kit.refusals import Refusal
from services.billing import model
from services.billing.model_links import NOT_THEIRS, link_customer
from services.billing.one_page import OnePage
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
        self._one_page = OnePage(database, stripe, clock, self._pages)

    def checkout(self, user_id: UUID, request_key: str) -> StripePage:
        """A page to subscribe on, for the customer that the person is already, if any.

        One whom Stripe does not have, mistyped, of the other mode, or deleted a moment ago, keeps
        nobody from paying. The person's other pages are closed: two could both be paid. Raises
        AlreadySubscribed, and what `CustomerSync.run` and `Pages.open` do.
        """
        while True:
            page, others = self._open(user_id, self._look(user_id), request_key)
            paid = self._one_page.close(user_id, others)
            # On an older page, and Stripe's search does not find the subscription yet.
            self._refuse_second(user_id, self._theirs(user_id, paid))
            # Who asked meanwhile may have closed this page: both are given the one that stands.
            standing = self._one_page.standing(user_id, page)
            if standing is not None:
                return standing

    def look(self, user_id: UUID) -> None:
        """Stores what Stripe has of the person; who has a subscription can pay for no second one.

        Raises what `CustomerSync.run` does.
        """
        with suppress(AlreadySubscribed):
            self._look(user_id)

    def close_pages(self, user_id: UUID) -> None:
        """The person can pay on no page that they were given. The customer as whom they paid on one
        is theirs from now on, though no event has come. Raises what `CustomerSync.run` does."""
        for _ in self._theirs(user_id, self._one_page.close_all(user_id)):
            pass

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

    def _look(self, user_id: UUID) -> list[str]:
        """Customers that the person is, the best first. Raises AlreadySubscribed."""
        known = self._customers_of(user_id)
        new = (each for each in self._stripe.subscribers_of(user_id) if each not in known)
        customers = [*self._at_stripe(known), *self._theirs(user_id, new)]
        self._refuse_second(user_id, customers)
        return [customer_id for customer_id, _ in customers]

    def _refuse_second(self, user_id: UUID, customers: Iterable[tuple[str, Truth]]) -> None:
        for customer_id, truth in customers:
            if (status := truth.standing) is not None:
                self._one_page.close(user_id)
                raise AlreadySubscribed({"stripe_customer_id": customer_id, "status": status})

    def _open(
        self, user_id: UUID, customers: Sequence[str], request_key: str
    ) -> tuple[StripePage, list[str]]:
        if customers:
            try:
                wanted = self._stripe.checkout_page(user_id, customers[0])
                return self._one_page.open(user_id, wanted, request_key)
            except NoStripeCustomer:
                pass
        return self._one_page.open(user_id, self._stripe.checkout_page(user_id, None), request_key)

    def _customers_of(self, user_id: UUID) -> list[str]:
        with self._database.reader() as db:
            return model.living_customers(db, user_id, self._clock.now(), self._grace)

    def _theirs(self, user_id: UUID, customers: Iterable[str]) -> Iterator[tuple[str, Truth]]:
        """Who subscribed on a page of this person's, and may be nobody's yet, since no event has
        come: from now on the person's."""
        for customer_id in customers:
            try:
                account, truth = self._sync.run(customer_id)
            except CustomerNotFound:
                continue
            if account.user_id != user_id and not self._is_linked(account, truth, user_id):
                continue
            yield customer_id, truth

    def _is_linked(self, account: model.Account, truth: Truth, user_id: UUID) -> bool:
        """Whether a customer of nobody is the person's from now on."""
        if account.user_id or self._sync.identify(account, truth).user_id != str(user_id):
            return False
        at = self._clock.now()
        try:
            with self._database.writer() as db:
                link_customer(db, account.stripe_customer_id, user_id, at)
        except NOT_THEIRS:
            return False
        return True

    def _at_stripe(self, customers: list[str]) -> Iterator[tuple[str, Truth]]:
        """Those whom Stripe has, as it has them now."""
        for customer_id in customers:
            try:
                _, truth = self._sync.run(customer_id)
            except CustomerNotFound:
                continue
            if not truth.deleted:
                yield customer_id, truth
