"""How many jobs of each class a worker runs at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, get_args

from protos.jobs.v1.jobs_pb2 import Slots as WireSlots
from services.jobs.job_type import JobType, SlotClass

LEAST_URGENT = 8
LEAST_AT_ONCE = 32

CLASSES: Final[tuple[SlotClass, ...]] = get_args(SlotClass)


class Slots:
    """Places by class, so that one kind of job cannot fill the worker.

    At least a quarter, and never fewer than 8, are for urgent jobs alone; answers, which wait for a
    model, have a cap of their own. Urgent jobs may also take the places of the rest.

    A place is taken while a workflow runs, and free again while the end of it is on its way to the
    queue; but no more ends of a class may be on their way than it has places.
    """

    def __init__(self, total: int, types: Mapping[str, JobType]) -> None:
        """total: places in all, at least 12; ValueError for fewer."""
        if total < LEAST_URGENT + 4:
            raise ValueError(f"a worker needs at least {LEAST_URGENT + 4} places")
        urgent = max(LEAST_URGENT, total // 4)
        answers = (total - urgent) // 2
        self._places: dict[SlotClass, int] = {
            "urgent": urgent,
            "answers": answers,
            "rest": total - urgent - answers,
        }
        names: dict[SlotClass, list[str]] = {name: [] for name in CLASSES}
        for name, job_type in types.items():
            names[job_type.slot_class].append(name)
        names["rest"] += names["urgent"]
        self._types = names
        self._running = dict.fromkeys(CLASSES, 0)
        self._ending = dict.fromkeys(CLASSES, 0)
        self._offered = dict.fromkeys(CLASSES, 0)
        self._freed = {name: asyncio.Event() for name in CLASSES}

    def free(self, slot_class: SlotClass) -> int:
        """How many jobs the class could begin now, besides those for which a claim has asked."""
        places = self._places[slot_class]
        too_many = max(0, self._ending[slot_class] - places)
        taken = self._running[slot_class] + self._offered[slot_class]
        return max(0, places - taken - too_many)

    def claims(self, slot_class: SlotClass) -> int:
        """How many claims of a class may be under way at once: two where each of them can ask for
        many places, so that one batch is claimed while another begins."""
        return 2 if self._places[slot_class] >= 2 * LEAST_AT_ONCE else 1

    def on_offer(self, slot_class: SlotClass) -> WireSlots:
        """The free places of a class, for ClaimJobs; of a large class not all at once.

        While one half runs, the other is claimed: neither waits for the other.
        """
        most = max(LEAST_AT_ONCE, self._places[slot_class] // 2)
        return WireSlots(types=self._types[slot_class], count=min(self.free(slot_class), most))

    @contextmanager
    def offer(self, slot_class: SlotClass) -> Iterator[WireSlots]:
        """The same, which until the end of the block are on offer to nobody else."""
        places = self.on_offer(slot_class)
        self._offered[slot_class] += places.count
        try:
            yield places
        finally:
            self._offered[slot_class] -= places.count
            self._freed[slot_class].set()

    def take(self, slot_class: SlotClass) -> None:
        """Takes a place for a job that was claimed for the class."""
        self._running[slot_class] += 1

    def end(self, slot_class: SlotClass) -> None:
        """The workflow of a job has ended; its end is now on its way to the queue."""
        self._running[slot_class] -= 1
        self._ending[slot_class] += 1
        self._freed[slot_class].set()

    def settle(self, slot_class: SlotClass) -> None:
        """The queue knows of an end, or never will."""
        self._ending[slot_class] -= 1
        self._freed[slot_class].set()

    async def wait_for_a_place(self, slot_class: SlotClass) -> None:
        """Returns as soon as a place of the class is free."""
        while not self.free(slot_class):
            self._freed[slot_class].clear()
            await self._freed[slot_class].wait()
