"""Making a row equal Stripe's truth, however many do so at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import grpc

from kit.clock import Clock
from kit.database import Database, DbWriter
from kit.refusals import Refusal
from services.billing import access, model
from services.billing.model import Account
from services.billing.stripe_client import StripeApi, Truth

# Two are enough while rows stay (see CustomerSync); one more for a row deleted meanwhile.
MAXIMUM_FETCHES: Final = 3


class SyncContended(Refusal):
    """Too many read this customer at once; try again."""

    code = grpc.StatusCode.ABORTED


class CustomerSync:
    """Fetches a customer and stores it; no network inside a transaction.

    A fetch may be stored only if nobody stored another since before it began: so what is stored
    never goes back in time, whoever is fast or slow. Who comes too late fetches again; who comes
    too late twice need not, because the second of the two that went ahead began after them.
    """

    def __init__(
        self, database: Database, stripe: StripeApi, clock: Clock, grace: timedelta
    ) -> None:
        self._database = database
        self._stripe = stripe
        self._clock = clock
        self._grace = grace

    def run(self, stripe_customer_id: str) -> tuple[Account, Truth]:
        """The account as stored by a fetch that began after this call did, and what was fetched.

        Raises CustomerNotFound, StripeUnavailable, StripeMisconfigured, SyncContended; then
        nothing was stored.
        """
        first = seen = self._version_of(stripe_customer_id)
        for _ in range(MAXIMUM_FETCHES):
            truth = self._stripe.truth_of(stripe_customer_id)
            if (stored := self._store(stripe_customer_id, seen, truth)) is not None:
                return stored, truth
            with self._database.reader() as db:
                current = model.known_account(db, stripe_customer_id)
            if current is not None and current.version >= first + 2:
                return current, truth
            seen = current.version if current else 0
        raise SyncContended(retry_after=timedelta(seconds=1))

    def identify(self, account: Account, truth: Truth) -> Truth:
        """With the person who may be behind an account of nobody: whom the checkout page was made
        for, before whom an operator wrote into metadata.

        Stripe is asked for it, so that whichever event comes first finds the same person. Raises
        StripeUnavailable, StripeMisconfigured.
        """
        if account.user_id or account.erased_at or account.subscription is None:
            return truth
        buyer = self._stripe.buyer_of(account.stripe_customer_id)
        return replace(truth, user_id=buyer) if buyer else truth

    def _version_of(self, stripe_customer_id: str) -> int:
        with self._database.reader() as db:
            account = model.known_account(db, stripe_customer_id)
        return account.version if account else 0

    def _store(self, stripe_customer_id: str, version: int, truth: Truth) -> Account | None:
        at = self._clock.now()
        best = access.best(truth.subscriptions, at, self._grace)

        def store(db: DbWriter) -> Account | None:
            return model.store_truth(
                db, stripe_customer_id, version, best, at, customer_deleted=truth.deleted
            )

        return self._database.transact(store)
