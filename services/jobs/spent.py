"""What follows from a job that is given up, in the transaction that buries it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import (
    NOTICE_APOLOGY,
    AlertOperators,
    AnswerSms,
    JobPayload,
    SendNotice,
)
from services.jobs.job_type import LONGEST_KEY, SpentJob

_APOLOGY: Final = "apology"


def alert(job: SpentJob) -> Sequence[NewJob]:
    """Tell the operators. The subject is the job's id: a key may hold the id of a person."""
    told = AlertOperators(reason=f"DEAD_LETTER_{job.type.upper()}", subject=str(job.job_id))
    payload = JobPayload(alert_operators=told)
    return (NewJob(key=_derived_key("alert", job.key), payload=payload),)


def apologise(job: SpentJob) -> Sequence[NewJob]:
    """Say that we could not answer, and who can: no failure that a person sees ends in silence."""
    failed = job.payload.answer_sms
    notice = SendNotice(
        user_id=failed.user_id,
        notice=NOTICE_APOLOGY,
        expired_message_id=failed.expired_message_id,
    )
    return (NewJob(key=_derived_key(_APOLOGY, job.key), payload=JobPayload(send_notice=notice)),)


def spent_key(key: str) -> str:
    """The key of the job for which this one apologises: keys of answers are never too long."""
    return key.removeprefix(f"{_APOLOGY}:")


def answer_anew(job: SpentJob) -> Sequence[NewJob]:
    """An answer that never went out leaves its texts unanswered; the next one says sorry."""
    expired = job.payload.send_answer
    answer = AnswerSms(user_id=expired.user_id, expired_message_id=expired.message_id)
    key = _derived_key("expired", expired.message_id)
    return (NewJob(key=key, payload=JobPayload(answer_sms=answer)),)


def _derived_key(prefix: str, key: str) -> str:
    """The key of a job that follows from the job with `key`; a digest replaces one too long."""
    derived = f"{prefix}:{key}"
    if len(derived) <= LONGEST_KEY:
        return derived
    return f"{prefix}:sha256:{hashlib.sha256(key.encode()).hexdigest()}"
