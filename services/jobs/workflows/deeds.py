"""What the assistant may do for the person whose texts it answers (see `agent.deeds`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

import grpc

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.deeds import CheckIns, NotAccepted, Questionnaire
from services.jobs.workflows.assessing import waiting_question
from services.jobs.workflows.clients.calls import is_refused
from services.jobs.workflows.context import Context

_QUESTIONNAIRES: Final = {
    Questionnaire.DAILY_CHECK_IN: profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN,
    Questionnaire.MONTHLY_REVIEW: profile.ScoreSource.SCORE_SOURCE_MONTHLY_REVIEW,
}

PREFERENCES: Final = {
    CheckIns.AS_USUAL: profile.CheckInPreference.CHECK_IN_PREFERENCE_DEFAULT,
    CheckIns.FEWER: profile.CheckInPreference.CHECK_IN_PREFERENCE_FEWER,
    CheckIns.NONE: profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE,
}


class TurnDeeds:
    """Deeds for one turn: of this person, because of these texts.

    question: what has to be asked below the answer because of a deed, "" where that is nothing.
    """

    def __init__(self, user_id: str, waiting: Sequence[conversation.Message], ctx: Context) -> None:
        """waiting: the texts that are answered, at least one, in their order."""
        self._user_id = user_id
        self._waiting = waiting
        self._ctx = ctx
        self.question = ""

    async def update_profile(self, changes: Mapping[str, str]) -> None:
        """See Deeds."""
        changed = profile.Profile(user_id=self._user_id)
        for name, value in changes.items():
            setattr(changed, name, value)
        await self._ctx.profile.update(changed, [*changes])

    async def start_assessment(self, questionnaire: Questionnaire) -> bool:
        """See Deeds. Once for the text that it answers, whichever job comes to answer it."""
        key = f"asked-for:{self._waiting[0].message_id}"
        which = _QUESTIONNAIRES[questionnaire]
        try:
            begun = await self._ctx.profile.start_assessment(self._user_id, key, which)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "PROFILE_NOT_FOUND"):
                raise NotAccepted("Nobody can be asked: there is no profile.") from None
            raise
        self.question = waiting_question(begun.assessment)
        return begun.started

    async def set_check_in_preference(self, wish: CheckIns) -> None:
        """See Deeds."""
        changed = profile.Profile(user_id=self._user_id, check_in_preference=PREFERENCES[wish])
        await self._ctx.profile.update(changed, ["check_in_preference"])

    async def resume(self) -> None:
        """Finds the question of an assessment that an earlier run began and did not ask.

        The model may want none in this run; the question would wait, and nobody would know of it.
        """
        newest = await self._ctx.profile.newest_assessment(self._user_id)
        written = self._waiting[0].event_time.ToDatetime(UTC)
        begun_since = newest is not None and newest.start_time.ToDatetime(UTC) >= written
        if newest is not None and begun_since and not newest.answers:
            self.question = waiting_question(newest)
