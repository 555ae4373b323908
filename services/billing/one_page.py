"""One page to subscribe on is open of a person: two could both be paid."""

from __future__ import annotations

from collections.abc import Sequence
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

    def open(
        self, user_id: UUID, wanted: PageRequest, request_key: str
    ) -> tuple[StripePage, list[str]]:
        """A page on which the person can pay, and their pages besides, which are to be closed.

        Of pages that are asked for at once the one that is recorded last stays. Stripe repeats a
        page in whose place is another: that one is passed over. Raises what `Pages.open` does.
        """
        while True:
            page = self._pages.open(wanted, request_key)
            others = self._others_than(user_id, page.session_id)
            if others is not None:
                return page, others
            self._pages.pass_over(wanted, request_key)

    def standing(self, user_id: UUID, page: StripePage) -> StripePage | None:
        """This page, or the one that has taken its place while others were being closed; None where
        nobody can pay on that either. Raises StripeUnavailable, StripeMisconfigured."""
        with self._database.reader() as db:
            session_id = model_pages.standing_page(db, user_id)
        if session_id is None or session_id == page.session_id:
            return page if session_id else None
        return self._stripe.open_page(session_id)

    def close(self, user_id: UUID, others: Sequence[str] | None = None) -> list[str]:
        """Closes pages of the person; the customers who have paid on them.

        others: "cs_…"; all that are open unless told. What Stripe does not close is logged, and
        closed the next time.
        """
        try:
            return self.close_all(user_id) if others is None else self._close(others)
        except Refusal as refusal:
            log.warning("checkout_page_left_open", user_id=str(user_id), reason=refusal.reason)
            return []

    def close_all(self, user_id: UUID) -> list[str]:
        """The same, to the last. Raises StripeUnavailable, StripeMisconfigured."""
        with self._database.reader() as db:
            found = model_pages.open_pages(db, user_id)
        return self._close(found)

    def _close(self, session_ids: Sequence[str]) -> list[str]:
        paid = []
        for session_id in session_ids:
            if customer_id := self._stripe.close_page(session_id):
                paid.append(customer_id)
            self._record_closed(session_id)
        return paid

    def _others_than(self, user_id: UUID, session_id: str) -> list[str] | None:
        """None where another is in place of this page, or it is closed."""
        at = self._clock.now()

        def record(db: DbWriter) -> list[str] | None:
            db.note(f"session_id={session_id}")
            return model_pages.record_page(db, user_id, session_id, at)

        return self._database.transact(record)

    def _record_closed(self, session_id: str) -> None:
        at = self._clock.now()

        def record(db: DbWriter) -> None:
            db.note(f"closed session_id={session_id}")
            model_pages.record_closed(db, session_id, at)

        self._database.transact(record)
