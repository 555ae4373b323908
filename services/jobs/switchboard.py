"""Who waits for jobs, and who is told that there are some.

Everything here runs on the event loop's thread. What it tells is a hint: a poll that was woken for
nothing waits again, and one that was not woken is found by the next look of the clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from services.jobs.model.claim import LeasedJob, Slots, Token
from services.jobs.model.hand import Taker
from services.jobs.refusals import TooManyPolls

# A timer may fire a little before the database's clock gets there.
_LATE = timedelta(milliseconds=5)


class Handed(NamedTuple):
    """A job that was stored and leased for a poll. asked: of time.monotonic(), before that."""

    job: LeasedJob
    asked: float


class Poll:
    """A ClaimJobs call that may wait."""

    def __init__(
        self, worker: str, slots: Sequence[Slots], held: Collection[Token], number: int
    ) -> None:
        self.worker = worker
        self.number = number
        self._slots = slots
        self._held = held
        self._woken = asyncio.Event()
        self.types = frozenset(name for group in slots for name in group.types if group.count)
        self._at_rest = False
        self._free = asyncio.Event()
        self._free.set()
        self._gone = False
        self._handed: Handed | None = None

    def expect(self) -> None:
        """From here on, not to be missed: call it before looking for jobs."""
        self._woken.clear()

    async def wait(self, seconds: float) -> None:
        """Until there may be jobs, or it was handed one; at most so long. Whoever is just storing
        a job for it is waited for."""
        self._at_rest = True
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        finally:
            self._at_rest = False
        await self._free.wait()

    def wake(self) -> None:
        """There may be jobs, or it is time to go."""
        self._woken.set()

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has woken it yet."""
        return not self._woken.is_set()

    def capacity(self, name: str) -> int:
        """How many jobs of a type it has room for."""
        return sum(group.count for group in self._slots if name in group.types)

    @property
    def is_reserved(self) -> bool:
        """Whether somebody stores a job for it at this moment."""
        return not self._free.is_set()

    @property
    def is_free(self) -> bool:
        """Whether a job may be stored for it: a look of its own, which would find that job lost, is
        neither under way nor about to begin."""
        return self._at_rest and self.is_waiting and not self.is_reserved

    def reserve(self, name: str) -> Taker:
        """Keeps it from looking for itself; until `release`. For a job of this type."""
        self._free.clear()
        types = next(group.types for group in self._slots if group.count and name in group.types)
        return Taker(self.worker, types, self._held, self.number)

    def release(self) -> None:
        """Lets it go on."""
        self._free.set()

    def hand(self, handed: Handed) -> bool:
        """Gives it a job, which ends it; False where it has gone, and will never hear of it."""
        if not self._gone:
            self._handed = handed
            self.wake()
        return not self._gone

    def take(self) -> Handed | None:
        """What it was handed, once."""
        handed, self._handed = self._handed, None
        return handed

    def leave(self) -> None:
        """It takes nothing any more."""
        self._gone = True


class Switchboard:
    """Connects what becomes ready with the polls of this replica, and with the other replicas.

    places: how many polls may be open at once. tell_others: tells the other replicas.
    """

    def __init__(
        self,
        places: int = 256,
        tell_others: Callable[[Mapping[str, int]], None] = lambda ready: None,
    ) -> None:
        self._places = places
        self._tell_others = tell_others
        # The longest waiting first.
        self._polls: dict[Poll, None] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the process is stopping."""
        return self._closed

    @property
    def polls(self) -> int:
        """How many polls are open."""
        return len(self._polls)

    @property
    def awaited_types(self) -> frozenset[str]:
        """The types for which somebody waits."""
        return frozenset().union(*(poll.types for poll in self._polls))

    @contextmanager
    def poll(
        self, worker: str, slots: Sequence[Slots], held: Collection[Token], number: int = 0
    ) -> Iterator[Poll]:
        """A place to wait in. number: of the call, as `model.claim` has it. Raises TooManyPolls
        where there is no place left."""
        if len(self._polls) >= self._places:
            raise TooManyPolls(retry_after=timedelta(seconds=1))
        poll = Poll(worker, slots, held, number)
        self._polls[poll] = None
        try:
            yield poll
        finally:
            poll.leave()
            del self._polls[poll]

    def free_for(self, name: str) -> Poll | None:
        """The poll that waits the longest for a type and may be handed a job of it."""
        for poll in self._polls:
            if poll.is_free and name in poll.types:
                return poll
        return None

    def announce(
        self, ready: Mapping[str, int], later: Iterable[tuple[str, timedelta]] = ()
    ) -> None:
        """So many jobs of each type have become ready, or will be; committed by this replica."""
        if ready:
            self.ring(ready)
            self._tell_others(ready)
        loop = asyncio.get_running_loop()
        for name, delay in later:
            loop.call_later((delay + _LATE).total_seconds(), self.ring, {name: 1})

    def ring(self, ready: Mapping[str, int]) -> None:
        """Wakes as many polls as are needed to take so many jobs, the longest waiting first."""
        left = Counter(ready)
        for poll in self._polls:
            wanted = [name for name in poll.types if left[name] > 0]
            if wanted and poll.is_waiting:
                poll.wake()
                if poll.is_reserved:  # it may go away with another job
                    continue
                for name in wanted:
                    left[name] -= poll.capacity(name)

    def close(self) -> None:
        """Sends all polls home, for good."""
        self._closed = True
        for poll in self._polls:
            poll.wake()
