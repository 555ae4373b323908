"""What of a picture needs a person, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final

from respite.commands.showing import length
from respite.top.picture import Picture, Queue, QueueRow


class Level(IntEnum):
    """How much a concern matters."""

    FINE = 0
    LOOK = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs a person, in words."""

    level: Level
    text: str


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
    for said in picture.away.values():
        yield Concern(Level.BAD, said)
    if picture.queue is not None:
        yield from _of_queue(picture.queue.part)
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
        if row.pause is not None:
            why = f" ({row.pause})" if row.pause else ""
            yield Concern(level, f"{row.type} is paused{why}")
        elif _is_late(row) and row.oldest:
            yield Concern(level, f"{row.type} has waited for {length(row.oldest)}")
        if row.dead:
            letters = "dead letter" if row.dead == 1 else "dead letters"
            yield Concern(level, f"{row.dead} {letters} of {row.type}")
