"""Settlements: how claims end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kit.item_status import write_status
from kit.refusals import InvalidArgument, Refusal
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.settle import Result
from services.jobs.new_job import parse_follow_up
from services.jobs.settlement import Bury, Complete, Retry, Settlement, Snooze
from services.jobs.wire.fields import parse_delay, parse_text

MOST_FOLLOW_UPS: Final = 200
LONGEST_DELAY: Final = timedelta(days=366)
_SETTLED: Final = {
    Result.DONE: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_DONE),
    Result.ALREADY: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_ALREADY),
    Result.BURIED: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_BURIED),
    Result.EXPIRED: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_EXPIRED),
    Result.CANCELLED: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_CANCELLED),
}


def parse_settlement(message: jobs_pb2.Settlement) -> Settlement:
    """The end of a claim. Raises InvalidArgument naming the field within the settlement."""
    outcome: Complete | Retry | Snooze | Bury
    match message.WhichOneof("outcome"):
        case "complete":
            outcome = parse_complete(message.complete)
        case "retry":
            delay = parse_delay(message.retry.delay, "retry.delay", LONGEST_DELAY)
            outcome = Retry(message.retry.reason, delay or None)
        case "snooze":
            delay = parse_delay(message.snooze.delay, "snooze.delay", LONGEST_DELAY)
            outcome = Snooze(delay, message.snooze.reason)
        case "bury":
            outcome = Bury(message.bury.reason)
        case _:
            raise InvalidArgument("outcome", "must be set")
    return Settlement(message.claim.job_id, message.claim.claim, outcome)


def parse_complete(message: jobs_pb2.Complete) -> Complete:
    """Done, with what follows. Raises InvalidArgument naming the field within the settlement."""
    if len(message.follow_ups) > MOST_FOLLOW_UPS:
        raise InvalidArgument("complete.follow_ups", f"must not exceed {MOST_FOLLOW_UPS}")
    follow_ups = []
    for index, new in enumerate(message.follow_ups):
        try:
            follow_ups.append(parse_follow_up(new))
        except InvalidArgument as refusal:
            [(field, what)] = refusal.violations
            place = f"complete.follow_ups[{index}]{field.removeprefix('job')}"
            raise InvalidArgument(place, what) from None
    return Complete(parse_text(message.result, "complete.result"), tuple(follow_ups))


def settled_to_proto(result: Result | Refusal) -> jobs_pb2.SettleResult:
    """What a settlement did."""
    if isinstance(result, Refusal):
        return jobs_pb2.SettleResult(error=status_of(result))
    return _SETTLED[result]


def status_of(refusal: Refusal) -> jobs_pb2.ItemStatus:
    """The refusal of one item."""
    status = jobs_pb2.ItemStatus()
    write_status(refusal, status)
    return status
