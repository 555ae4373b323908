"""What came of bringing back the payments since a backup."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Became(Enum):
    """What became of a customer.

    SYNCED: whose it is was known, or nobody pays by it. LINKED: its person was found. NOBODYS: it
    pays and its person is not known. UNASKED: only Twilio, which could not be asked, knows who its
    page was for. ERASED: its person was erased. GONE: Stripe does not know it.
    REFUSED: a service refused, or failed twice. MISSING: of a dry run, the mirror does not have it
    or not whose it is.
    """

    SYNCED = "synced"
    LINKED = "linked"
    NOBODYS = "nobodys"
    UNASKED = "not_linked"
    ERASED = "erased"
    GONE = "gone"
    REFUSED = "refused"
    MISSING = "missing"


@dataclass(slots=True)
class Report:
    """What came of it. by_events: whether events were listed, else objects. listed: changes.
    nameless: changes that name no customer, which are passed on for somebody to look at.
    queued, known: jobs that are new, and those that were there. nobodys, unasked: customers' ids.
    refused: by id, why a customer was not brought up to date, or the queue refused a change."""

    by_events: bool
    listed: int = 0
    nameless: int = 0
    queued: int = 0
    known: int = 0
    counts: Counter[Became] = field(default_factory=Counter)
    nobodys: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def customers(self) -> int:
        """Whom the changes concern."""
        return self.counts.total()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for somebody to look at."""
        return not (self.nobodys or self.unasked or self.refused)
