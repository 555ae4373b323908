"""How often and how long a worker does what it does. Seconds, unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """The defaults are for production; tests shorten them.

    long_poll: of a claim. short_poll: of one before the jobs service has answered any. claim_pause:
    after a claim that failed. heartbeat: between two looks at the leases, the shortest of which is
    15 s. run_limit: how many leases long a workflow may run before it is taken to hang.
    settle_patience: how long a settlement is offered to a service that does not answer; later the
    lease has run out, and the job is run again anyway. settle_pause: between two such offers.
    last_words: for those who were cut off when the worker stops, to be settled.
    """

    long_poll: timedelta = timedelta(seconds=10)
    short_poll: timedelta = timedelta(milliseconds=250)
    claim_pause: float = 0.5
    heartbeat: float = 2.0
    run_limit: float = 2.0
    settle_patience: float = 60.0
    settle_pause: float = 0.2
    last_words: float = 5.0
