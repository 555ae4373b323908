"""One page to subscribe on is open of a person: two could both be paid."""

from __future__ import annotations

from uuid import UUID

from kit.clock import Clock
from kit.database import Database, DbWriter
from kit.logging import get_logger
from kit.refusals import Refusal
from services.billing import model_pages
from services.billing.pages import Pages
from services.billing.stripe_client import StripeApi
from services.billing.stripe_pages import PageRequest, StripePage

log = get_logger(__name__)


class OnePage:
    """Hands out pages to subscribe on, remembers whose they are, and closes them at Stripe."""

    def __init__(self, database: Database, stripe: StripeApi, clock: Clock, pages: Pages) -> None:
        self._database = database
        self._stripe = stripe
        self._clock = clock
        self._pages = pages

    def open(self, user_id: UUID, wanted: PageRequest, request_key: str) -> StripePage:
        """A page on which the person can pay. Stripe repeats one that is closed: that one is passed
        over. Raises what `Pages.open` does."""
        while True:
            page = self._pages.open(wanted, request_key)
            if self._is_open(user_id, page.session_id):
                return page
            self._pages.pass_over(wanted, request_key)

    def close_others(self, user_id: UUID, but: str = "") -> list[str]:
        """Closes the person's pages except for one; the customers who have paid on them.

        but: "cs_…", "" for none. What Stripe does not close is logged, and closed the next time.
        """
        try:
            return self.close_all(user_id, but)
        except Refusal as refusal:
            log.warning("checkout_page_left_open", user_id=str(user_id), reason=refusal.reason)
            return []

    def close_all(self, user_id: UUID, but: str = "") -> list[str]:
        """The same, to the last. Raises StripeUnavailable, StripeMisconfigured."""
        with self._database.reader() as db:
            others = [one for one in model_pages.open_pages(db, user_id) if one != but]
        paid = []
        for session_id in others:
            if customer_id := self._stripe.close_page(session_id):
                paid.append(customer_id)
            self._record_closed(session_id)
        return paid

    def _is_open(self, user_id: UUID, session_id: str) -> bool:
        at = self._clock.now()

        def record(db: DbWriter) -> bool:
            db.note(f"session_id={session_id}")
            return model_pages.record_page(db, user_id, session_id, at)

        return self._database.transact(record)

    def _record_closed(self, session_id: str) -> None:
        at = self._clock.now()

        def record(db: DbWriter) -> None:
            db.note(f"closed session_id={session_id}")
            model_pages.record_closed(db, session_id, at)

        self._database.transact(record)
