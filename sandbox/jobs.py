"""What the phone page knows of the queue: jobs without what they carry."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

JobState = Literal[
    "scheduled", "blocked", "ready", "running", "completed", "dead", "cancelled"
]  # fmt: skip
_ENDED = frozenset({"completed", "dead", "cancelled"})


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job. Times are the queue's, in microseconds since the epoch, None where not yet."""

    job_id: int
    key: str
    type: str
    lane: str
    state: JobState
    attempt: int
    stored: int
    due: int
    claimed: int | None
    ended: int | None
    result: str
    last_error: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done for it."""
        return self.state in _ENDED


class JobsUnreachable(Exception):
    """The queue cannot be asked right now."""


ListJobs = Callable[[], Awaitable[Sequence[JobRecord]]]
"""The newest jobs, live and ended; raises JobsUnreachable."""
