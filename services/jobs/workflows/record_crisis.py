"""A crisis text, without the text: the episode opens, or the text joins the open one."""

from __future__ import annotations

from datetime import UTC

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind, InboundCrisisSource, RecordCrisis
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups, metrics
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome, Retry

PLANNED = profile.FollowUpState.FOLLOW_UP_STATE_PLANNED


async def run(crisis: RecordCrisis, ctx: Context) -> Outcome:
    """Records the crisis and asks for whichever follow-ups are planned now."""
    if crisis.kind not in InboundCrisisKind.values():
        return Retry("UNKNOWN_CRISIS_KIND")  # of a newer version, whose workers know it
    if crisis.source not in InboundCrisisSource.values():
        return Retry("UNKNOWN_CRISIS_SOURCE")
    user = await ctx.identity.ensure_user(crisis.sender)
    episode = await ctx.profile.record_crisis(
        user.user_id,
        profile_kind(crisis.kind),
        crisis.event_time,
        crisis.message_sid,
        profile_source(crisis.source),
    )
    metrics.CRISIS_TEXTS.labels(metrics.source_word(crisis.source)).inc()
    return Done(
        "recorded",
        tuple(
            follow_ups.crisis_follow_up(
                each.follow_up_id, user.user_id, each.due_time.ToDatetime(UTC)
            )
            for each in episode.follow_ups
            if each.state == PLANNED
        ),
    )


def profile_kind(kind: InboundCrisisKind.ValueType) -> profile.CrisisKind.ValueType:
    """The same kind in profile's own words."""
    return profile.CrisisKind.Value(InboundCrisisKind.Name(kind).removeprefix("INBOUND_"))


def profile_source(
    source: InboundCrisisSource.ValueType,
) -> profile.CrisisSource.ValueType:
    """The same source in profile's own words."""
    return profile.CrisisSource.Value(InboundCrisisSource.Name(source).removeprefix("INBOUND_"))
