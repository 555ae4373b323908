"""How many texts of a person are answered in a minute and in a day (domain.md section 8).

The windows slide: whichever minute one looks at, no more were admitted in it. Decided under the
lock of the person, so that calls that race count each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, one_of
from kit.binary_arrays import bigints, texts, uuids
from kit.database import DbReader, DbWriter
from kit.refusals import Refusal
from services.conversation.message import Admission, Direction, Disposition
from services.conversation.model.lock import lock_writers
from services.conversation.refusals import TextNotFound
from services.conversation.sql import statement
from services.conversation.tables import COUNTED, messages

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """a_minute, a_day: the most texts of one person that are answered. outbound_an_hour: the most
    texts of ours that leave, whoever they are for. segments_a_second: that the number may send; 0
    where nothing holds it back."""

    a_minute: int = 10
    a_day: int = 60
    outbound_an_hour: int = 1_000
    segments_a_second: float = 0


@dataclass(slots=True)
class Spent:
    """What a person has had: texts answered in the minute and day before; whether they were told,
    within it, that it is used up."""

    in_minute: int = 0
    in_day: int = 0
    told_of_minute: bool = False
    told_of_day: bool = False

    def decide(self, limits: Limits) -> Admission:
        """Whether one more is answered, which is spent then."""
        if self.in_day >= limits.a_day:
            told, self.told_of_day = self.told_of_day, True
            return Admission.LIMITED if told else Admission.TOLD_OF_DAY
        if self.in_minute >= limits.a_minute:
            told, self.told_of_minute = self.told_of_minute, True
            return Admission.LIMITED if told else Admission.TOLD_OF_MINUTE
        self.in_minute += 1
        self.in_day += 1
        return Admission.ADMITTED


@dataclass(frozen=True, slots=True)
class Asking:
    """A text of a person, who is locked. admission: None where nothing was decided yet."""

    row_id: int
    message_id: UUID
    user_id: UUID
    disposition: Disposition
    admission: Admission | None


def admit_texts(
    db: DbWriter, message_ids: Sequence[UUID], limits: Limits, at: datetime
) -> list[Admission | Refusal]:
    """Decides about texts, one after the other, each once; TextNotFound for no text of a person."""
    lock_writers(db, message_ids)
    message = messages.c
    columns = (message.id, message.message_id, message.user_id, message.disposition)
    rows = db.rows(
        sa.select(*columns, message.admission).where(
            one_of(message.message_id, message_ids), message.direction == Direction.INBOUND
        )
    )
    known = {
        message_id: Asking(
            row_id,
            message_id,
            user_id,
            Disposition(disposition),
            Admission(admission) if admission else None,
        )
        for row_id, message_id, user_id, disposition, admission in rows
    }
    asking = [known[each] for each in dict.fromkeys(message_ids) if each in known]
    decided = decide(db, asking, limits, at)
    return [decided.get(message_id) or TextNotFound() for message_id in message_ids]


def decide(
    db: DbWriter, asking: Sequence[Asking], limits: Limits, at: datetime
) -> dict[UUID, Admission]:
    """Decides about texts, in their order, as far as nothing was decided yet.

    A text that wants no answer is admitted and nothing is spent on it.
    """
    decided = {text.message_id: text.admission for text in asking if text.admission}
    left = [text for text in asking if text.admission is None]
    spent = spent_by(db, {text.user_id for text in left}, at) if left else {}
    new: dict[int, Admission] = {}
    for text in left:
        if text.disposition is not Disposition.TO_ANSWER:
            decided[text.message_id] = Admission.ADMITTED
            continue
        admission = spent.setdefault(text.user_id, Spent()).decide(limits)
        decided[text.message_id] = new[text.row_id] = admission
    if new:
        params = {"at": at, "ids": bigints(new), "admissions": texts(new.values())}
        db.execute(statement("admit_messages"), params)
    return decided


def spent_by(db: DbReader, user_ids: Collection[UUID], at: datetime) -> dict[UUID, Spent]:
    """What these people have had; nobody who has had nothing is in it.

    What is stamped later than `at`, by a clock that is ahead, counts too.
    """
    params = {"user_ids": uuids(user_ids), "a_minute_ago": at - MINUTE, "a_day_ago": at - DAY}
    return {row[0]: Spent(*row[1:]) for row in db.rows(_SPENT, params)}


def _spent() -> sa.Select[Any]:
    message, admission = messages.c, messages.c.admission
    moment = message.admission_at.type
    in_minute = message.admission_at > sa.bindparam("a_minute_ago", type_=moment)
    admitted = admission == Admission.ADMITTED
    return (
        sa.select(
            message.user_id,
            sa.func.count().filter(admitted, in_minute),
            sa.func.count().filter(admitted),
            sa.func.bool_or(sa.and_(admission == Admission.TOLD_OF_MINUTE, in_minute)),
            sa.func.bool_or(admission == Admission.TOLD_OF_DAY),
        )
        .where(
            any_of(message.user_id, "user_ids"),
            message.admission_at > sa.bindparam("a_day_ago", type_=moment),
            sa.literal_column(COUNTED),
        )
        .group_by(message.user_id)
    )


_SPENT: Final = _spent()
