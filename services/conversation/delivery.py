"""What becomes of a text, and why it never goes backwards. Rules: the domain's section 11."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class MessageState(StrEnum):
    """What became of a text. RECEIVED is for inbound ones, the others for ours."""

    RECEIVED = "received"
    PREPARED = "prepared"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    WITHHELD = "withheld"


class SendFailure(StrEnum):
    """Why a text will not be sent, and the state that follows."""

    REFUSED = MessageState.FAILED
    WITHHELD = MessageState.WITHHELD
    EXPIRED = MessageState.EXPIRED


# A state gives way to higher ranks only. EXPIRED and WITHHELD are what we decided while we did not
# know whether the provider had the text; if it turns out that it had, its word counts for more.
_RANKS: Final[Mapping[MessageState, int]] = {
    MessageState.PREPARED: 0,
    MessageState.SENDING: 1,
    MessageState.EXPIRED: 2,
    MessageState.WITHHELD: 2,
    MessageState.ACCEPTED: 3,
    MessageState.SENT: 4,
    MessageState.DELIVERED: 5,
    MessageState.UNDELIVERED: 5,
    MessageState.FAILED: 5,
    MessageState.CANCELED: 5,
    MessageState.READ: 6,
}
# Nobody reads what did not arrive.
_NOT_DELIVERED: Final = frozenset(
    {MessageState.UNDELIVERED, MessageState.FAILED, MessageState.CANCELED}
)
# Before the provider is known to have a text we may still give it up.
UNDECIDED: Final = frozenset({MessageState.PREPARED, MessageState.SENDING})
GIVEN_UP: Final = frozenset(MessageState(failure.value) for failure in SendFailure)

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_WORDS: Final[Mapping[str, MessageState]] = {
    "accepted": MessageState.ACCEPTED,
    "scheduled": MessageState.ACCEPTED,
    "queued": MessageState.ACCEPTED,
    "sending": MessageState.ACCEPTED,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "undelivered": MessageState.UNDELIVERED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.CANCELED,
}


def state_of_word(word: str) -> MessageState | None:
    """The state that the provider's word for a status means; None for a word we do not know."""
    return _WORDS.get(word.lower())


def advanced(before: MessageState, reported: MessageState) -> MessageState:
    """The state of an outbound text after the provider reported another.

    One way only: DELIVERED, UNDELIVERED, FAILED and CANCELED are final, but that READ may follow
    DELIVERED.
    """
    if before in _NOT_DELIVERED or _RANKS[reported] <= _RANKS[before]:
        return before
    return reported
