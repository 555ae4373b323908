"""The providers' clock, and the line's that goes with it."""

import asyncio

import pytest

from sandbox.clock import SandboxClock
from sandbox.line import LineUnreachable
from sandbox.store import Store


class Line:
    """A line that notes what it is told. away: while it cannot be told."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.brought: list[tuple[float, float]] = []
        self.away = False

    def move_to(self, offset_seconds: float) -> None:
        self.offset = offset_seconds

    async def bring_forward(self, seconds: float) -> None:
        if self.away:
            raise LineUnreachable
        self.brought.append((seconds, self.offset))


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def clock(line: Line) -> SandboxClock:
    return SandboxClock(Store(":memory:"), line)


def test_the_line_is_as_far_ahead_and_then_catches_up(clock: SandboxClock, line: Line) -> None:
    asyncio.run(clock.move_to(60.0))
    asyncio.run(clock.move_to(90.0))
    assert line.brought == [(60.0, 60.0), (30.0, 90.0)]


def test_back_in_time_nothing_is_put_off(clock: SandboxClock, line: Line) -> None:
    asyncio.run(clock.move_to(60.0))
    clock.reset()
    assert (line.offset, clock.offset_seconds, len(line.brought)) == (0.0, 0.0, 1)


def test_a_line_that_cannot_catch_up_stays_where_it_was(clock: SandboxClock, line: Line) -> None:
    asyncio.run(clock.move_to(60.0))
    line.away = True
    with pytest.raises(LineUnreachable):
        asyncio.run(clock.move_to(90.0))
    assert (line.offset, clock.offset_seconds) == (60.0, 60.0)


def test_after_a_restart_the_line_is_told_again() -> None:
    store = Store(":memory:")
    asyncio.run(SandboxClock(store).move_to(60.0))
    line = Line()
    assert SandboxClock(store, line).moves_the_line
    assert line.offset == 60.0
