"""Keeping types from being claimed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from kit.database import DbWriter
from kit.refusals import InvalidArgument
from services.jobs.model.claim import ready_types
from services.jobs.refusals import CrisisPathNotConfirmed
from services.jobs.sql import statement
from services.jobs.types import JOB_TYPES


@dataclass(frozen=True, slots=True)
class Pause:
    """Why and since when a type is not claimed. reason: a code, may be ""."""

    reason: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """Whether the type was paused, and how many jobs of it may be claimed now."""

    was_paused: bool
    ready: Counter[str]


def pause_type(
    db: DbWriter,
    type_: str,
    reason: str,
    *,
    crisis_path_confirmed: bool,
    unless_resumed_since: datetime | None = None,
) -> Pause | None:
    """Keeps jobs of a type from being claimed, by whatever replica; those that run go on.

    reason: a code, "" for none. unless_resumed_since: None is returned and nothing is done where
    the type was resumed after that moment. Raises InvalidArgument for a type that this version does
    not know, and CrisisPathNotConfirmed.
    """
    known = JOB_TYPES.get(type_)
    if known is None:
        raise InvalidArgument("type", "must be a known type")
    if known.crisis_path and not crisis_path_confirmed:
        raise CrisisPathNotConfirmed({"type": type_, "field": "confirm_crisis_path"})
    db.note(f"type={type_} reason={reason}")
    params = {"type": type_, "reason": reason, "unless_since": unless_resumed_since}
    row = db.row(statement("pause"), params)
    return None if row is None else Pause(row.reason, row.created_at)


def resume_type(db: DbWriter, type_: str) -> Resumed:
    """Lets jobs of a type be claimed again; nothing changes for one that is not paused.

    Raises InvalidArgument for a type that is neither known to this version nor paused.
    """
    was_paused = db.execute(statement("resume"), {"type": type_}) > 0
    if not was_paused and type_ not in JOB_TYPES:
        raise InvalidArgument("type", "must be a known type")
    db.note(f"type={type_}")
    return Resumed(was_paused, ready_types(db, [type_]) if was_paused else Counter())
