"""What the assistant's model costs in a day, and whether it may be asked (domain.md section 8).

Counted in tokens, by days in UTC, after the fact: calls that are under way when the last token is
spent are not cut off, so a day may cost a little more than its limit.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.binary_arrays import uuids
from kit.database import DbReader, DbWriter
from services.conversation.refusals import ConversationNotFound
from services.conversation.sql import statement
from services.conversation.tables import conversation_state, model_days, model_uses

KEPT: Final = timedelta(days=7)
# Answers that end at the same moment add to rows of their own, not all to one.
SHARDS: Final = 8


class ModelBudget(StrEnum):
    """Whether the model may be asked for a person: not where the day's tokens are spent, theirs or
    everybody's."""

    LEFT = "left"
    SPENT_BY_PERSON = "spent_by_person"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """Tokens that the model may read and write in a day: for all people together, for one."""

    a_day: int = 20_000_000
    a_person: int = 500_000


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What one answer has cost. request_key: names it; a repeat is not counted."""

    user_id: UUID
    request_key: str
    tokens: int


def record_model_use(db: DbWriter, use: ModelUse, at: datetime) -> None:
    """Counts what an answer has cost, once for its key. Raises ConversationNotFound."""
    state = conversation_state.c
    # Shared with whoever adds texts, but not with whoever deletes the person.
    person = sa.select(state.user_id).where(state.user_id == use.user_id)
    if db.row(person.with_for_update(read=True, key_share=True)) is None:
        raise ConversationNotFound
    day = at.date()
    new = insert(model_uses).values(
        request_key=use.request_key,
        user_id=use.user_id,
        day=day,
        tokens=use.tokens,
        created_at=at,
        updated_at=at,
    )
    if not db.execute(new.on_conflict_do_nothing(index_elements=["request_key"])):
        return
    shard = random.randrange(SHARDS)
    had = db.scalar(
        sa.select(sa.func.count()).where(model_days.c.day == day, model_days.c.shard == shard)
    )
    if not had:
        db.execute(sa.delete(model_uses).where(model_uses.c.day < day - KEPT))
    params = {"day": day, "shard": shard, "tokens": use.tokens, "at": at}
    db.execute(statement("count_model_tokens"), params)


def model_budgets(
    db: DbReader, user_ids: Collection[UUID], limits: TokenLimits, at: datetime
) -> Mapping[UUID, ModelBudget]:
    """Whether the model may be asked for each of these people."""
    params = {"day": at.date(), "user_ids": uuids(user_ids)}
    spent = {row.user_id: row.tokens for row in db.rows(statement("model_tokens"), params)}

    def budget(user_id: UUID) -> ModelBudget:
        if spent[None] >= limits.a_day:
            return ModelBudget.SPENT
        if spent.get(user_id, 0) >= limits.a_person:
            return ModelBudget.SPENT_BY_PERSON
        return ModelBudget.LEFT

    return {user_id: budget(user_id) for user_id in user_ids}
