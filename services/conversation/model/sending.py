"""The send ledger: who may hand a text to the provider, and how that ended.

A text goes from prepared to sending when somebody takes the right (and back when they give it back
untried), and from there to what the provider says, or to what we decide when we give it up.
`delivery.advanced` knows the order.

Each function takes many, decides about one after the other, and writes what came of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbWriter
from kit.logging import get_logger
from kit.refusals import Refusal
from services.conversation.delivery import (
    GIVEN_UP,
    UNDECIDED,
    MessageState,
    SendFailure,
    advanced,
    state_of_word,
)
from services.conversation.message import Attempt, Direction, Message, MessageKind
from services.conversation.model.admission import Limits
from services.conversation.model.changing import RESTORED_KINDS, Changes, locked_texts
from services.conversation.model.lock import lock_writers
from services.conversation.model.outbound_hour import OutboundHour, is_limited
from services.conversation.model.restoring import settle_what_was_sent
from services.conversation.model.send_rate import SendRate
from services.conversation.refusals import (
    MessageNotFound,
    OutboundLimitReached,
    ProviderSidTaken,
    SendRateReached,
)
from services.conversation.tables import conversation_state, messages

log = get_logger(__name__)


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took a text and gave it an id."""

    message_id: UUID
    provider_sid: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a text will not be sent. error_code: the provider's, "" where it said nothing."""

    message_id: UUID
    why: SendFailure
    error_code: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The text, and whether it is given up: not where the provider is known to have it."""

    message: Message
    recorded: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What the provider posted of a text.

    message_id: from the query of our status address, None where it carried none. word: the
    provider's own. error_code: "" where none.
    """

    message_id: UUID | None
    provider_sid: str
    word: str
    error_code: str


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


def record_send_accepted(
    db: DbWriter, receipts: Sequence[Receipt], at: datetime
) -> list[Message | Refusal]:
    """Stores the provider's receipts: its id, and that it has the text.

    A status may have come first: then the state stays. Also for a text that we gave up: it went out
    after all. The texts that it had answered stay unanswered then, for their next answer may be on
    its way. A second id for one text is logged and changes nothing. MessageNotFound for no text of
    ours, ProviderSidTaken where another has the id; one of which only the provider knew gives way.
    Raises LostRace where one got it meanwhile.
    """
    texts = locked_texts(
        db,
        {receipt.message_id for receipt in receipts},
        {receipt.provider_sid for receipt in receipts},
    )
    done = [_accept(texts, receipt, at) for receipt in receipts]
    texts.write(db)
    return done


def _accept(texts: Changes, receipt: Receipt, at: datetime) -> Message | Refusal:
    message = texts.by_id(receipt.message_id)
    if message is None:
        return MessageNotFound()
    if message.provider_sid == receipt.provider_sid:
        return message
    holder = texts.by_sid(receipt.provider_sid)
    if holder is not None and not (
        holder.kind in RESTORED_KINDS and holder.user_id == message.user_id
    ):
        return ProviderSidTaken()
    if message.provider_sid is not None:
        return _second_sid(message, receipt.provider_sid)
    if holder is not None:
        texts.forget(holder)
    reported = holder.state if holder else MessageState.ACCEPTED
    return _taken(texts, message, receipt.provider_sid, reported, at)


def record_send_failed(db: DbWriter, failure: Failure, at: datetime) -> GivenUp:
    """Gives a text up, unless the provider is known to have it.

    The first reason stays. What an expired text answered is unanswered again, and an answer that
    never left is none of those that the person was given. Raises MessageNotFound.
    """
    lock_writers(db, [failure.message_id])  # first, as whoever adds texts does
    texts = locked_texts(db, [failure.message_id])
    message = texts.by_id(failure.message_id)
    if message is None:
        raise MessageNotFound
    if message.state not in UNDECIDED:
        return GivenUp(message, message.provider_sid is None and message.state in GIVEN_UP)
    if failure.why is SendFailure.EXPIRED:
        db.execute(
            sa.update(messages)
            .where(messages.c.answered_by == message.row_id)
            .values(answered_by=None, updated_at=at)
        )
    state = MessageState(failure.why.value)
    given_up = texts.change(message, at, state=state, error_code=failure.error_code)
    texts.write(db)
    if message.kind is MessageKind.ANSWER:
        _take_back(db, message.user_id, at)
    return GivenUp(given_up, True)


def _take_back(db: DbWriter, user_id: UUID, at: datetime) -> None:
    """One answer fewer: the next one may be the first again, and is one of the free ones."""
    state = conversation_state.c
    db.execute(
        sa.update(conversation_state)
        .where(state.user_id == user_id, state.answer_count > 0)
        .values(answer_count=state.answer_count - 1, updated_at=at)
    )


def record_delivery(
    db: DbWriter, statuses: Sequence[Status], at: datetime
) -> Sequence[Message | None]:
    """Stores what the provider says of texts; None where no text of ours is meant.

    The provider's id says which text it is, else our message id, whose text gets the id then. A
    second id for one text is logged and changes nothing, as does a word that we do not know.
    Raises LostRace where another text got one of the ids meanwhile.
    """
    texts = locked_texts(
        db,
        {status.message_id for status in statuses if status.message_id is not None},
        {status.provider_sid for status in statuses},
    )
    done = [_deliver(texts, status, at) for status in statuses]
    texts.write(db)
    return done


def _deliver(texts: Changes, status: Status, at: datetime) -> Message | None:
    message = texts.by_sid(status.provider_sid)
    if message is None and status.message_id is not None:
        message = texts.by_id(status.message_id)
    if message is None or message.direction is not Direction.OUTBOUND:
        return None
    reported = state_of_word(status.word)
    if reported is None:
        return message
    if message.provider_sid not in (None, status.provider_sid):
        return _second_sid(message, status.provider_sid)
    return _taken(texts, message, status.provider_sid, reported, at, status.error_code)


def _taken(
    texts: Changes,
    message: Message,
    provider_sid: str,
    reported: MessageState,
    at: datetime,
    error_code: str = "",
) -> Message:
    """The text after the provider showed that it has it."""
    state = advanced(message.state, reported)
    changes: dict[str, Any] = {}
    if state is not message.state:
        changes["state"] = state
    if message.provider_sid is None:
        changes["provider_sid"] = provider_sid
    if error_code and state is reported and not message.error_code:
        changes["error_code"] = error_code
    return texts.change(message, at, **changes) if changes else message


def _second_sid(message: Message, provider_sid: str) -> Message:
    """The provider took one text twice; the operator should know, the ledger keeps the first."""
    log.warning(
        "second_provider_sid",
        message_id=str(message.message_id),
        first_sid=message.provider_sid,
        second_sid=provider_sid,
    )
    return message
