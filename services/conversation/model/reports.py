"""What the provider says of texts of ours: that it has one, and what became of it.

Each function takes many, decides about one after the other, and writes what came of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.database import DbWriter
from kit.logging import get_logger
from kit.refusals import Refusal
from services.conversation.delivery import MessageState, advanced, state_of_word
from services.conversation.message import Direction, Message
from services.conversation.model.changing import RESTORED_KINDS, Changes, locked_texts
from services.conversation.refusals import MessageNotFound, ProviderSidTaken

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took a text and gave it an id."""

    message_id: UUID
    provider_sid: str


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
    withheld = message.state is MessageState.WITHHELD and state is reported
    if withheld or (error_code and state is reported and not message.error_code):
        changes["error_code"] = error_code  # in place of the gate that was closed
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
