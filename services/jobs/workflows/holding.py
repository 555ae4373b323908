"""While an operator holds the assistant, what it would say waits (domain.md section 13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.jobs.v1.payloads_pb2 import AnswerSms
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Later, Outcome

LOOK_EVERY = timedelta(minutes=5)
"""So long at most do the texts of a person wait whose hold was lifted early."""

LOOK_TO_START_EVERY = timedelta(hours=1)
"""So long at most do texts that we start; nobody waits for them."""

HELD = "HELD"

LOOK_AFTER = timedelta(seconds=2)
"""At least: profile's clock, which ends the hold, may be behind the queue's."""


def put_off(job: AnswerSms, known: profile.Profile, ctx: Context) -> Outcome | None:
    """Says nothing now and has `job` look again; None where the person is not held.

    That is another job: this one would be spent before a hold of more than two minutes ends, and
    apologise. A hold that is lifted early tells nobody, so it is looked for every few minutes; the
    person's next text finds it too.
    """
    again = _look_again_at(known, LOOK_EVERY, ctx)
    if again is None:
        return None
    return Done("held", (follow_ups.look_again(ctx.job.key, job, again),))


def until_released(known: profile.Profile, ctx: Context) -> Later | None:
    """Deferral of a text that we start: it interrupts nobody who writes to the person."""
    again = _look_again_at(known, LOOK_TO_START_EVERY, ctx)
    return None if again is None else Later(again - ctx.clock.now(), HELD)


def _look_again_at(known: profile.Profile, every: timedelta, ctx: Context) -> datetime | None:
    if not known.HasField("assistant_held_until"):
        return None
    now = ctx.clock.now()
    until = known.assistant_held_until.ToDatetime(UTC)
    return max(now + LOOK_AFTER, min(until, now + every))
