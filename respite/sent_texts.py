"""Telling the ledger what Twilio took since a backup that was restored."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import grpc

from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.doctor.settings import Settings
from respite.services import CallFailed, Services
from respite.taken_texts import TakenTexts
from services.jobs.carrier.sent import SentText
from services.jobs.types import SENDING
from services.jobs.workflows.fixed_words import answers_no_text

REASON: Final = "RESTORED"


@dataclass(slots=True)
class Report:
    """What came of it, in texts. strangers: numbers that nobody has, in E.164, and how many texts
    each got. received: what the last look at what came in ended in, "" where there was none."""

    listed: int = 0
    counts: Counter[conversation.RestoredText.ValueType] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)
    received: str = ""

    @property
    def known(self) -> int:
        """Whose id was in the ledger."""
        return self.counts[conversation.RESTORED_TEXT_KNOWN]

    @property
    def matched(self) -> int:
        """That are texts which waited in the ledger."""
        return self.counts[conversation.RESTORED_TEXT_MATCHED]

    @property
    def stored(self) -> int:
        """That were stored."""
        return self.counts[conversation.RESTORED_TEXT_STORED]


class SendReconciliation:
    """Goes once through what Twilio took. Safe to repeat: what was told once is known.

    progress: told after each page how many texts were listed, and how far back they reach.
    Raises NotConfigured.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        progress: Callable[[int, datetime], None] = lambda listed, reached: None,
    ) -> None:
        self._texts = TakenTexts(settings)
        self._services = services
        self._progress = progress
        self._user_id = cache(self._look_up)

    def pause(self) -> Sequence[str]:
        """Pauses whatever sends, but for the crisis path; the types that went on until now."""
        stats = self._services.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
        paused = {each.type for each in stats if each.HasField("pause")}
        going = [name for name in SENDING if name not in paused]
        for name in going:
            self._services.jobs.PauseType(jobs.PauseTypeRequest(type=name, reason=REASON))
        return going

    def run(self, since: datetime) -> Report:
        """Tells the ledger of all that was taken since then. Raises CallFailed, AccountProblem."""
        return asyncio.run(self._run(since))

    async def _run(self, since: datetime) -> Report:
        report = Report()
        async for page in self._texts.since(since):
            self._tell(page, report)
            report.listed += len(page)
            if page:
                self._progress(report.listed, min(text.taken_at for text in page))
        last = jobs.GetLastResultRequest(type="reconcile_twilio")
        report.received = self._services.jobs.GetLastResult(last).result
        return report

    def _tell(self, page: Sequence[SentText], report: Report) -> None:
        people: Mapping[str, list[SentText]] = defaultdict(list)
        for text in page:
            people[text.recipient].append(text)
        for number, texts in people.items():
            user_id = self._user_id(number)
            if user_id is None:
                report.strangers[number] += len(texts)
                continue
            request = conversation.RestoreSentTextsRequest(
                user_id=user_id, texts=map(_to_proto, texts)
            )
            report.counts.update(self._services.conversation.RestoreSentTexts(request).became)

    def _look_up(self, number: str) -> str | None:
        """Whose number it is. Nobody is made up: the person may have been erased."""
        request = identity.GetUserByPhoneRequest(phone_number=number)
        try:
            user_id: str = self._services.identity.GetUserByPhone(request).user.user_id
        except CallFailed as failed:
            if failed.refusal.code in (
                grpc.StatusCode.NOT_FOUND,
                grpc.StatusCode.INVALID_ARGUMENT,
            ):
                return None
            raise
        return user_id


def _to_proto(text: SentText) -> conversation.SentText:
    return conversation.SentText(
        provider_sid=text.sid,
        body=text.body,
        sent_time=timestamp(text.taken_at),
        status=text.status,
        error_code=text.error_code,
        fixed=answers_no_text(text.body),
    )
