"""Taking a person out of the jobs, a bounded stretch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from kit.arrays import one_of
from kit.database import AnyRow, DbReader, DbWriter
from services.jobs import tables
from services.jobs.model.lanes import lock_lanes
from services.jobs.model.move import finish, lock, promote
from services.jobs.person import Person
from services.jobs.settlement import Finish
from services.jobs.sql import statement

# Jobs that one call looks at.
STRETCH: Final = 5000
# Live jobs that one call ends: fewer than lanes.MOST_LANES.
MOST_AT_ONCE: Final = 200

# A job goes forward in this order, so that one on its way is met again.
_ORDER: Final = (tables.jobs, tables.scheduled_jobs, tables.dead_jobs, tables.finished_jobs)
# Last of all the ledger, which knows keys for longer than their jobs are kept.
LEDGER: Final = len(_ORDER)
_ERASES: Final = "erase_user"
_READ: Final = ("id", "lane", "key", "type", "last_error", "payload")

Place = tuple[int, int]
"""How far a walk has got: which table, and the last id of a job that was looked at."""

BEGINNING: Final[Place] = (0, 0)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done to one stretch.

    erased: jobs that were canceled or emptied. running: jobs to be waited for, which were asked to
    stop or bring a person in a crisis their reply. ready: how many jobs of each type may be
    claimed now because of it. following: None at the end.
    """

    erased: int = 0
    running: int = 0
    ready: Counter[str] = field(default_factory=Counter)
    following: Place | None = None


def erase_stretch(db: DbWriter, person: Person, place: Place, stretch: int = STRETCH) -> Erased:
    """Cancels, stops or empties what is about the person in the stretch after `place`."""
    number, after = place
    if number == LEDGER:
        return _forget_keys(db, person, after, stretch)
    table = _ORDER[number]
    last = _last_of(db, table.c.id, after, stretch)
    if last is None:
        return Erased(following=(number + 1, 0))
    found = [row for row in _candidates(db, table, after, last, person) if _is_about(row, person)]
    if table in (tables.jobs, tables.scheduled_jobs):
        found = [row for row in found if row.type != _ERASES]
        replying = sum(map(_may_answer_crisis, found))
        found = [row for row in found if not _may_answer_crisis(row)]
        if len(found) > MOST_AT_ONCE:
            found, last = found[:MOST_AT_ONCE], found[MOST_AT_ONCE - 1].id
        erased, running, ready = _end(db, table, found)
        return Erased(erased, running + replying, ready, (number, last))
    holding = [row for row in found if row.payload or row.lane or person.is_named_by(row.key)]
    _empty(db, table, holding, person)
    return Erased(len(found), following=(number, last))


def _forget_keys(db: DbWriter, person: Person, after: int, stretch: int) -> Erased:
    """Takes from the ledger what names the person, but for jobs that live."""
    keys = tables.job_keys.c
    last = _last_of(db, keys.job_id, after, stretch)
    if last is None:
        return Erased()
    living = (sa.exists().where(table.c.id == keys.job_id) for table in _ORDER[:2])
    rows = db.rows(
        sa.select(keys.key)
        .where(keys.job_id > after, keys.job_id <= last, _names(person, keys.key))
        .where(*(~each for each in living))
    )
    named = [row.key for row in rows if person.is_named_by(row.key)]
    db.execute(sa.delete(tables.job_keys).where(one_of(keys.key, named)))
    return Erased(following=(LEDGER, last))


def _last_of(db: DbReader, column: sa.Column[int], after: int, stretch: int) -> int | None:
    ids = sa.select(column.label("id")).where(column > after).order_by(column).limit(stretch)
    last: int | None = db.scalar(sa.select(sa.func.max(ids.subquery().c.id)))
    return last


def _candidates(
    db: DbReader, table: sa.Table, after: int, last: int, person: Person
) -> Sequence[AnyRow]:
    """Those that may be about the person, so that not every payload has to travel."""
    columns = table.c
    maybe: list[sa.ColumnElement[bool]] = [
        columns.type == "process_stripe_event",  # numbers as Stripe has them
        _names(person, columns.key),
        *(sa.func.position(_within(needle, columns.payload)) > 0 for needle in person.needles),
    ]
    return db.rows(
        sa.select(*(columns[name] for name in _READ))
        .where(columns.id > after, columns.id <= last, sa.or_(*maybe))
        .order_by(columns.id)
    )


def _names(person: Person, key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a key may name them; `is_named_by` says whether it does."""
    return sa.or_(*(sa.func.strpos(key, name) > 0 for name in person.names))


def _within(needle: bytes, payload: sa.ColumnElement[bytes]) -> sa.ColumnElement[Any]:
    return sa.literal(needle, sa.LargeBinary).op("IN")(payload)


def _is_about(row: AnyRow, person: Person) -> bool:
    return person.is_named_by(row.key) or person.is_meant_by(bytes(row.payload))


def _may_answer_crisis(row: AnyRow) -> bool:
    """Whether somebody in a crisis may be answered by it: that text goes out whatever else they
    asked for, and needs no more of them than the number that it carries.

    Whether a text is a crisis shows as its job first runs: one that failed or was put off is none.
    """
    if row.type == "send_crisis_reply":
        return True
    return bool(row.type == "process_inbound_sms" and not row.last_error)


def _end(db: DbWriter, table: sa.Table, found: Sequence[AnyRow]) -> tuple[int, int, Counter[str]]:
    """Cancels those that wait; they move to the finished ones, which are looked at later."""
    lanes = [row.lane for row in found]
    lock_lanes(db, lanes)
    if table is tables.scheduled_jobs:
        ended = sum(db.execute(statement("cancel_scheduled"), {"id": row.id}) for row in found)
        return ended, 0, Counter()
    live = lock(db, [row.id for row in found]).values()
    running = [job for job in live if job.running]
    for job in running:
        db.execute(statement("request_cancel"), {"id": job.job_id})
    waiting = [job for job in live if not job.running]
    finish(db, [(job, Finish(cancelled=True)) for job in waiting], settled=False)
    return len(waiting), len(running), promote(db, lanes)


def _empty(db: DbWriter, table: sa.Table, found: Sequence[AnyRow], person: Person) -> None:
    """Takes payload, lane, headers and a key that names the person; a provider's id stays."""
    naming = [row for row in found if person.is_named_by(row.key)]
    anonymous = sa.func.concat("erased:", sa.cast(table.c.id, sa.Text))
    db.execute(
        sa.update(table)
        .where(one_of(table.c.id, [row.id for row in found]))
        .values(
            payload=b"",
            lane=None,
            headers=None,
            key=sa.case(
                (one_of(table.c.id, [row.id for row in naming]), anonymous), else_=table.c.key
            ),
            updated_at=sa.func.now(),
        )
    )
    keys = tables.job_keys.c.key
    db.execute(sa.delete(tables.job_keys).where(one_of(keys, [row.key for row in naming])))
