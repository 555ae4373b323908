"""What a workflow may use: the other services, the carrier, the assistant, the time, its own job.

It knows neither SQL nor leases nor the queue, so that another engine could run the workflows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from kit.clock import Clock
from services.jobs.agent.turn import Agent
from services.jobs.carrier import Carrier
from services.jobs.workflows.clients.billing import Billing
from services.jobs.workflows.clients.conversation import Conversation
from services.jobs.workflows.clients.identity import Identity
from services.jobs.workflows.clients.profile import Profile
from services.jobs.workflows.outcome import FollowUp
from services.jobs.workflows.stalls import Stalls


@dataclass(frozen=True, slots=True)
class Running:
    """The job that a workflow runs for.

    key: its idempotency key. token: names this attempt, differs between any two of them.
    attempt: counts from 1. repeated: it ran before, and may have done something then; a run that
    ended in Later counts, though it cost no attempt. accepted_time: when its first copy was stored,
    by the database. time_left: how long this attempt may still act on the outside world.
    """

    key: str
    token: str
    attempt: int
    repeated: bool
    accepted_time: datetime
    time_left: Callable[[], timedelta]


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers of domain.md that an operator may set."""

    free_answers: int = 5
    gated: bool = True
    default_time_zones: tuple[str, ...] = ("America/New_York", "America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of jobs that were offered.

    created: how many were new. refused: a reason for each that the queue will never take.
    """

    created: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastResult:
    """Where work by the clock stands.

    result: of the newest job of this type that ended well, "" where none is remembered.
    scheduled_since: when the clock began to ask for it; None where it does not.
    """

    result: str
    scheduled_since: datetime | None


@dataclass(frozen=True, slots=True)
class ErasedJobs:
    """A person's jobs after a look through all of them.

    erased: canceled or emptied. running: those to be waited for, which were asked to stop or reply
    to a crisis.
    """

    erased: int
    running: int


class Alarm(Protocol):
    """Reaches the people behind the line."""

    @property
    def recipients(self) -> Sequence[str]:
        """Everybody who is configured, by names that tell at most a number's last digits."""
        ...

    async def tell(self, recipient: str, reason: str, subject: str) -> Told:
        """Tells one of them."""
        ...


class Told(Enum):
    """What became of telling somebody. REFUSED: their number is never texted. GONE: nobody is
    configured under this name any more."""

    TOLD = "told"
    FAILED = "failed"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Pruned:
    """A stretch of pruning.

    dropped: of what kind how much. strays: finished jobs that found no place of their own; there
    should be none. more: whether another stretch is wanted.
    """

    dropped: Mapping[str, int]
    strays: int
    more: bool


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a workflow may use."""

    identity: Identity
    profile: Profile
    conversation: Conversation
    billing: Billing
    carrier: Carrier
    agent: Agent
    offline: Agent
    """Answers from rules, where no model may be asked."""
    alarm: Alarm
    clock: Clock
    rules: Rules
    stalls: Stalls
    """Of this worker, whichever job asks."""
    enqueue: Callable[[Sequence[FollowUp]], Awaitable[None]]
    prune: Callable[[], Awaitable[Pruned]]
    offer: Callable[[Sequence[FollowUp]], Awaitable[Offered]]
    last_result: Callable[[str], Awaitable[LastResult]]
    stop_sends: Callable[[str, datetime], Awaitable[datetime | None]]
    """Pauses every type of job that sends texts, but those of the crisis path, for this reason, a
    code, that was met at this moment; one that was resumed since goes on. Returns since when all
    of the others are paused, None where there are none."""
    erase_jobs: Callable[[str, str, Sequence[str]], Awaitable[ErasedJobs]]
    job: Running
