"""Jobs by the clock: the schedules that every installation begins with, and the next tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim

from protos.jobs.v1.payloads_pb2 import JobPayload, SweepCheckIns


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job for each tick.

    name: part of the keys of its jobs. cron: five fields. time_zone: IANA name.
    """

    name: str
    cron: str
    time_zone: str
    payload: JobPayload


SCHEDULES: Final = (
    Schedule("sweep_check_ins", "*/5 * * * *", "UTC", JobPayload(sweep_check_ins=SweepCheckIns())),
)


def next_tick(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first tick later than `after`, in UTC.

    The expression is read in local time as Debian's cron does it: a tick in an hour that daylight
    saving leaves out comes right after it, one in an hour that it repeats comes once.
    Raises CronSimError for a bad expression, ZoneInfoNotFoundError for an unknown zone.
    """
    local = after.astimezone(ZoneInfo(time_zone))
    return next(CronSim(cron, local)).astimezone(UTC)


def tick_key(name: str, tick: datetime) -> str:
    """The key of the job of one tick: whoever fires it, it is stored once."""
    return f"schedule:{name}:{tick.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
