"""Who waits for jobs, and who is told that there are some.

Everything here runs on the event loop's thread. What it tells is a hint: a poll that was woken for
nothing waits again, and one that was not woken is found by the next look of the clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from services.jobs.model.claim import Slots
from services.jobs.refusals import TooManyPolls

# A timer may fire a little before the database's clock gets there.
_LATE = timedelta(milliseconds=5)


class Poll:
    """A ClaimJobs call that may wait."""

    def __init__(self, slots: Sequence[Slots]) -> None:
        self._slots = slots
        self._woken = asyncio.Event()
        self.types = frozenset(name for group in slots for name in group.types if group.count)

    def expect(self) -> None:
        """From here on, not to be missed: call it before looking for jobs."""
        self._woken.clear()

    async def wait(self, seconds: float) -> None:
        """Until there may be jobs, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

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
    def poll(self, slots: Sequence[Slots]) -> Iterator[Poll]:
        """A place to wait in. Raises TooManyPolls where there is none left."""
        if len(self._polls) >= self._places:
            raise TooManyPolls(retry_after=timedelta(seconds=1))
        poll = Poll(slots)
        self._polls[poll] = None
        try:
            yield poll
        finally:
            del self._polls[poll]

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
                for name in wanted:
                    left[name] -= poll.capacity(name)

    def close(self) -> None:
        """Sends all polls home, for good."""
        self._closed = True
        for poll in self._polls:
            poll.wake()
