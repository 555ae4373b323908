"""What of a picture needs a person, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from respite.commands.showing import length
from respite.top.concern import Concern, Level
from respite.top.outages import outages
from respite.top.picture import Passes, Picture, Queue, QueueRow
from respite.top.providers import CRISIS_REPLY, of_crisis_path, of_providers, stopped_by_twilio

# How long the oldest ready job of a type may have waited, by its priority: a moment where a person
# may be in a crisis, what people put up with for an answer, the five minutes between two sweeps.
_LATE: Final = {
    0: timedelta(seconds=10),
    1: timedelta(seconds=30),
    2: timedelta(minutes=2),
    3: timedelta(minutes=5),
}


def concerns(picture: Picture) -> list[Concern]:
    """Everything that needs a person; empty where all is well."""
    return sorted(_all(picture), key=lambda concern: -concern.level)


def level_of(row: QueueRow) -> Level:
    """How a type of job is doing."""
    if row.crisis_path and (row.dead or row.pause is not None or _is_late(row)):
        return Level.BAD
    return Level.LOOK if row.dead or row.pause is not None or _is_late(row) else Level.FINE


def _is_late(row: QueueRow) -> bool:
    return row.oldest is not None and row.oldest > _LATE[row.priority]


def _all(picture: Picture) -> Iterator[Concern]:
    queue = picture.queue.part if picture.queue is not None else None
    if queue is not None:
        yield from of_crisis_path(queue, _LATE[0])
    for said in outages(picture.away):
        yield Concern(Level.BAD, said)
    if queue is not None:
        passes = picture.passes.part if picture.passes is not None else Passes()
        yield from of_providers(queue, passes, picture.at)
        yield from _of_queue(queue)
    if picture.crises is not None and picture.crises.part.open:
        found = picture.crises.part
        age = f", the oldest for {length(found.oldest)}" if found.oldest else ""
        are = "crisis is" if found.open == 1 else "crises are"
        yield Concern(Level.LOOK, f"{found.open} {are} open{age}: respite crises ls")
    if picture.payments is not None and (parked := picture.payments.part.parked):
        are = "payment is" if parked == 1 else "payments are"
        yield Concern(Level.LOOK, f"{parked} {are} nobody's yet: LinkCustomer")


def _of_queue(queue: Queue) -> Iterator[Concern]:
    if not queue.workers and any(row.ready and row.pause is None for row in queue.rows):
        yield Concern(Level.BAD, "jobs are ready and no worker takes them")
    for row in queue.rows:
        level = Level.BAD if row.crisis_path else Level.LOOK
        if row.pause is not None and not stopped_by_twilio(row.pause):
            why = f" ({row.pause})" if row.pause else ""
            yield Concern(level, f"{row.type} is paused{why}")
        elif row.pause is None and _is_late(row) and row.oldest and row.type != CRISIS_REPLY:
            yield Concern(level, f"{row.type} has waited for {length(row.oldest)}")
        if row.dead:
            letters = "dead letter" if row.dead == 1 else "dead letters"
            yield Concern(level, f"{row.dead} {letters} of {row.type}")
