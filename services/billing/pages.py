"""Pages at Stripe: who asks again under a request key gets the page they had, or one at last."""

from __future__ import annotations

import hashlib

from kit.clock import Clock
from kit.database import Database
from kit.refusals import Refusal
from services.billing import model_pages
from services.billing.stripe_pages import PageRequest, StripePage
from services.billing.stripe_refusals import NoStripeCustomer, is_repeated


class Pages:
    """Opens pages, each under a key that Stripe remembers.

    Stripe answers the same again under one key, a failure too, and refuses other parameters under
    it (https://docs.stripe.com/api/idempotent_requests). So the key holds a hash of what is asked
    for, and from the first refusal on a number: the next key in line. Where Stripe works there is
    one page for a request, because whoever asks goes through the same keys in the same order.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, wanted: PageRequest, request_key: str) -> StripePage:
        """The page for this key and these parameters.

        request_key: at most 200 characters; Stripe takes 255. Raises NoStripeCustomer,
        StripeUnavailable, StripeMisconfigured, RequestKeyReused. No transaction may be open.
        """
        key, page = _names(wanted, request_key)
        refusals = self._refusals_of(page)
        try:
            return wanted.open(f"{key}:{refusals}" if refusals else key)
        except NoStripeCustomer:
            raise
        except Refusal as refusal:
            if is_repeated(refusal):
                self._record(page, refusals + 1)
            raise

    def pass_over(self, wanted: PageRequest, request_key: str) -> None:
        """The page that `open` has given is closed: from now on it gives another."""
        _, page = _names(wanted, request_key)
        self._record(page, self._refusals_of(page) + 1)

    def _refusals_of(self, page: str) -> int:
        with self._database.reader() as db:
            return model_pages.refusals_of(db, page)

    def _record(self, page: str, refusals: int) -> None:
        at = self._clock.now()
        self._database.transact(lambda db: model_pages.record_refusal(db, page, refusals, at))


def _names(wanted: PageRequest, request_key: str) -> tuple[str, str]:
    """The first key at Stripe, and its hash, by which we count."""
    key = f"{request_key}:{wanted.digest}"
    return key, hashlib.sha256(key.encode()).hexdigest()
