"""What operators and schedules see and change."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import duration, parse_time, timestamp
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.pause import Pause
from services.jobs.model.read import TypeStats
from services.jobs.model.schedule import StoredSchedule
from services.jobs.person import Person
from services.jobs.pruning import Pruned
from services.jobs.wire.fields import parse_delay

_LONGEST_SPAN: Final = timedelta(days=3653)
_MOST_CUSTOMERS: Final = 100
_CUSTOMER: Final = re.compile(r"[\w.@-]{1,150}", re.ASCII)
_E164: Final = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)


def parse_person(request: jobs_pb2.ErasePersonRequest) -> Person:
    """Whom to look for. Raises InvalidArgument."""
    user_id = str(parse_uuid(request.user_id, "user_id"))
    if request.phone_number and not _E164.fullmatch(request.phone_number):
        raise InvalidArgument("phone_number", "must be E.164, or empty where it is not known")
    customers = request.stripe_customer_ids
    if len(customers) > _MOST_CUSTOMERS or not all(map(_CUSTOMER.fullmatch, customers)):
        raise InvalidArgument("stripe_customer_ids", f"must be at most {_MOST_CUSTOMERS} ids")
    return Person(user_id, request.phone_number, frozenset(customers))


def parse_move(request: jobs_pb2.BringForwardRequest) -> tuple[timedelta, datetime | None]:
    """How far to bring forward, and when the clock was moved. Raises InvalidArgument."""
    moved = parse_time(request, "move_time") if request.HasField("move_time") else None
    return parse_delay(request.by, "by", _LONGEST_SPAN), moved


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
