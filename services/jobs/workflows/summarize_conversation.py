"""What is old of a long conversation becomes a summary, of which the assistant is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import SummarizeConversation
from services.jobs.agent.remembering import kept
from services.jobs.agent.turn import AgentUnavailable
from services.jobs.workflows import follow_ups
from services.jobs.workflows.clients.conversation import StaleSummary
from services.jobs.workflows.context import Context
from services.jobs.workflows.model_budget import is_spent, paid_for
from services.jobs.workflows.outcome import Done, Later, Outcome, Retry
from services.jobs.workflows.transcript import lines_of

LONG: Final = 30
"""A conversation of more messages is summarized (domain.md section 9)."""

UNSUMMARIZED: Final = 20
"""It is brought up to date when more messages than these are not in the summary."""

WHOLE: Final = timedelta(days=7)
"""What is younger stays as it was said."""

FEWEST: Final = 10
"""Messages that are old enough: for fewer no summary is written anew."""

MOST: Final = 100
"""Messages in one go. What is left is the next job's."""


def is_wanted(said: conversation.Conversation) -> bool:
    """Whether the summary of this conversation may be out of date."""
    unsummarized = said.message_count - said.summarized_count
    return said.message_count > LONG and unsummarized > UNSUMMARIZED


async def run(job: SummarizeConversation, ctx: Context) -> Outcome:
    """One version of the summary, stored only if nobody has stored another meanwhile."""
    if ctx.agent.summarizer is None:
        return Done("no model")
    said = await ctx.conversation.find(job.user_id)
    if said is None or not is_wanted(said):
        return Done("not wanted")
    if is_spent(said):
        return Done("no tokens left today")
    old = await ctx.conversation.unsummarized(job.user_id, ctx.clock.now() - WHOLE, MOST)
    if len(old) < FEWEST:
        return Done("too little is old")
    try:
        async with paid_for(job.user_id, "summary", ctx):
            words = await ctx.agent.summarizer.summarize(said.summary, lines_of(old))
    except AgentUnavailable as error:
        return Retry(f"AGENT_{error}")
    try:
        # Texts of which nothing may be kept are behind us too, or they would be read every day.
        version = await ctx.conversation.save_summary(
            job.user_id, words or kept(said.summary), said.summary_version, old[-1].message_id
        )
    except StaleSummary:
        return Later(timedelta(), "STALE_SUMMARY")
    if len(old) < MOST:
        return Done("summarized")
    return Done("summarized", (follow_ups.summary(job.user_id, version, ctx.job.accepted_time),))
