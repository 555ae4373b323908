"""How many jobs of each class a worker runs at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from protos.jobs.v1.jobs_pb2 import Slots as WireSlots
from services.jobs.types import JobType, SlotClass

LEAST_URGENT = 8


class Slots:
    """Places by class, so that one kind of job cannot fill the worker.

    At least a quarter, and never fewer than 8, are for urgent jobs alone; answers, which wait for a
    model, have a cap of their own. Urgent jobs may also take the places of the rest.
    """

    def __init__(self, total: int, types: Mapping[str, JobType]) -> None:
        """total: places in all, at least 12; ValueError for fewer."""
        if total < LEAST_URGENT + 4:
            raise ValueError(f"a worker needs at least {LEAST_URGENT + 4} places")
        urgent = max(LEAST_URGENT, total // 4)
        answers = (total - urgent) // 2
        self._free: dict[SlotClass, int] = {
            "urgent": urgent,
            "answers": answers,
            "rest": total - urgent - answers,
        }
        self._class_of = {name: job_type.slot_class for name, job_type in types.items()}
        self._freed = asyncio.Event()

    def on_offer(self) -> list[WireSlots]:
        """The free places for ClaimJobs; classes without any are left out."""
        names: dict[SlotClass, list[str]] = {"urgent": [], "answers": [], "rest": []}
        for name, slot_class in self._class_of.items():
            names[slot_class].append(name)
        names["rest"] += names["urgent"]
        return [
            WireSlots(types=names[slot_class], count=free)
            for slot_class, free in self._free.items()
            if free > 0
        ]

    def is_any_class_full(self) -> bool:
        """True where a job may have to wait although the worker could claim others."""
        return any(free <= 0 for free in self._free.values())

    def take(self, job_type: str) -> SlotClass:
        """Takes a place for a claimed job; the class is to be given to `release`.

        A type that this worker does not know takes a place of the rest.
        """
        slot_class = self._class_of.get(job_type, "rest")
        if slot_class == "urgent" and not self._free["urgent"]:
            slot_class = "rest"
        self._free[slot_class] -= 1
        return slot_class

    def release(self, slot_class: SlotClass) -> None:
        """Gives a place back."""
        self._free[slot_class] += 1
        self._freed.set()

    async def wait_for_a_place(self) -> None:
        """Returns as soon as any place is free."""
        while all(free <= 0 for free in self._free.values()):
            self._freed.clear()
            await self._freed.wait()
