"""How a claim may end, and what that means for its job: decided here, done in model.settle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.jobs.backoff import LONGEST, backoff
from services.jobs.job_type import LONGEST_STAY
from services.jobs.new_job import NewJob
from services.jobs.types import JOB_TYPES

MOST_OF_RESULT: Final = 100  # characters that are kept
EXPIRED: Final = "expired"
LOST_LEASE: Final = "LEASE_RAN_OUT"
_UNCLASSIFIED: Final = "UNCLASSIFIED"
# What the words of a class or code are made of; no sentence, and no number of seven digits.
_CODE: Final = re.compile(r"(?!.*\d{7})[A-Za-z][A-Za-z0-9_.:-]{0,99}")


@dataclass(frozen=True, slots=True)
class Complete:
    """Done. result: a short word for whoever looks at the job."""

    result: str = ""
    follow_ups: tuple[NewJob, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """To be tried again. delay: None for the back-off of the queue."""

    reason: str
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """To be looked at again later; costs no attempt."""

    delay: timedelta
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bury:
    """Hopeless."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one claim."""

    job_id: int
    claim: int
    outcome: Complete | Retry | Snooze | Bury

    @property
    def follow_ups(self) -> tuple[NewJob, ...]:
        """What its worker wants to be stored with it."""
        return self.outcome.follow_ups if isinstance(self.outcome, Complete) else ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a decision needs to know of a job that is settled.

    age: since its first claim; None where it was never claimed.
    """

    type: str
    attempt: int
    age: timedelta | None
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """The job ends well, or as canceled."""

    result: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """The job is due again after `delay`.

    refund: attempts given back. reason: shown with the job; "" leaves what it showed. failed:
    whether something went wrong, so that it belongs into the history of errors.
    """

    delay: timedelta
    refund: int
    reason: str
    failed: bool

    @property
    def stays(self) -> bool:
        """Whether it keeps its place in its lane."""
        return self.delay <= LONGEST_STAY


@dataclass(frozen=True, slots=True)
class Die:
    """The job is given up. asked: by its worker, not because it was spent."""

    reason: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Expire:
    """The job is spent, and completes as its type has it (JobType.expires). reason: of its last
    attempt."""

    reason: str


GivenUp = Die | Expire
"""What the `when_spent` of its type follows."""

Verdict = Finish | Wait | GivenUp


def verdict_of(outcome: Complete | Retry | Snooze | Bury, job: Claimed, jitter: float) -> Verdict:
    """What becomes of a job whose current claim ends so. jitter: from 0 up to 1, random.

    A job that was asked to stop ends as canceled, unless its work is done: then it is completed,
    and its follow-ups are stored. A wait that would last until the job is spent is not begun.
    """
    match outcome:
        case Complete():
            return Finish(outcome.result[:MOST_OF_RESULT])
        case _ if job.cancel_requested:
            return Finish(cancelled=True)
        case Bury():
            return Die(code_of(outcome.reason), asked=True)
        case Retry():
            delay = _pause(job, jitter) if outcome.delay is None else outcome.delay
            wait = Wait(delay, 0, code_of(outcome.reason), failed=True)
        case Snooze():
            reason = code_of(outcome.reason) if outcome.reason else ""
            wait = Wait(outcome.delay, 1, reason, failed=False)
    if is_spent(job.type, job.attempt - wait.refund, job.age, wait.delay):
        return spent(job.type, code_of(outcome.reason))
    return wait


def spent(job_type: str, reason: str) -> GivenUp:
    """What becomes of a job that is spent."""
    known = JOB_TYPES.get(job_type)
    expires = known is not None and known.expires
    return Expire(reason) if expires else Die(reason, asked=False)


def _pause(job: Claimed, jitter: float) -> timedelta:
    known = JOB_TYPES.get(job.type)
    return backoff(job.attempt, jitter, known.longest_pause if known else LONGEST)


def is_spent(
    job_type: str, attempt: int, age: timedelta | None, ahead: timedelta = timedelta(0)
) -> bool:
    """Whether a job has used up what its type grants it, or will have `ahead` from now.

    Never true of a job that was not claimed, or of a type that belongs to a newer version.
    """
    known = JOB_TYPES.get(job_type)
    if known is None or age is None:
        return False
    limit = known.give_up
    too_often = limit.attempts is not None and attempt >= limit.attempts
    return too_often or age + ahead >= limit.age


def code_of(reason: str) -> str:
    """The reason if it is the name of a class or a code; what might quote somebody is not kept."""
    return reason if _CODE.fullmatch(reason) else _UNCLASSIFIED
