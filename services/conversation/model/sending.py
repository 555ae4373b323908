"""The send ledger: who may hand a text to the provider.

A text goes from prepared to sending when somebody takes the right (and back when they give it back
untried). From there it goes to what the provider says (reports.py), or to what we decide when we
give it up (giving_up.py). `delivery.advanced` knows the order.

Each function takes many, decides about one after the other, and writes what came of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from kit.database import DbWriter
from kit.refusals import Refusal
from services.conversation.delivery import UNDECIDED, MessageState
from services.conversation.message import Attempt, Message
from services.conversation.model.admission import Limits
from services.conversation.model.changing import Changes, locked_texts
from services.conversation.model.outbound_hour import OutboundHour, is_limited
from services.conversation.model.restoring import settle_what_was_sent
from services.conversation.model.send_rate import SendRate
from services.conversation.refusals import MessageNotFound, OutboundLimitReached, SendRateReached


class SendPermission(Enum):
    """The answer to somebody who wants to send."""

    GRANTED = "granted"
    UNKNOWN_OUTCOME = "unknown_outcome"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Begun:
    """What somebody who wants to send may do, and the text."""

    permission: SendPermission
    message: Message


@dataclass(frozen=True, slots=True)
class Begin:
    """Somebody wants to send a text.

    not_found_token: the token that held the right when they learnt that the outcome is unknown, and
    who have then found that the provider does not have the text; else "". The right passes on only
    if that token still holds it.
    """

    message_id: UUID
    token: str
    not_found_token: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """Somebody gives the right to send a text back, for the provider has surely not taken it."""

    message_id: UUID
    token: str


def begin_send(
    db: DbWriter, begins: Sequence[Begin], limits: Limits, at: datetime
) -> list[Begun | Refusal]:
    """Gives the right to send to one token at a time.

    limits: how many texts may leave in any hour (see outbound_hour.py), and how many segments in a
    second (see send_rate.py); each time a token takes the right counts, a repeat of it does not.
    What was sent before a restore is settled (see restoring.py). MessageNotFound for no text of
    ours, OutboundLimitReached or SendRateReached where it has to wait; then nobody has the right
    who did not have it before.
    """
    texts = locked_texts(db, {begin.message_id for begin in begins})
    settle_what_was_sent(db, texts, at)
    hour = OutboundHour(db, at, limits.outbound_an_hour)
    rate = SendRate(db, texts.row_ids, limits.segments_a_second, at)
    done = [_begin(texts, hour, rate, begin, at) for begin in begins]
    texts.write(db)
    hour.write()
    rate.write()
    return done


def _begin(
    texts: Changes, hour: OutboundHour, rate: SendRate, begin: Begin, at: datetime
) -> Begun | Refusal:
    message = texts.by_id(begin.message_id)
    if message is None:
        return MessageNotFound()
    if message.state not in UNDECIDED:
        return Begun(SendPermission.SETTLED, message)
    holder = message.attempt.token if message.attempt else ""
    if holder == begin.token:
        return Begun(SendPermission.GRANTED, message)
    if holder and holder != begin.not_found_token:
        return Begun(SendPermission.UNKNOWN_OUTCOME, message)
    if is_limited(message):
        if hour.is_full:
            return OutboundLimitReached(retry_after=hour.retry_after)
        wait = rate.wait_of(message)
        if wait is not None:
            return SendRateReached(retry_after=wait)
        hour.take()
    taken = texts.change(
        message,
        at,
        state=MessageState.SENDING,
        attempt=Attempt(begin.token, at),
        first_begun_at=message.first_begun_at or at,
    )
    return Begun(SendPermission.GRANTED, taken)


def abandon_send(
    db: DbWriter, abandons: Sequence[Abandon], at: datetime
) -> list[Message | Refusal]:
    """Takes the right back from those who give it back.

    The text is prepared again, and does not count among those that left; when somebody first held
    the right stays on record. A token that does not hold the right changes nothing.
    MessageNotFound for no text of ours.
    """
    texts = locked_texts(db, {abandon.message_id for abandon in abandons})
    hour = OutboundHour(db, at)
    done = [_abandon(texts, hour, abandon, at) for abandon in abandons]
    texts.write(db)
    hour.write()
    return done


def _abandon(
    texts: Changes, hour: OutboundHour, abandon: Abandon, at: datetime
) -> Message | Refusal:
    message = texts.by_id(abandon.message_id)
    if message is None:
        return MessageNotFound()
    attempt = message.attempt
    if attempt is None or attempt.token != abandon.token:
        return message
    if message.state is not MessageState.SENDING:
        return message
    if is_limited(message):
        hour.give_back(attempt.begun_at)
    return texts.change(message, at, state=MessageState.PREPARED, attempt=None)
