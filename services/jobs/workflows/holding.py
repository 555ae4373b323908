"""While an operator holds the assistant, a person's texts wait (domain.md section 13)."""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.jobs.v1.payloads_pb2 import AnswerSms
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome

LOOK_EVERY = timedelta(minutes=5)
"""So long at most do the texts of a person wait whose hold was lifted early."""

LOOK_AFTER = timedelta(seconds=2)
"""At least: profile's clock, which ends the hold, may be behind the queue's."""


def put_off(job: AnswerSms, known: profile.Profile, ctx: Context) -> Outcome | None:
    """Says nothing now and has `job` look again; None where the person is not held.

    That is another job: this one would be spent before a hold of more than two minutes ends, and
    apologise. A hold that is lifted early tells nobody, so it is looked for every few minutes; the
    person's next text finds it too.
    """
    if not known.HasField("assistant_held_until"):
        return None
    now = ctx.clock.now()
    until = known.assistant_held_until.ToDatetime(UTC)
    again = max(now + LOOK_AFTER, min(until, now + LOOK_EVERY))
    return Done("held", (follow_ups.look_again(ctx.job.key, job, again),))
