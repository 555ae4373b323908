"""Whether a person has paid is not known while Stripe cannot be asked (domain.md section 7).

Nobody is told then that they have no access, nor is their text settled: it waits until Stripe is
back, and is answered, or the person invited.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice
from services.jobs.backoff import as_long_again
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Later, Outcome

LOOK_AGAIN_AFTER = timedelta(seconds=2)
"""At first. Then as long as the text has waited already."""

LOOK_AGAIN_WITHIN = timedelta(minutes=2)
"""So long at most does a text wait once Stripe is back."""

TOLD_AFTER = timedelta(minutes=1)
"""So long at most does a person hear nothing: a moment's trouble is over by then."""


def wait_for_stripe(
    job: AnswerSms, waiting: Sequence[conversation.Message], ctx: Context
) -> Outcome:
    """Has `job` look again, and after a minute tells the person, once for what waits.

    By then that is another job: this one would be spent after two minutes, and its apology would
    settle the texts.
    """
    now, oldest = ctx.clock.now(), waiting[0]
    waited = now - oldest.event_time.ToDatetime(UTC)
    pause = as_long_again(waited, random.random(), LOOK_AGAIN_AFTER, LOOK_AGAIN_WITHIN)
    if waited < TOLD_AFTER:
        return Later(min(pause, TOLD_AFTER - waited), "STRIPE_AWAY")
    told = follow_ups.notice(oldest.message_id, job.user_id, Notice.NOTICE_DELAY)
    return Done("stripe away", (follow_ups.ask_stripe_again(ctx.job.key, job, now + pause), told))
