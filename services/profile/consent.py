"""Whether we may text a person. Rules: the domain's section 6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class SmsConsent(StrEnum):
    """What the person said last."""

    UNSPECIFIED = "unspecified"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


class ConsentSource(StrEnum):
    """Where a statement comes from."""

    WORD = "word"
    OPT_OUT_TYPE = "opt_out_type"
    SEND_ERROR = "send_error"
    STATUS_ERROR = "status_error"
    OPERATOR = "operator"


# A provider or an operator says that the person is out; nothing but their own START brings them
# back.
ONLY_OPT_OUT: Final = frozenset(
    {ConsentSource.SEND_ERROR, ConsentSource.STATUS_ERROR, ConsentSource.OPERATOR}
)


# An opt-out counts from when its webhook was accepted, a reconciled opt-in from when the provider
# says it was sent. Where these may be wrong against each other, the person is left alone.
RECONCILED_GIVES_WAY: Final = timedelta(hours=1)

CLOCKS_APART: Final = timedelta(minutes=1)
"""So far may an operator's clock be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said, and when. `event_at` is None only where nothing was ever said.

    reconciled: fetched from the provider later, because its webhook never came.
    """

    state: SmsConsent
    event_at: datetime | None
    reconciled: bool = False


def holding(before: Statement, said: Statement) -> Statement:
    """The statement that holds of two: the newer, and on a tie the one that opts out.

    So the order in which statements arrive does not matter; but a reconciled opt-in gives way to
    an opt-out that is known already, unless that is more than an hour older.
    """
    if before.event_at is None or said.event_at is None:
        return before if said.event_at is None else said
    if said.event_at == before.event_at:
        return said if said.state is SmsConsent.OPTED_OUT else before
    restores = said.state is SmsConsent.OPTED_IN and before.state is SmsConsent.OPTED_OUT
    gap = RECONCILED_GIVES_WAY if said.reconciled and restores else timedelta(0)
    return said if said.event_at - before.event_at > gap else before
