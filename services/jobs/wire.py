"""Between the contract and the domain: proto in, proto out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from kit.columns import TO_2000
from kit.ids import parse_uuid
from kit.item_status import write_status
from kit.refusals import InvalidArgument, Refusal
from kit.wire import duration, parse_time, timestamp
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.job import Job, State
from services.jobs.model.claim import Extended, LeasedJob, Slots, Token
from services.jobs.model.enqueue import Enqueued
from services.jobs.model.pause import Pause
from services.jobs.model.read import TypeStats
from services.jobs.model.schedule import StoredSchedule
from services.jobs.model.settle import Result
from services.jobs.new_job import parse_follow_up
from services.jobs.person import Person
from services.jobs.pruning import Pruned
from services.jobs.settlement import Bury, Complete, Retry, Settlement, Snooze, code_of
from services.jobs.types import JOB_TYPES

MOST_ITEMS: Final = 1000
MOST_FOLLOW_UPS: Final = 200
LONGEST_WAIT: Final = timedelta(seconds=20)
LONGEST_DELAY: Final = timedelta(days=366)
_LONGEST_WORKER: Final = 200
_SECOND: Final = 1_000_000  # microseconds
_MOST_CUSTOMERS: Final = 100
_CUSTOMER: Final = re.compile(r"[\w.@-]{1,150}", re.ASCII)
_E164: Final = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_STATES: Final = {state: jobs_pb2.JobState.Value(f"JOB_STATE_{state.name}") for state in State}
_STATES_BY_NUMBER: Final[Mapping[int, State]] = {number: state for state, number in _STATES.items()}
_SETTLED: Final = {
    Result.DONE: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_DONE),
    Result.ALREADY: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_ALREADY),
    Result.BURIED: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_BURIED),
    Result.CANCELLED: jobs_pb2.SettleResult(settled=jobs_pb2.SETTLED_CANCELLED),
}


def check_count(items: Sequence[object], field: str, least: int = 1) -> None:
    """Raises InvalidArgument unless there are `least` to MOST_ITEMS of them."""
    if not least <= len(items) <= MOST_ITEMS:
        raise InvalidArgument(field, f"must hold {least} to {MOST_ITEMS} items")


def parse_worker(worker_id: str) -> str:
    """The name of a worker process. Raises InvalidArgument."""
    if not 1 <= len(worker_id) <= _LONGEST_WORKER or "\0" in worker_id:
        raise InvalidArgument("worker_id", f"must have 1 to {_LONGEST_WORKER} characters")
    return worker_id


def parse_slots(slots: Sequence[jobs_pb2.Slots]) -> list[Slots]:
    """Places by class. Raises InvalidArgument; types that are not known are kept."""
    for group in slots:
        if not 0 <= group.count <= MOST_ITEMS:
            raise InvalidArgument("slots.count", f"must be 0 to {MOST_ITEMS}")
    if len(slots) > len(JOB_TYPES):
        raise InvalidArgument("slots", "must not be more classes than there are types")
    return [Slots(tuple(group.types), group.count) for group in slots]


def parse_wait(wait: Duration) -> timedelta:
    """How long a poll may wait. Raises InvalidArgument."""
    return _parse_delay(wait, "wait", LONGEST_WAIT)


def parse_tokens(tokens: Sequence[jobs_pb2.ClaimToken]) -> list[Token]:
    """Claims by job."""
    return [(token.job_id, token.claim) for token in tokens]


def parse_settlement(message: jobs_pb2.Settlement) -> Settlement:
    """The end of a claim. Raises InvalidArgument naming the field within the settlement."""
    outcome: Complete | Retry | Snooze | Bury
    match message.WhichOneof("outcome"):
        case "complete":
            outcome = parse_complete(message.complete)
        case "retry":
            delay = _parse_delay(message.retry.delay, "retry.delay", LONGEST_DELAY)
            outcome = Retry(message.retry.reason, delay or None)
        case "snooze":
            delay = _parse_delay(message.snooze.delay, "snooze.delay", LONGEST_DELAY)
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


def parse_state(number: int) -> State | None:
    """A state to select by, None for any. Raises InvalidArgument."""
    if number == jobs_pb2.JOB_STATE_UNSPECIFIED:
        return None
    if number not in _STATES_BY_NUMBER:
        raise InvalidArgument("state", "must be a known state")
    return _STATES_BY_NUMBER[number]


def parse_text(text: str, field: str) -> str:
    """A text to select by. Raises InvalidArgument for what no text column can hold."""
    if "\0" in text:
        raise InvalidArgument(field, "must not hold NUL")
    return text


def parse_code(text: str, field: str) -> str:
    """A code or the name of a class, or nothing. Raises InvalidArgument."""
    if text and code_of(text) != text:
        raise InvalidArgument(field, "must be a code or the name of a class, not a sentence")
    return text


def parse_person(request: jobs_pb2.ErasePersonRequest) -> Person:
    """Whom to look for. Raises InvalidArgument."""
    user_id = str(parse_uuid(request.user_id, "user_id"))
    if request.phone_number and not _E164.fullmatch(request.phone_number):
        raise InvalidArgument("phone_number", "must be E.164, or empty where it is not known")
    customers = request.stripe_customer_ids
    if len(customers) > _MOST_CUSTOMERS or not all(map(_CUSTOMER.fullmatch, customers)):
        raise InvalidArgument("stripe_customer_ids", f"must be at most {_MOST_CUSTOMERS} ids")
    return Person(user_id, request.phone_number, frozenset(customers))


def job_to_proto(job: Job) -> jobs_pb2.Job:
    """A job; its payload only where it was read, and only if this version knows its type."""
    known = JOB_TYPES.get(job.type)
    message = jobs_pb2.Job(
        job_id=job.job_id,
        key=job.key,
        type=job.type,
        lane=job.lane or "",
        state=_STATES[job.state],
        priority=job.priority,
        attempt=job.attempt,
        max_attempts=(known and known.give_up.attempts) or 0,
        run_time=timestamp(job.run_time),
        finish_time=timestamp(job.finish_time),
        last_error=job.last_error,
        create_time=timestamp(job.create_time),
        cancel_requested=job.cancel_requested,
        first_claim_time=timestamp(job.first_claim_time),
        result=job.result,
    )
    if job.payload is not None:
        message.payload.CopyFrom(JobPayload.FromString(job.payload))
    return message


def leased_to_proto(jobs: Sequence[LeasedJob], waited: timedelta) -> jobs_pb2.ClaimJobsResponse:
    """Jobs with their leases, which are told from before the worker asked, `waited` ago.

    Filled in place, for there are thousands a second: a message that is given to another is copied.
    """
    response = jobs_pb2.ClaimJobsResponse()
    leases = {name: duration(JOB_TYPES[name].lease + waited) for name in {job.type for job in jobs}}
    for leased in jobs:
        claimed = response.jobs.add(claim=leased.claim, lease=leases[leased.type])
        _fill(claimed.job, leased)
        if leased.headers:
            claimed.headers.update(leased.headers)
        claimed.age.seconds = leased.age // _SECOND
        claimed.age.nanos = leased.age % _SECOND * 1000
    return response


def _fill(job: jobs_pb2.Job, leased: LeasedJob) -> None:
    job.job_id = leased.job_id
    job.key = leased.key
    job.type = leased.type
    if leased.lane is not None:
        job.lane = leased.lane
    job.state = jobs_pb2.JOB_STATE_RUNNING
    job.priority = leased.priority
    job.attempt = leased.attempt
    job.max_attempts = JOB_TYPES[leased.type].give_up.attempts or 0
    _fill_moment(job.run_time, leased.run_time)
    job.last_error = leased.last_error
    _fill_moment(job.create_time, leased.create_time)
    job.payload.MergeFromString(leased.payload)


def _fill_moment(stamp: Timestamp, since_2000: int) -> None:
    micros = since_2000 + TO_2000
    stamp.seconds = micros // _SECOND
    stamp.nanos = micros % _SECOND * 1000


def extended_to_proto(extended: Extended | None) -> jobs_pb2.LeaseResult:
    """What became of a lease; None: it was lost."""
    if extended is None:
        return jobs_pb2.LeaseResult()
    return jobs_pb2.LeaseResult(
        extended=True,
        cancel_requested=extended.cancel_requested,
        lease=duration(extended.lease),
    )


def enqueued_to_proto(result: Enqueued) -> jobs_pb2.EnqueuedJob:
    """What became of a new job."""
    return jobs_pb2.EnqueuedJob(
        job_id=result.job_id, created=result.created, body_differs=result.body_differs
    )


def fill_enqueued(message: jobs_pb2.EnqueueResult, result: Enqueued | Refusal) -> None:
    """What became of one of many new jobs, filled in place, for there are thousands a second."""
    if isinstance(result, Refusal):
        write_status(result, message.error)
        return
    job = message.job
    job.job_id = result.job_id
    job.created = result.created
    job.body_differs = result.body_differs


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


def stats_to_proto(stats: TypeStats) -> jobs_pb2.TypeStats:
    """Counts of one type."""
    age = stats.oldest_ready_age
    return jobs_pb2.TypeStats(
        type=stats.type,
        ready=stats.ready,
        running=stats.running,
        scheduled=stats.scheduled,
        blocked=stats.blocked,
        dead=stats.dead,
        oldest_ready_age=None if age is None else duration(age),
        pause=None if stats.pause is None else pause_to_proto(stats.pause),
    )


def parse_unless_resumed_since(request: jobs_pb2.PauseTypeRequest) -> datetime | None:
    """None where unset. Raises InvalidArgument naming the field."""
    if not request.HasField("unless_resumed_since"):
        return None
    return parse_time(request, "unless_resumed_since")


def pause_to_proto(pause: Pause) -> jobs_pb2.Pause:
    """Why and since when a type is paused."""
    return jobs_pb2.Pause(reason=pause.reason, create_time=timestamp(pause.create_time))


def schedule_to_proto(stored: StoredSchedule) -> jobs_pb2.Schedule:
    """A schedule; its payload only if this version knows its type."""
    schedule = stored.schedule
    message = jobs_pb2.Schedule(
        name=schedule.name,
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        next_run_time=timestamp(stored.next_run_time),
        create_time=timestamp(stored.create_time),
        update_time=timestamp(stored.update_time),
    )
    if schedule.payload.WhichOneof("type") is not None:
        message.payload.CopyFrom(schedule.payload)
    return message


def pruned_to_proto(pruned: Pruned) -> jobs_pb2.PruneHistoryResponse:
    """What was dropped."""
    return jobs_pb2.PruneHistoryResponse(
        dropped_days=pruned.days,
        keys=pruned.keys,
        errors=pruned.errors,
        strays=pruned.strays,
        more=pruned.more,
    )


def _parse_delay(message: Duration, field: str, longest: timedelta) -> timedelta:
    try:
        delay = message.ToTimedelta()
    except (ValueError, OverflowError):
        raise InvalidArgument(field, "must be a valid duration") from None
    if not timedelta(0) <= delay <= longest:
        raise InvalidArgument(field, f"must be 0 to {longest.total_seconds():.0f} s")
    return delay
