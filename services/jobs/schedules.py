"""Jobs by the clock: the schedules that every installation begins with, those that operators put,
and the next tick."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from kit.refusals import InvalidArgument
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.payloads_pb2 import (
    AdvanceJourneys,
    ExpireAssessments,
    JobPayload,
    Prune,
    ReconcileStripe,
    ReconcileTwilio,
    SweepCheckIns,
    SweepReactivations,
)
from services.jobs.new_job import NewJob, parse_new_job
from services.jobs.types import JOB_TYPES

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,99}")
_LONGEST_CRON: Final = 200


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job for each tick.

    name: part of the keys of its jobs. cron: five fields. time_zone: IANA name.
    """

    name: str
    cron: str
    time_zone: str
    payload: JobPayload


def _standing(cron: str, payload: JobPayload) -> Schedule:
    return Schedule(payload.WhichOneof("type") or "", cron, "UTC", payload)


SCHEDULES: Final = (
    _standing("*/5 * * * *", JobPayload(sweep_check_ins=SweepCheckIns())),
    _standing("*/10 * * * *", JobPayload(expire_assessments=ExpireAssessments())),
    _standing("0 * * * *", JobPayload(advance_journeys=AdvanceJourneys())),
    # after journeys have been advanced, which plans what this sweep finds
    _standing("10 * * * *", JobPayload(sweep_reactivations=SweepReactivations())),
    _standing("17 * * * *", JobPayload(prune=Prune())),
    _standing("*/3 * * * *", JobPayload(reconcile_twilio=ReconcileTwilio())),
    _standing("*/3 * * * *", JobPayload(reconcile_stripe=ReconcileStripe())),
)


_STANDING_TYPES: Final = frozenset(each.payload.WhichOneof("type") for each in SCHEDULES)


def parse_schedule(message: jobs_pb2.Schedule) -> Schedule:
    """Reads a schedule that an operator puts. Raises InvalidArgument naming the field."""
    name = parse_name(message.name, "schedule.name")
    if message.time_zone not in available_timezones():
        raise InvalidArgument("schedule.time_zone", "must be the IANA name of a time zone")
    return Schedule(
        name, _parse_cron(message.cron), message.time_zone, _parse_payload(name, message.payload)
    )


def parse_name(name: str, field: str) -> str:
    """The name of a schedule. Raises InvalidArgument."""
    if not _NAME.fullmatch(name):
        raise InvalidArgument(field, 'must be 1 to 100 of a-z, 0-9, "_" and "-", a letter first')
    return name


def job_of_tick(name: str, payload: JobPayload, tick: datetime) -> NewJob:
    """The job of one tick. Raises InvalidArgument as `parse_new_job`."""
    return parse_new_job(jobs_pb2.NewJob(key=tick_key(name, tick), payload=payload))


def next_tick(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first tick later than `after`, in UTC.

    The expression is read in local time as Debian's cron does it: a tick in an hour that daylight
    saving leaves out comes right after it, one in an hour that it repeats comes once.
    Raises CronSimError for a bad expression, StopIteration for one without a tick in 50 years, and
    ZoneInfoNotFoundError for an unknown zone.
    """
    local = after.astimezone(ZoneInfo(time_zone))
    ticks = (tick.astimezone(UTC) for tick in CronSim(cron, local))
    # In the second pass of an hour that is repeated, it begins with ticks of the first.
    return next(tick for tick in ticks if tick > after)


def tick_key(name: str, tick: datetime) -> str:
    """The key of the job of one tick: whoever fires it, it is stored once."""
    return f"schedule:{name}:{tick.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _parse_cron(cron: str) -> str:
    fields = cron.split()
    # A sixth field would be that of seconds.
    if len(cron) > _LONGEST_CRON or len(fields) != 5:
        raise InvalidArgument("schedule.cron", "must have five fields")
    try:
        next_tick(cron, "UTC", datetime.now(UTC))
    except CronSimError as error:
        raise InvalidArgument("schedule.cron", f"is no cron expression: {error}") from None
    except StopIteration:
        raise InvalidArgument("schedule.cron", "has no tick within 50 years") from None
    return " ".join(fields)


def _parse_payload(name: str, payload: JobPayload) -> JobPayload:
    type_ = payload.WhichOneof("type")
    if type_ is None:
        raise InvalidArgument(
            "schedule.payload", "must be set to a payload that this version knows"
        )
    if type_ not in _STANDING_TYPES and not JOB_TYPES[type_].operator:
        raise InvalidArgument("schedule.payload", "must be of a type that goes by the clock")
    try:
        job_of_tick(name, payload, datetime.now(UTC))
    except InvalidArgument as refusal:
        [(field, what)] = refusal.violations
        raise InvalidArgument(f"schedule{field.removeprefix('job')}", what) from None
    return payload
