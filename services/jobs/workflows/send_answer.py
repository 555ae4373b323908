"""A prepared answer goes out, in the order of the person's lane."""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import SendAnswer
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Outcome
from services.jobs.workflows.sending import send


async def run(answer: SendAnswer, ctx: Context) -> Outcome:
    """Sends it, if the person has not opted out since."""
    return await send(answer.user_id, answer.message_id, ctx)
